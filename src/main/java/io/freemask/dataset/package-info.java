/**
 * Clips with a prompt and exact masks of the object that its words name: what masks are measured
 * on.
 */
@NullMarked
package io.freemask.dataset;

import org.jspecify.annotations.NullMarked;
