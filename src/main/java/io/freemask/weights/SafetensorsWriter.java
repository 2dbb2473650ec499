package io.freemask.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Writes safetensors files. */
public final class SafetensorsWriter {

  private static final int ALIGNMENT = 8;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private SafetensorsWriter() {}

  /**
   * Writes a file, under a temporary name in the same folder that is renamed when complete; a file
   * of that name is replaced.
   *
   * <p>The tensors lie in the order of the format's own writer: widest elements first, then by
   * name, so that all are aligned.
   *
   * @throws InvalidInputException when the file cannot be written
   */
  public static void write(
      Path path, Map<String, TensorData> tensors, Map<String, String> metadata) {
    List<Map.Entry<String, TensorData>> ordered = new ArrayList<>(tensors.entrySet());
    ordered.sort(
        Comparator.comparingInt((Map.Entry<String, TensorData> e) -> -e.getValue().type().bytes())
            .thenComparing(Map.Entry::getKey));
    byte[] header = header(ordered, metadata);
    Path target = path.toAbsolutePath();
    Path folder = target.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InvalidInputException(path + ": cannot be written: there is no folder " + folder);
    }
    try {
      // Not a temporary file of the system's kind, which its owner alone could read.
      String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
      Path partial = folder.resolve("." + target.getFileName() + "." + random + ".partial");
      try {
        try (FileChannel channel =
            FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          writeAll(channel, length.putLong(header.length).flip());
          writeAll(channel, ByteBuffer.wrap(header));
          for (Map.Entry<String, TensorData> entry : ordered) {
            writeAll(channel, entry.getValue().bytes());
          }
        }
        Files.move(
            partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw new InvalidInputException(path + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static byte[] header(
      List<Map.Entry<String, TensorData>> ordered, Map<String, String> metadata) {
    ObjectNode root = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject("__metadata__");
      metadata.forEach(node::put);
    }
    long offset = 0;
    for (Map.Entry<String, TensorData> entry : ordered) {
      TensorData tensor = entry.getValue();
      ObjectNode node = root.putObject(entry.getKey());
      node.put("dtype", tensor.type().name());
      ArrayNode shape = node.putArray("shape");
      tensor.shape().sizes().forEach(shape::add);
      long end = offset + tensor.bytes().remaining();
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    try {
      String json = JSON.writeValueAsString(root);
      int length = json.getBytes(StandardCharsets.UTF_8).length;
      int padding = (ALIGNMENT - length % ALIGNMENT) % ALIGNMENT;
      return (json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings and numbers is always valid JSON", e);
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
