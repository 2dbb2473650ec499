/** Strict reading of this project's own JSON documents. */
@NullMarked
package io.freemask.internal.json;

import org.jspecify.annotations.NullMarked;
