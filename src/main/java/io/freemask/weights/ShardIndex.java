package io.freemask.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The index of a checkpoint that is split over several files: {@code {"weight_map": {tensor:
 * file}}}.
 *
 * @param path the index
 * @param fileOf by tensor, the file that holds it, in the folder of the index
 */
record ShardIndex(Path path, Map<String, String> fileOf) {

  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  static ShardIndex read(Path path) {
    JsonNode root;
    try {
      root = JSON.readValue(Files.readAllBytes(path));
    } catch (JsonProcessingException e) {
      throw new InvalidInputException(path + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new InvalidInputException(path + ": cannot be read: " + e.getMessage(), e);
    }
    JsonNode map = root.get("weight_map");
    if (map == null || !map.isObject() || map.isEmpty()) {
      throw new InvalidInputException(
          path + ": weight_map is missing or empty, expected an object of tensor and file names");
    }
    Map<String, String> fileOf = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String file = entry.getValue().isTextual() ? entry.getValue().textValue() : "";
      // A name with a separator could lead out of the folder.
      if (file.isEmpty()
          || file.contains("/")
          || file.contains("\\")
          || file.equals("..")
          || file.indexOf('\0') >= 0) {
        throw new InvalidInputException(
            path
                + ": weight_map: '"
                + entry.getKey()
                + "' is "
                + entry.getValue()
                + ", expected the name of a file in the same folder");
      }
      fileOf.put(entry.getKey(), file);
    }
    return new ShardIndex(path, fileOf);
  }

  /** Returns the files, in the order of their first tensor. */
  Set<Path> files() {
    Set<Path> files = new LinkedHashSet<>();
    for (String file : fileOf.values()) {
      Path shard = path.resolveSibling(file);
      if (!Files.isRegularFile(shard)) {
        throw new InvalidInputException(path + ": weight_map names " + file + ", which is missing");
      }
      files.add(shard);
    }
    return files;
  }
}
