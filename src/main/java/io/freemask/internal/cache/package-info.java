/**
 * The folder in the user's cache where the parts of the jar that need a path of their own are kept.
 */
@NullMarked
package io.freemask.internal.cache;

import org.jspecify.annotations.NullMarked;
