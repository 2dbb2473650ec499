/** Reading of JSON configurations. */
@NullMarked
package io.freemask.internal.config;

import org.jspecify.annotations.NullMarked;
