/**
 * Model weights in files.
 *
 * <p>{@link io.freemask.weights.SafetensorsFile} reads one file and believes nothing it says;
 * {@link io.freemask.weights.SafetensorsWriter} writes one; {@link io.freemask.weights.Checkpoint}
 * is all the files of one model, in any of the forms they are published in.
 */
@NullMarked
package io.freemask.weights;

import org.jspecify.annotations.NullMarked;
