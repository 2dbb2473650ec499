package io.freemask.tensor;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.TensorCalls;

/**
 * An immutable tensor in the memory of a context's device. Closed by its owner: whoever made it or
 * got it returned.
 */
public final class Tensor implements NativeResource {

  private final Context context;
  private final Handle handle;
  private final Shape shape;
  private final DType dtype;

  private Tensor(Context context, Handle handle, Shape shape, DType dtype) {
    this.context = context;
    this.handle = handle;
    this.shape = shape;
    this.dtype = dtype;
  }

  /**
   * Copies values into a new tensor.
   *
   * @param shape sizes, outermost first
   * @param values the elements, last size running fastest
   * @param storage element type of the tensor: the values are rounded to it
   * @throws InvalidInputException when the values are not as many as the shape says
   */
  public static Tensor of(Context context, Shape shape, float[] values, DType storage) {
    if (shape.elements() != values.length) {
      throw new InvalidInputException(
          "shape " + shape + " has " + shape.elements() + " elements, got " + values.length);
    }
    Handle handle = TensorCalls.create(context.handle(), shape.toArray(), values, storage.code());
    return new Tensor(context, handle, shape, storage);
  }

  /** Takes ownership of a native tensor, for the models of this project. */
  public static Tensor ofHandle(Context context, Handle handle) {
    TensorCalls.Description description = TensorCalls.describe(handle);
    return new Tensor(
        context, handle, new Shape(description.sizes()), DType.ofCode(description.dtype()));
  }

  /** Returns the sizes. */
  public Shape shape() {
    return shape;
  }

  /** Returns the element type. */
  public DType dtype() {
    return dtype;
  }

  /** Returns the context it was made with. */
  public Context context() {
    return context;
  }

  /** Returns the native object, for the models of this project. */
  public Handle handle() {
    return handle;
  }

  /**
   * Copies the elements to the heap, converted to 32-bit floating point, last size running fastest.
   *
   * @throws InvalidInputException when they do not fit an array
   */
  public float[] toFloats() {
    if (shape.elements() > Integer.MAX_VALUE - 8) {
      throw new InvalidInputException("a tensor of shape " + shape + " does not fit an array");
    }
    return TensorCalls.read(handle, shape.toArray(), Math.toIntExact(shape.elements()));
  }

  /**
   * Returns {@code a*x + b*y}, computed in and stored as {@link DType#F32}.
   *
   * @throws InvalidInputException when the shapes differ
   * @throws IllegalStateException when the tensors are of different contexts
   */
  public static Tensor combine(float a, Tensor x, float b, Tensor y) {
    y.shape.require("y", x.shape);
    return ofHandle(x.context, TensorCalls.combine(x.context.handle(), a, x.handle, b, y.handle));
  }

  /** Returns {@code a} times this, computed in and stored as {@link DType#F32}. */
  public Tensor scale(float a) {
    return ofHandle(context, TensorCalls.combine(context.handle(), a, handle, 0, null));
  }

  /**
   * Returns {@code base + mask * (top - base)}, computed in and stored as {@link DType#F32}.
   *
   * @param base [..,F,H,W], taken where the mask is 0
   * @param top of the same shape, taken where the mask is 1
   * @param mask [F,H,W] in [0,1]
   * @throws InvalidInputException when the shapes do not fit
   */
  public static Tensor blend(Tensor base, Tensor top, Tensor mask) {
    return ofHandle(
        base.context,
        TensorCalls.blend(base.context.handle(), base.handle, top.handle, mask.handle));
  }

  @Override
  public void close() {
    handle.close();
  }

  @Override
  public String toString() {
    return "Tensor" + shape + " " + dtype + (handle.isClosed() ? " (closed)" : "");
  }
}
