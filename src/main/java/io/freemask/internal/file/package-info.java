/** Files that are written at once. */
@NullMarked
package io.freemask.internal.file;

import org.jspecify.annotations.NullMarked;
