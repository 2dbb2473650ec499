/** Benchmarks: what is edited, by which variants of the method, and how results are compared. */
@NullMarked
package io.freemask.eval;

import org.jspecify.annotations.NullMarked;
