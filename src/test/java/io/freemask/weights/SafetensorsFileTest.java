package io.freemask.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.freemask.InvalidInputException;
import io.freemask.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {

  @TempDir Path folder;

  private Path write(byte[] content) {
    try {
      return Files.write(folder.resolve("x.safetensors"), content);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] file(long headerLength, byte[] header, int dataBytes) {
    return ByteBuffer.allocate(Long.BYTES + header.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(headerLength)
        .put(header)
        .array();
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
    return file(bytes.length, bytes, dataBytes);
  }

  private static String tensor(String fields) {
    return "{\"w\": {" + fields + "}}";
  }

  private static Arguments bad(String what, byte[] content, String... expected) {
    return Arguments.of(what, content, expected);
  }

  static Stream<Arguments> malformed() {
    String good = "\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]";
    return Stream.of(
        bad("empty file", new byte[0], "0 bytes", "header length"),
        bad("shorter than the length", new byte[7], "7 bytes", "header length"),
        bad(
            "no header after the length",
            file(10, new byte[0], 0),
            "header length is 10",
            "0 bytes"),
        bad(
            "truncated header",
            file(100, "{}".getBytes(StandardCharsets.UTF_8), 0),
            "length is 100"),
        bad("length above the cap", file(100_000_001, new byte[0], 0), "100000001", "100000000"),
        bad(
            "length with the highest bit set",
            file(-1, new byte[0], 0),
            "18446744073709551615",
            "100000000"),
        bad("not UTF-8", file(4, new byte[] {'{', (byte) 0xff, '}', ' '}, 0), "UTF-8"),
        bad("overlong UTF-8", file(4, new byte[] {'{', (byte) 0xc0, (byte) 0xaf, '}'}, 0), "UTF-8"),
        bad("empty header", file("", 0), "JSON object"),
        bad("white space first", file(" {}", 0), "'{'"),
        bad("an array", file("[1]", 0), "JSON object"),
        bad("not JSON", file("{\"w\": }", 0), "not valid JSON"),
        bad("cut off JSON", file("{\"w\": {", 0), "not valid JSON"),
        bad("trailing text", file("{} {}", 0), "not valid JSON"),
        bad("trailing NUL", file("{}\0", 0), "not valid JSON"),
        bad("not a number", file(tensor("\"dtype\": NaN"), 0), "not valid JSON"),
        bad(
            "duplicate tensor",
            file("{\"w\": {" + good + "}, \"w\": {" + good + "}}", 8),
            "Duplicate",
            "'w'"),
        bad("duplicate field", file(tensor(good + ", \"shape\": [2]"), 8), "Duplicate", "shape"),
        bad("tensor is no object", file("{\"w\": 1}", 0), "tensor 'w'", "object"),
        bad("tensor is null", file("{\"w\": null}", 0), "tensor 'w'", "object"),
        bad("empty name", file("{\"\": {" + good + "}}", 8), "name is empty"),
        bad("NUL in a name", file("{\"a\\u0000b\": {" + good + "}}", 8), "NUL"),
        bad("unknown field", file(tensor(good + ", \"strides\": [1]"), 8), "'w'", "strides"),
        bad(
            "missing dtype",
            file(tensor("\"shape\": [2], \"data_offsets\": [0, 8]"), 8),
            "'w'",
            "dtype is missing",
            "F32"),
        bad(
            "dtype is no text",
            file(tensor(good.replace("\"F32\"", "32")), 8),
            "'w'",
            "dtype is 32"),
        bad("unknown dtype", file(tensor(good.replace("F32", "F31")), 8), "'w'", "F31", "BF16"),
        bad("dtype in lower case", file(tensor(good.replace("F32", "f32")), 8), "'w'", "f32"),
        bad(
            "missing shape",
            file(tensor("\"dtype\": \"F32\", \"data_offsets\": [0, 8]"), 8),
            "'w'",
            "shape is missing"),
        bad("shape is no list", file(tensor(good.replace("[2]", "2")), 8), "'w'", "shape is 2"),
        bad("negative size", file(tensor(good.replace("[2]", "[-2]")), 8), "'w'", "[-2]"),
        bad("fractional size", file(tensor(good.replace("[2]", "[2.0]")), 8), "'w'", "[2.0]"),
        bad("size as text", file(tensor(good.replace("[2]", "[\"2\"]")), 8), "'w'", "shape"),
        bad(
            "size above 2^63",
            file(tensor(good.replace("[2]", "[9223372036854775808]")), 8),
            "'w'",
            "shape"),
        bad(
            "product above 2^63",
            file(tensor(good.replace("[2]", "[4294967296,4294967296]")), 8),
            "'w'",
            "[4294967296,4294967296]"),
        bad(
            "bytes above 2^63",
            file(tensor(good.replace("[2]", "[4611686018427387904]")), 8),
            "'w'",
            "[4611686018427387904]"),
        bad(
            "missing offsets",
            file(tensor("\"dtype\": \"F32\", \"shape\": [2]"), 8),
            "'w'",
            "data_offsets is missing"),
        bad("one offset", file(tensor(good.replace("[0, 8]", "[8]")), 8), "'w'", "data_offsets"),
        bad(
            "three offsets",
            file(tensor(good.replace("[0, 8]", "[0, 8, 8]")), 8),
            "'w'",
            "data_offsets"),
        bad(
            "negative offset",
            file(tensor(good.replace("[0, 8]", "[-8, 0]")), 8),
            "'w'",
            "data_offsets"),
        bad(
            "end before begin",
            file(tensor(good.replace("[0, 8]", "[8, 0]")), 8),
            "'w'",
            "begin <= end"),
        bad(
            "end outside the file",
            file(tensor(good), 7),
            "'w'",
            "data_offsets",
            "within the 7 bytes"),
        bad(
            "fewer bytes than the shape",
            file(tensor(good.replace("[2]", "[3]")), 8),
            "'w'",
            "span 8 bytes, expected 12 for F32 [3]"),
        bad(
            "more bytes than the shape",
            file(tensor(good.replace("F32", "F16")), 8),
            "'w'",
            "span 8 bytes, expected 4 for F16 [2]"),
        bad(
            "overlap",
            file("{\"a\": {" + good + "}, \"b\": {" + good.replace("[0, 8]", "[4, 12]") + "}}", 12),
            "'b'",
            "overlap tensor 'a'",
            "expected 8"),
        bad(
            "the same bytes twice",
            file("{\"a\": {" + good + "}, \"b\": {" + good + "}}", 8),
            "overlap tensor"),
        bad(
            "hole between tensors",
            file("{\"a\": {" + good + "}, \"b\": {" + good.replace("[0, 8]", "[9, 17]") + "}}", 17),
            "'b'",
            "hole",
            "expected 8"),
        bad(
            "hole before the first tensor",
            file(tensor(good.replace("[0, 8]", "[1, 9]")), 9),
            "'w'",
            "hole",
            "expected 0"),
        bad("data after the last tensor", file(tensor(good), 9), "9 bytes of data", "8"),
        bad("data without tensors", file("{}", 1), "1 bytes of data", "0"),
        bad("metadata is no object", file("{\"__metadata__\": 1}", 0), "__metadata__", "object"),
        bad(
            "metadata value is no text",
            file("{\"__metadata__\": {\"n\": 1}}", 0),
            "__metadata__",
            "n is 1",
            "string"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void malformedFilesAreRefusedNamingFileAndField(String what, byte[] content, String[] expected) {
    Path path = write(content);

    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContainingAll((CharSequence[]) expected)
        .hasMessageNotContaining("\n");
  }

  @Test
  void missingFileAndFolder() {
    assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("none.safetensors")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("none.safetensors")
        .hasMessageContaining("no such file");
    assertThatThrownBy(() -> SafetensorsFile.open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(folder.toString());
  }

  @Test
  void aHeaderOfAnyLengthAndTrailingSpaces() {
    for (int spaces = 0; spaces < 9; spaces++) {
      String header =
          "{\"w\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}}"
              + " ".repeat(spaces);
      byte[] content = file(header, 8);
      ByteBuffer.wrap(content)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putFloat(content.length - 8, 1.5f)
          .putFloat(content.length - 4, -2f);
      try (SafetensorsFile file = SafetensorsFile.open(write(content))) {
        assertThat(file.floats("w")).containsExactly(1.5f, -2f);
      }
    }
  }

  @Test
  void scalarsAndEmptyTensors() {
    String header =
        "{\"e\": {\"dtype\": \"F32\", \"shape\": [0, 3], \"data_offsets\": [0, 0]},"
            + " \"s\": {\"dtype\": \"I64\", \"shape\": [], \"data_offsets\": [0, 8]},"
            + " \"f\": {\"dtype\": \"F16\", \"shape\": [4, 0], \"data_offsets\": [8, 8]}}";
    try (SafetensorsFile file = SafetensorsFile.open(write(file(header, 8)))) {
      assertThat(file.floats("e")).isEmpty();
      assertThat(file.longs("s")).containsExactly(0);
      assertThat(file.info("f").shape()).isEqualTo(Shape.of(4, 0));
      assertThat(file.bytes("f")).isEmpty();
    }
    try (SafetensorsFile file = SafetensorsFile.open(write(file("{}", 0)))) {
      assertThat(file.names()).isEmpty();
      assertThat(file.metadata()).isEmpty();
    }
  }

  @Test
  void everyTypeIsConverted() {
    ByteBuffer data = ByteBuffer.allocate(27).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(0.1).putLong(-3).putInt(-7).putShort(Float.floatToFloat16(0.5f));
    data.putShort((short) 0xbf80).put((byte) 200).put((byte) 1).put((byte) 0);
    String header =
        """
        {"F64":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},
         "I64":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},
         "I32":{"dtype":"I32","shape":[1],"data_offsets":[16,20]},
         "F16":{"dtype":"F16","shape":[1],"data_offsets":[20,22]},
         "BF16":{"dtype":"BF16","shape":[1],"data_offsets":[22,24]},
         "U8":{"dtype":"U8","shape":[1],"data_offsets":[24,25]},
         "BOOL":{"dtype":"BOOL","shape":[2],"data_offsets":[25,27]}}\
        """;
    byte[] content = file(header, 27);
    System.arraycopy(data.array(), 0, content, content.length - 27, 27);
    try (SafetensorsFile file = SafetensorsFile.open(write(content))) {
      assertThat(file.floats("F64")).containsExactly(0.1f);
      assertThat(file.floats("I64")).containsExactly(-3f);
      assertThat(file.floats("I32")).containsExactly(-7f);
      assertThat(file.floats("F16")).containsExactly(0.5f);
      assertThat(file.floats("BF16")).containsExactly(-1f);
      assertThat(file.floats("U8")).containsExactly(200f);
      assertThat(file.floats("BOOL")).containsExactly(1f, 0f);
      assertThat(file.longs("I64")).containsExactly(-3);
      assertThat(file.longs("I32")).containsExactly(-7);
      assertThat(file.longs("U8")).containsExactly(200);
      assertThat(file.longs("BOOL")).containsExactly(1, 0);
      assertThat(file.bytes("BF16")).containsExactly(0x80, 0xbf);
      assertThatThrownBy(() -> file.longs("F16"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("'F16' is F16, expected integers");
      assertThatThrownBy(() -> file.floats("G"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("no tensor 'G'")
          .hasMessageContaining("BF16");
    }
  }

  @Test
  void writerAndReaderAgree() {
    Path path = folder.resolve("out.safetensors");
    SafetensorsWriter.write(
        path,
        Map.of(
            "ids", TensorData.longs(Shape.of(3), 1, 2, 3),
            "a", TensorData.floats(Shape.of(2, 2), 1, 2, 3, Float.NaN),
            "mask", TensorData.bytes(StorageType.U8, Shape.of(3), new byte[] {1, 0, -1})),
        Map.of("note", "größer \"quoted\""));

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.names()).containsExactly("ids", "a", "mask");
      assertThat(file.longs("ids")).containsExactly(1, 2, 3);
      assertThat(file.floats("a")).containsExactly(1, 2, 3, Float.NaN);
      assertThat(file.info("a").shape()).isEqualTo(Shape.of(2, 2));
      assertThat(file.longs("mask")).containsExactly(1, 0, 255);
      assertThat(file.metadata()).containsExactly(Map.entry("note", "größer \"quoted\""));
    }
    assertThat(folder).isDirectoryNotContaining("glob:**.partial*");
  }

  /** Like every other file of the user's, not like one of the system's temporary files. */
  @Test
  void hasTheModeOfOrdinaryFiles() throws IOException {
    assumeTrue(Files.getFileStore(folder).supportsFileAttributeView("posix"));
    Path ordinary = Files.writeString(folder.resolve("ordinary"), "");
    Path path = folder.resolve("written.safetensors");

    SafetensorsWriter.write(path, Map.of("a", TensorData.floats(Shape.of(1), 1)), Map.of());

    assertThat(Files.getPosixFilePermissions(path))
        .isEqualTo(Files.getPosixFilePermissions(ordinary));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(ordinary, path);
    }
  }

  @Test
  void writerLeavesNothingBehindWhereItCannotWrite() {
    Path path = folder.resolve("missing").resolve("out.safetensors");

    assertThatThrownBy(() -> SafetensorsWriter.write(path, Map.of(), Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("cannot be written");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void dataAndShapeHaveToAgreeBeforeWriting() {
    assertThatThrownBy(() -> TensorData.floats(Shape.of(3), 1, 2))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("2 values, expected 3 for [3]");
    assertThatThrownBy(() -> TensorData.bytes(StorageType.F16, Shape.of(3), new byte[3]))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("3 bytes, expected 6 for [3]");
  }

  @Test
  void closedFile() {
    SafetensorsFile file =
        SafetensorsFile.open(
            write(
                file("{\"w\": {\"dtype\": \"U8\", \"shape\": [1], \"data_offsets\": [0, 1]}}", 1)));
    file.close();
    file.close();

    assertThatThrownBy(() -> file.floats("w"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
  }
}
