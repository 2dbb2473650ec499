package io.freemask.video;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Whether a file is as long as it says. Decoders read what is there of a file that was cut off and
 * end early without an error, so this is looked at before.
 */
final class ContainerCheck {

  private static final int EBML_HEADER = 0x1a45dfa3;
  private static final int MATROSKA_SEGMENT = 0x18538067;

  private ContainerCheck() {}

  /**
   * Checks a file of a type that states its length; does nothing for others.
   *
   * @throws InvalidInputException if the file is cut off
   */
  static void requireWhole(Path path, MediaType type) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      switch (type) {
        case MOV -> requireWholeMov(path, file);
        case MATROSKA -> requireWholeMatroska(path, file);
        case PNG -> requireWholePng(path, file);
        default -> {}
      }
    }
  }

  // ISO/IEC 14496-12, 4.2: a file is a row of boxes, each with its size and type.
  private static void requireWholeMov(Path path, RandomAccessFile file) throws IOException {
    long length = file.length();
    boolean index = false;
    long at = 0;
    while (at + 8 <= length) {
      file.seek(at);
      long size = file.readInt() & 0xffffffffL;
      byte[] type = new byte[4];
      file.readFully(type);
      String name = new String(type, StandardCharsets.ISO_8859_1);
      index |= name.equals("moov");
      if (size == 0) {
        break;
      }
      if (size == 1) {
        require(path, at + 16 <= length, "ends within the header of its box '" + name + "'");
        size = file.readLong();
      }
      require(path, size >= 8, "has a box '" + name + "' of " + size + " bytes");
      require(
          path,
          size <= length - at,
          "has " + length + " bytes, its box '" + name + "' needs " + size + " from byte " + at);
      at += size;
    }
    require(path, index, "lacks its index (box 'moov')");
  }

  // RFC 8794 and RFC 9559: an EBML header, then one segment with its size, or all ones if unknown.
  private static void requireWholeMatroska(Path path, RandomAccessFile file) throws IOException {
    long length = file.length();
    require(path, length >= 12 && file.readInt() == EBML_HEADER, "lacks an EBML header");
    long header = readVariableSize(file);
    long at = file.getFilePointer();
    require(path, header >= 0 && header <= length - at - 5, "ends within its header");
    file.seek(at + header);
    if (file.readInt() != MATROSKA_SEGMENT) {
      return;
    }
    long size = readVariableSize(file);
    at = file.getFilePointer();
    require(
        path,
        size < 0 || size <= length - at,
        "has " + length + " bytes, its segment needs " + size + " from byte " + at);
  }

  /** Reads a size of 1 to 8 bytes whose first set bit tells the length; -1 if all bits are set. */
  private static long readVariableSize(RandomAccessFile file) throws IOException {
    int first = file.read();
    int bytes = Integer.numberOfLeadingZeros(Math.max(first, 1)) - 23;
    long value = first & (0xff >> bytes);
    for (int i = 1; i < bytes; i++) {
      value = value << 8 | (file.read() & 0xff);
    }
    return value == (1L << (7 * bytes)) - 1 ? -1 : value;
  }

  // PNG specification, section 5: chunks of length, type, data and checksum, up to IEND.
  private static void requireWholePng(Path path, RandomAccessFile file) throws IOException {
    long length = file.length();
    long at = 8;
    while (true) {
      require(path, at + 12 <= length, "ends before its last chunk (IEND)");
      file.seek(at);
      long size = file.readInt() & 0xffffffffL;
      byte[] type = new byte[4];
      file.readFully(type);
      String name = new String(type, StandardCharsets.ISO_8859_1);
      require(path, size <= length - at - 12, "ends within its chunk '" + name + "'");
      if (name.equals("IEND")) {
        return;
      }
      at += size + 12;
    }
  }

  private static void require(Path path, boolean condition, String problem) {
    if (!condition) {
      throw new InvalidInputException(
          "'" + path + "' is truncated or damaged: it " + problem + "; expected a whole file");
    }
  }
}
