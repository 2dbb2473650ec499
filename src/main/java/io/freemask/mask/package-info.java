/**
 * Masks: where an edit may change the clip.
 *
 * <p>A {@link io.freemask.mask.Mask} is [F,h,w], 1 on the object and 0 elsewhere, or anything
 * between for a soft one. It is given by the user or derived from the cross-attention word maps of
 * the inversion ({@link io.freemask.mask.WordMapMask}).
 */
@NullMarked
package io.freemask.mask;

import org.jspecify.annotations.NullMarked;
