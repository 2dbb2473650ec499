package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.cache.CacheDirectory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * SHA-256 of files. Those of large files are remembered in the user's cache under path, size and
 * time of change, since hashing gigabytes takes longer than loading them.
 */
final class FileHashes {

  private static final System.Logger LOG = System.getLogger(FileHashes.class.getName());
  private static final long LARGE_BYTES = 64L << 20;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private final CacheDirectory cache;

  FileHashes(CacheDirectory cache) {
    this.cache = cache;
  }

  /** Returns the hash in lower-case hexadecimal. */
  String sha256(Path file) {
    try {
      if (Files.size(file) < LARGE_BYTES) {
        return CacheDirectory.sha256(file);
      }
      Path real = file.toRealPath();
      String state =
          real + "\n" + Files.size(real) + "\n" + Files.getLastModifiedTime(real).toInstant();
      String key =
          CacheDirectory.sha256(new ByteArrayInputStream(state.getBytes(StandardCharsets.UTF_8)));
      Path remembered = cache.root().resolve("hashes").resolve(key);
      if (Files.isRegularFile(remembered)) {
        String hash = Files.readString(remembered).strip();
        if (SHA256.matcher(hash).matches()) {
          return hash;
        }
      }
      String hash = CacheDirectory.sha256(real);
      remember(key, hash);
      return hash;
    } catch (IOException e) {
      throw new InvalidInputException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private void remember(String key, String hash) {
    byte[] content = hash.getBytes(StandardCharsets.UTF_8);
    try {
      String contentHash = CacheDirectory.sha256(new ByteArrayInputStream(content));
      cache.store("hashes", "", key, contentHash, () -> new ByteArrayInputStream(content));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "a hash cannot be remembered", e);
    }
  }
}
