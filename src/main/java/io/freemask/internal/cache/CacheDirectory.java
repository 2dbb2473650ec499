package io.freemask.internal.cache;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The project's folder in the user's cache: {@code $XDG_CACHE_HOME/freemask}, or {@code
 * ~/.cache/freemask}.
 *
 * <p>What is stored here is named by the SHA-256 of its content and moved into place when complete,
 * so any number of processes may store the same thing at once.
 *
 * @param root the folder; need not exist
 */
public record CacheDirectory(Path root) {

  private static final int BUFFER_BYTES = 1 << 16;

  /** Returns the folder that the environment names. */
  public static CacheDirectory ofUser() {
    return of(System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home"));
  }

  static CacheDirectory of(@Nullable String xdgCacheHome, @Nullable String home) {
    if (xdgCacheHome != null && !xdgCacheHome.isBlank()) {
      return new CacheDirectory(Path.of(xdgCacheHome, "freemask"));
    }
    return new CacheDirectory(Path.of(home == null ? "." : home, ".cache", "freemask"));
  }

  /** A source of bytes that can be opened more than once. */
  @FunctionalInterface
  public interface Source {

    /** Opens the bytes from their start. */
    InputStream open() throws IOException;
  }

  /**
   * Returns the path {@code root/kind/key/name}, whose content has the given hash: the file that is
   * there, or a copy of the source.
   *
   * @param kind the folder for things of one kind
   * @param key the hash that names the thing; the name of a folder
   * @param name the file, relative to that folder
   * @param sha256 the SHA-256 of the content, in lower-case hexadecimal
   * @param source where the content comes from
   * @throws IOException when it cannot be written, or the source has another hash
   */
  public Path store(String kind, String key, String name, String sha256, Source source)
      throws IOException {
    Path target = root.resolve(kind).resolve(key).resolve(name);
    if (sha256.equals(sha256OrNull(target))) {
      return target;
    }
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(target + " has no parent folder");
    }
    Files.createDirectories(folder);
    Path partial = Files.createTempFile(folder, ".partial-", null);
    try {
      try (InputStream in = source.open()) {
        Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
      }
      String actual = sha256(partial);
      if (!actual.equals(sha256)) {
        throw new IOException(name + " has the SHA-256 " + actual + ", expected " + sha256);
      }
      Files.move(
          partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
    return target;
  }

  /** Returns the SHA-256 of a file in lower-case hexadecimal. */
  public static String sha256(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return sha256(in);
    }
  }

  /** Returns the SHA-256 of the rest of a stream in lower-case hexadecimal. */
  public static String sha256(InputStream in) throws IOException {
    MessageDigest digest = newSha256();
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      digest.update(buffer, 0, n);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Returns a new SHA-256 digest. */
  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static @Nullable String sha256OrNull(Path file) throws IOException {
    try {
      return sha256(file);
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
