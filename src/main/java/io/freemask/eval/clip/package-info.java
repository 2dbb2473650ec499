/**
 * Metrics of edited clips that a CLIP model computes: whether they show what the target prompt
 * says, and whether they are steady.
 */
@NullMarked
package io.freemask.eval.clip;

import org.jspecify.annotations.NullMarked;
