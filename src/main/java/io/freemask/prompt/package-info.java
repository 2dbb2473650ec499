/**
 * Prompts: tokens, words and the token-level edits of Prompt-to-Prompt (arXiv 2208.01626).
 *
 * <p>Start at {@link io.freemask.prompt.ClipTokenizer}, which makes a {@link
 * io.freemask.prompt.Prompt}. {@link io.freemask.prompt.TokenMapping}, {@link
 * io.freemask.prompt.Equalizer} and {@link io.freemask.prompt.WordWindows} turn two prompts into
 * the numbers that an attention plan needs. All of them run over the full length L of the text
 * encoder, padding included. Token 0 is the start token, so the tokens of the first word start at
 * 1.
 */
@NullMarked
package io.freemask.prompt;

import org.jspecify.annotations.NullMarked;
