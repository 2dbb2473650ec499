/**
 * Zero-shot, text-driven video editing: the public API.
 *
 * <p>Start at {@link io.freemask.VideoEditor}. Everything thrown on purpose is a {@link
 * io.freemask.FreeMaskException}.
 *
 * <p>Shapes in this project are written by letter: B batch items, C channels, F frames, H and W
 * pixel or latent height and width, h and w the height and width of an attention level, L text
 * tokens, T steps. A mask is 1 on the object and 0 elsewhere unless a text says otherwise.
 */
@NullMarked
package io.freemask;

import org.jspecify.annotations.NullMarked;
