package io.freemask.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.InvalidInputException;
import io.freemask.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks the header of a safetensors file, following the format's description in the repository
 * huggingface/safetensors: a JSON object of tensors whose byte ranges cover the data without gap or
 * overlap, and optionally {@code __metadata__}.
 */
final class SafetensorsHeader {

  private static final String METADATA = "__metadata__";

  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  private final String file;
  private final long dataBytes;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private SafetensorsHeader(String file, long dataBytes) {
    this.file = file;
    this.dataBytes = dataBytes;
  }

  /**
   * Checks a header.
   *
   * @param file names the file in messages
   * @param json the header
   * @param dataBytes bytes of the file after the header
   */
  static SafetensorsHeader parse(String file, ByteBuffer json, long dataBytes) {
    SafetensorsHeader header = new SafetensorsHeader(file, dataBytes);
    header.read(json);
    header.checkCoverage();
    return header;
  }

  Map<String, TensorInfo> tensors() {
    return tensors;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  private void read(ByteBuffer json) {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(json)
              .toString();
    } catch (CharacterCodingException e) {
      throw new InvalidInputException(file + ": the header is not UTF-8", e);
    }
    if (!text.startsWith("{")) {
      throw new InvalidInputException(
          file + ": the header does not start with '{', expected a JSON object");
    }
    JsonNode root;
    try {
      root = JSON.readValue(text);
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(
          file + ": the header is not valid JSON: " + e.getOriginalMessage(), e);
    }
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (entry.getKey().equals(METADATA)) {
        readMetadata(entry.getValue());
      } else {
        tensors.put(entry.getKey(), readTensor(entry.getKey(), entry.getValue()));
      }
    }
  }

  private void readMetadata(JsonNode node) {
    if (!node.isObject()) {
      throw new InvalidInputException(
          file + ": " + METADATA + " is " + node.getNodeType() + ", expected an object of strings");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!entry.getValue().isTextual()) {
        throw wrong(METADATA, entry.getKey(), entry.getValue(), "a string");
      }
      metadata.put(entry.getKey(), entry.getValue().textValue());
    }
  }

  private TensorInfo readTensor(String name, JsonNode node) {
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      throw new InvalidInputException(
          file + ": a tensor name is empty or holds a NUL character, expected a name");
    }
    if (!node.isObject()) {
      throw new InvalidInputException(
          file + ": tensor '" + name + "' is " + node + ", expected an object");
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      switch (entry.getKey()) {
        case "dtype", "shape", "data_offsets" -> {}
        default ->
            throw new InvalidInputException(
                file
                    + ": tensor '"
                    + name
                    + "' has the unknown field '"
                    + entry.getKey()
                    + "', expected dtype, shape and data_offsets");
      }
    }
    StorageType type = readType(name, node.get("dtype"));
    Shape shape = readShape(name, node.get("shape"));
    long[] offsets = readLongs(name, "data_offsets", node.get("data_offsets"), "[begin, end]");
    if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
      throw wrong(
          "tensor '" + name + "'",
          "data_offsets",
          node.get("data_offsets"),
          "[begin, end] with 0 <= begin <= end");
    }
    if (offsets[1] > dataBytes) {
      throw wrong(
          "tensor '" + name + "'",
          "data_offsets",
          node.get("data_offsets"),
          "an end within the " + dataBytes + " bytes of data of the file");
    }
    long bytes;
    try {
      bytes = Math.multiplyExact(shape.elements(), (long) type.bytes());
    } catch (ArithmeticException e) {
      throw new InvalidInputException(
          file + ": tensor '" + name + "': shape " + shape + " overflows, expected fewer elements",
          e);
    }
    if (bytes != offsets[1] - offsets[0]) {
      throw new InvalidInputException(
          file
              + ": tensor '"
              + name
              + "': data_offsets span "
              + (offsets[1] - offsets[0])
              + " bytes, expected "
              + bytes
              + " for "
              + type
              + " "
              + shape);
    }
    return new TensorInfo(type, shape, offsets[0], offsets[1]);
  }

  private StorageType readType(String name, @Nullable JsonNode node) {
    String expected =
        "one of " + String.join(", ", Arrays.stream(StorageType.values()).map(Enum::name).toList());
    if (node == null || !node.isTextual()) {
      throw wrong("tensor '" + name + "'", "dtype", node, expected);
    }
    Optional<StorageType> type =
        Arrays.stream(StorageType.values())
            .filter(candidate -> candidate.name().equals(node.textValue()))
            .findFirst();
    return type.orElseThrow(() -> wrong("tensor '" + name + "'", "dtype", node, expected));
  }

  private Shape readShape(String name, @Nullable JsonNode node) {
    long[] sizes = readLongs(name, "shape", node, "a list of sizes of 0 or more");
    try {
      return new Shape(sizes);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(file + ": tensor '" + name + "': " + e.getMessage(), e);
    }
  }

  private long[] readLongs(String name, String field, @Nullable JsonNode node, String expected) {
    if (node == null || !node.isArray()) {
      throw wrong("tensor '" + name + "'", field, node, expected);
    }
    long[] values = new long[node.size()];
    for (int i = 0; i < values.length; i++) {
      if (!node.get(i).isIntegralNumber() || !node.get(i).canConvertToLong()) {
        throw wrong("tensor '" + name + "'", field, node, expected);
      }
      values[i] = node.get(i).longValue();
    }
    return values;
  }

  private InvalidInputException wrong(
      String owner, String field, @Nullable JsonNode value, String expected) {
    return new InvalidInputException(
        file
            + ": "
            + owner
            + ": "
            + field
            + (value == null ? " is missing" : " is " + value)
            + ", expected "
            + expected);
  }

  /** The tensors, in the order of their bytes, follow one another from the first to the last. */
  private void checkCoverage() {
    List<Map.Entry<String, TensorInfo>> ordered = new ArrayList<>(tensors.entrySet());
    ordered.sort(
        Comparator.comparingLong((Map.Entry<String, TensorInfo> e) -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().end()));
    long covered = 0;
    String previous = "";
    for (Map.Entry<String, TensorInfo> entry : ordered) {
      TensorInfo info = entry.getValue();
      if (info.begin() < covered) {
        throw new InvalidInputException(
            file
                + ": tensor '"
                + entry.getKey()
                + "': data_offsets begin at "
                + info.begin()
                + " and overlap tensor '"
                + previous
                + "', expected "
                + covered);
      }
      if (info.begin() > covered) {
        throw new InvalidInputException(
            file
                + ": tensor '"
                + entry.getKey()
                + "': data_offsets begin at "
                + info.begin()
                + " and leave a hole, expected "
                + covered);
      }
      covered = info.end();
      previous = entry.getKey();
    }
    if (covered != dataBytes) {
      throw new InvalidInputException(
          file
              + ": the file has "
              + dataBytes
              + " bytes of data, expected the "
              + covered
              + " that its tensors take");
    }
  }
}
