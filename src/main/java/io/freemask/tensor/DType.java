package io.freemask.tensor;

import io.freemask.InvalidInputException;
import java.util.Locale;

/** Element types of tensors. */
public enum DType {
  /** 32-bit floating point. */
  F32(0, 4),
  /** 16-bit floating point, IEEE 754 half precision. */
  F16(1, 2),
  /** 16-bit floating point with the exponent range of {@link #F32}. */
  BF16(2, 2),
  /** Signed 64-bit integer. */
  I64(3, 8),
  /** Unsigned 8-bit integer. */
  U8(4, 1);

  private final int code;
  private final int bytes;

  DType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** Returns the {@code FMK_DTYPE_*} value of {@code fmk.h}. */
  public int code() {
    return code;
  }

  /** Returns the bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Returns whether a model can compute in this type. */
  public boolean isFloatingPoint() {
    return this == F32 || this == F16 || this == BF16;
  }

  /** Returns the type with the given {@code FMK_DTYPE_*} value. */
  public static DType ofCode(int code) {
    for (DType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    throw new IllegalArgumentException("dtype code " + code + ", expected 0 to 4");
  }

  /**
   * Reads the name of a floating-point type: {@code f32}, {@code fp32} or {@code float32}, and
   * likewise for {@code f16} ({@code half}) and {@code bf16} ({@code bfloat16}).
   *
   * @throws InvalidInputException for anything else
   */
  public static DType parse(String name) {
    return switch (name.strip().toLowerCase(Locale.ROOT)) {
      case "f32", "fp32", "float32" -> F32;
      case "f16", "fp16", "float16", "half" -> F16;
      case "bf16", "bfloat16" -> BF16;
      default ->
          throw new InvalidInputException("dtype '" + name + "', expected fp32, fp16 or bf16");
    };
  }
}
