package io.freemask.tensor;

import io.freemask.InvalidInputException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where tensors live and are computed.
 *
 * @param kind kind of processor
 * @param index which one of that kind, from 0; always 0 for the CPU
 */
public record Device(Kind kind, int index) {

  /** The CPU. */
  public static final Device CPU = new Device(Kind.CPU, 0);

  private static final Pattern CUDA_NAME = Pattern.compile("cuda(?::(\\d{1,4}))?");

  /** Kinds of processors. */
  public enum Kind {
    /** The CPU. */
    CPU,
    /** An NVIDIA GPU. */
    CUDA
  }

  /** Checks the index. */
  public Device {
    if (index < 0 || (kind == Kind.CPU && index != 0)) {
      throw new IllegalArgumentException(
          "device index is " + index + ", expected 0" + (kind == Kind.CPU ? "" : " or more"));
    }
  }

  /**
   * Reads {@code cpu}, {@code cuda} (the first) or {@code cuda:N}.
   *
   * @throws InvalidInputException for anything else
   */
  public static Device parse(String name) {
    if (name.equals("cpu")) {
      return CPU;
    }
    Matcher cuda = CUDA_NAME.matcher(name);
    if (!cuda.matches()) {
      throw new InvalidInputException("device '" + name + "', expected cpu, cuda or cuda:N");
    }
    return new Device(Kind.CUDA, cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)));
  }

  @Override
  public String toString() {
    return kind == Kind.CPU ? "cpu" : "cuda:" + index;
  }
}
