/**
 * The editing workflow: inversion, then guided denoising with masked attention fusion.
 *
 * <p>Start at {@link io.freemask.edit.EditEngine}. An {@link io.freemask.edit.EditPlan} says what
 * each step does, a {@link io.freemask.edit.Preset} makes one from a few choices. Windows are
 * fractions of the T steps; step s counts from 0, the noisiest.
 */
@NullMarked
package io.freemask.edit;

import org.jspecify.annotations.NullMarked;
