package io.freemask.tensor;

/**
 * How often one operation of attention took one way since its context was opened.
 *
 * @param operation such as {@code masked_self_attention}
 * @param kernel the instruction set of the kernel, such as {@code avx512}, or {@code reference}
 * @param calls how often
 * @param reason why the kernel was not used the last time; empty where it was
 */
public record AttentionRuns(String operation, String kernel, long calls, String reason) {}
