package io.freemask.weights;

import io.freemask.tensor.DType;
import java.util.Optional;

/** Element types of safetensors files that this project reads. The names are the format's. */
public enum StorageType {
  /** 64-bit floating point. */
  F64(8),
  /** 32-bit floating point. */
  F32(4),
  /** 16-bit floating point, IEEE 754 half precision. */
  F16(2),
  /** 16-bit floating point with the exponent range of {@link #F32}. */
  BF16(2),
  /** Signed 64-bit integer. */
  I64(8),
  /** Signed 32-bit integer. */
  I32(4),
  /** Unsigned 8-bit integer. */
  U8(1),
  /** One byte, 0 or 1. */
  BOOL(1);

  private final int bytes;

  StorageType(int bytes) {
    this.bytes = bytes;
  }

  /** Returns the bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Returns the tensor type of the same elements, where there is one. */
  public Optional<DType> dtype() {
    return switch (this) {
      case F32 -> Optional.of(DType.F32);
      case F16 -> Optional.of(DType.F16);
      case BF16 -> Optional.of(DType.BF16);
      case I64 -> Optional.of(DType.I64);
      case U8 -> Optional.of(DType.U8);
      case F64, I32, BOOL -> Optional.empty();
    };
  }
}
