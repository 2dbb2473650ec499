/**
 * The models of a text-to-video checkpoint and how they are read from a directory.
 *
 * <p>Start at {@link io.freemask.model.ModelDirectory}. The {@code XxxConfig} records hold the
 * fields of the {@code config.json} files under diffusers' and transformers' names.
 *
 * <p>Letters in shapes: B batch items, C channels, F frames, H and W pixel or latent height and
 * width, h and w the height and width of an attention level, L text tokens, G word groups.
 */
@NullMarked
package io.freemask.model;

import org.jspecify.annotations.NullMarked;
