package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.cache.CacheDirectory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The model that the jar carries, extracted to the user's cache. Its manifest lists the files as
 * {@code sha256sum} prints them; the folder is named by the manifest's own hash, and every file is
 * compared with it each time.
 */
final class BuiltInModel {

  static final String NAME = "shapeworld";

  private static final String FOLDER = NAME + "/";
  private static final String SEPARATOR = "  ";

  private BuiltInModel() {}

  /** Returns the folder that holds the model, complete. */
  static Path extract(CacheDirectory cache) {
    try {
      byte[] manifest;
      try (InputStream in = open("MANIFEST")) {
        manifest = in.readAllBytes();
      }
      String key = CacheDirectory.sha256(new ByteArrayInputStream(manifest));
      List<String> lines = new String(manifest, StandardCharsets.UTF_8).lines().toList();
      for (String line : lines) {
        String[] parts = line.split(SEPARATOR, 2);
        cache.store("model", key, parts[1], parts[0], () -> open(parts[1]));
      }
      return cache.root().resolve("model").resolve(key);
    } catch (IOException e) {
      throw new InvalidInputException(
          "cannot extract the built-in model to "
              + cache.root()
              + ": "
              + e
              + " (set XDG_CACHE_HOME to a folder that can be written)",
          e);
    }
  }

  private static InputStream open(String file) throws IOException {
    InputStream in = BuiltInModel.class.getResourceAsStream(FOLDER + file);
    if (in == null) {
      throw new IOException("this build of freemask does not hold " + FOLDER + file);
    }
    return in;
  }
}
