/**
 * Tensors in native memory and the context they live in.
 *
 * <p>Start at {@link io.freemask.tensor.Context}: it stands for one device, and everything is made
 * with it. A context and what was made with it are used by one thread at a time, any thread.
 * Everything here is closed by its owner; {@link io.freemask.tensor.TensorScope} does it for many.
 */
@NullMarked
package io.freemask.tensor;

import org.jspecify.annotations.NullMarked;
