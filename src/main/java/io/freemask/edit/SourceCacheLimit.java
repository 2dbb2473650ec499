package io.freemask.edit;

import io.freemask.InvalidInputException;
import io.freemask.model.SourceCache;
import java.nio.file.Files;

/**
 * How much of the source an edit may keep from its inversion instead of computing it again.
 *
 * @param bytes at most
 * @param place where
 */
public record SourceCacheLimit(long bytes, SourceCache.Place place) {

  /** Checks the number. */
  public SourceCacheLimit {
    if (bytes < 1) {
      throw new InvalidInputException("source cache is " + bytes + " bytes, expected 1 or more");
    }
  }

  /** Returns one in the host's memory. */
  public static SourceCacheLimit ofMemory(long bytes) {
    return new SourceCacheLimit(bytes, new SourceCache.HostMemory());
  }

  /**
   * Checks the folder of a file.
   *
   * @throws InvalidInputException if it is none
   */
  public void requireDirectory() {
    if (place instanceof SourceCache.ScratchFile file && !Files.isDirectory(file.directory())) {
      throw new InvalidInputException("source cache: '" + file.directory() + "' is not a folder");
    }
  }
}
