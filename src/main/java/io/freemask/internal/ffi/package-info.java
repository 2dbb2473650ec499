/**
 * The only code that touches the generated bindings or {@link java.lang.foreign.Linker}.
 *
 * <p>Start at {@link io.freemask.internal.ffi.NativeRuntime}, which finds and loads the libraries.
 * {@code XxxCalls} wrap the functions of one section of {@code fmk.h} each and speak plain Java and
 * {@link io.freemask.internal.ffi.Handle}; {@link io.freemask.internal.ffi.NativeCall} is the frame
 * of one call: its arguments' memory, the handles it holds, its status.
 */
@NullMarked
package io.freemask.internal.ffi;

import org.jspecify.annotations.NullMarked;
