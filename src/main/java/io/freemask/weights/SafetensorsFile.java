package io.freemask.weights;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file, mapped into memory and checked when it is opened: after that every tensor is
 * known to lie inside the file. The format is the one of the repository huggingface/safetensors; a
 * file has to follow it to the letter.
 *
 * <p>The file must not be shortened by others while it is open.
 */
public final class SafetensorsFile implements AutoCloseable {

  /** The most bytes that a header may have. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path path, Arena arena, MemorySegment data, SafetensorsHeader header) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /**
   * Opens and checks a file.
   *
   * @throws InvalidInputException when it cannot be read or breaks a rule of the format; the
   *     message names the file, the field or tensor, and what was expected
   */
  @SuppressWarnings("MustBeClosedChecker")
  public static SafetensorsFile open(Path path) {
    // Shared, so that any thread may use and close the file.
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      SafetensorsHeader header = readHeader(path, channel);
      long start = channel.position();
      long size = channel.size() - start;
      MemorySegment data =
          size == 0
              ? MemorySegment.NULL
              : channel.map(FileChannel.MapMode.READ_ONLY, start, size, arena);
      return new SafetensorsFile(path, arena, data, header);
    } catch (NoSuchFileException e) {
      arena.close();
      throw new InvalidInputException(path + ": no such file, expected a safetensors file", e);
    } catch (IOException e) {
      arena.close();
      throw new InvalidInputException(path + ": cannot be read: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** Reads and checks the header alone, without mapping the data. */
  static SafetensorsHeader readHeader(Path path) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return readHeader(path, channel);
    } catch (NoSuchFileException e) {
      throw new InvalidInputException(path + ": no such file, expected a safetensors file", e);
    } catch (IOException e) {
      throw new InvalidInputException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /** Leaves the channel at the first byte of data. */
  private static SafetensorsHeader readHeader(Path path, FileChannel channel) throws IOException {
    String file = path.toString();
    long size = channel.size();
    if (size < Long.BYTES) {
      throw new InvalidInputException(
          file + ": the file has " + size + " bytes, expected the header length in the first 8");
    }
    long length = read(channel, Long.BYTES).getLong();
    if (length < 0 || length > MAX_HEADER_BYTES) {
      throw new InvalidInputException(
          file
              + ": the header length is "
              + Long.toUnsignedString(length)
              + ", expected at most "
              + MAX_HEADER_BYTES);
    }
    if (length > size - Long.BYTES) {
      throw new InvalidInputException(
          file
              + ": the header length is "
              + length
              + ", expected at most the "
              + (size - Long.BYTES)
              + " bytes that follow in the file");
    }
    ByteBuffer json = read(channel, Math.toIntExact(length));
    return SafetensorsHeader.parse(file, json, size - Long.BYTES - length);
  }

  private static ByteBuffer read(FileChannel channel, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new IOException("the file ended while it was read");
      }
    }
    return buffer.flip();
  }

  /** Returns the file. */
  public Path path() {
    return path;
  }

  /** Returns the names of the tensors, in the order of the header. */
  public Set<String> names() {
    return Collections.unmodifiableSet(header.tensors().keySet());
  }

  /** Returns the metadata; empty when the file has none. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /**
   * Returns a tensor's type, shape and place.
   *
   * @throws InvalidInputException when there is no such tensor
   */
  public TensorInfo info(String name) {
    TensorInfo info = header.tensors().get(name);
    if (info == null) {
      throw new InvalidInputException(
          path + ": there is no tensor '" + name + "', expected one of " + names());
    }
    return info;
  }

  /**
   * Returns the elements of a tensor of any type as 32-bit floating point, last size running
   * fastest. F64 and I64 are rounded.
   *
   * @throws InvalidInputException when there is no such tensor or it does not fit an array
   */
  public float[] floats(String name) {
    TensorInfo info = info(name);
    MemorySegment bytes = segment(name);
    float[] values = new float[elements(name, info)];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (info.type()) {
            case F64 -> (float) bytes.get(DOUBLE, 8L * i);
            case F32 -> bytes.get(FLOAT, 4L * i);
            case F16 -> Float.float16ToFloat(bytes.get(SHORT, 2L * i));
            case BF16 -> Float.intBitsToFloat(bytes.get(SHORT, 2L * i) << 16);
            case I64 -> bytes.get(LONG, 8L * i);
            case I32 -> bytes.get(INT, 4L * i);
            case U8, BOOL -> Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, i));
          };
    }
    return values;
  }

  /**
   * Returns the elements of an integer tensor.
   *
   * @throws InvalidInputException when there is no such tensor, it holds floating-point numbers, or
   *     it does not fit an array
   */
  public long[] longs(String name) {
    TensorInfo info = info(name);
    MemorySegment bytes = segment(name);
    long[] values = new long[elements(name, info)];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (info.type()) {
            case I64 -> bytes.get(LONG, 8L * i);
            case I32 -> bytes.get(INT, 4L * i);
            case U8, BOOL -> Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, i));
            case F64, F32, F16, BF16 ->
                throw new InvalidInputException(
                    path + ": tensor '" + name + "' is " + info.type() + ", expected integers");
          };
    }
    return values;
  }

  /**
   * Returns the bytes of a tensor as stored: little-endian elements, last size running fastest.
   *
   * @throws InvalidInputException when there is no such tensor or it does not fit an array
   */
  public byte[] bytes(String name) {
    TensorInfo info = info(name);
    if (info.bytes() > Integer.MAX_VALUE - 8) {
      throw new InvalidInputException(
          path + ": tensor '" + name + "' has " + info.bytes() + " bytes, expected less than 2^31");
    }
    return segment(name).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Returns the mapped bytes of a tensor, valid until this file is closed. */
  MemorySegment segment(String name) {
    TensorInfo info = info(name);
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException(path + " is closed");
    }
    return info.bytes() == 0 ? MemorySegment.NULL : data.asSlice(info.begin(), info.bytes());
  }

  private int elements(String name, TensorInfo info) {
    if (info.shape().elements() > Integer.MAX_VALUE - 8) {
      throw new InvalidInputException(
          path + ": tensor '" + name + "' " + info.shape() + " does not fit an array");
    }
    return Math.toIntExact(info.shape().elements());
  }

  /** Unmaps the file; closing twice does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
