/**
 * Noise levels and the steps between them.
 *
 * <p>{@link io.freemask.scheduler.BetaSchedule} computes the levels of training, {@link
 * io.freemask.scheduler.DdimScheduler} walks them in both directions.
 */
@NullMarked
package io.freemask.scheduler;

import org.jspecify.annotations.NullMarked;
