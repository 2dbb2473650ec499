/**
 * How far clips are from each other, and how steady they are.
 *
 * <p>Pixels are the 8-bit levels of a {@link io.freemask.video.Clip}. A region is where a {@link
 * io.freemask.mask.Mask} is larger than one half, or the rest of the frame; a mask of another size
 * than the clip is brought to it by nearest resize. Sources and formulas are in docs/evaluation.md.
 */
@NullMarked
package io.freemask.eval.metric;

import org.jspecify.annotations.NullMarked;
