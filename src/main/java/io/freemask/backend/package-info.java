/**
 * What computes the models. The libtorch engine is one backend; others are found through {@link
 * java.util.ServiceLoader} and chosen by name.
 */
@NullMarked
package io.freemask.backend;

import org.jspecify.annotations.NullMarked;
