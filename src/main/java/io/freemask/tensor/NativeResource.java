package io.freemask.tensor;

/** Something in native memory that its owner closes. Closing twice does nothing. */
public interface NativeResource extends AutoCloseable {

  @Override
  void close();
}
