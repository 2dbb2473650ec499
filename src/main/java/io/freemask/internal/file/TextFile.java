package io.freemask.internal.file;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Writes text files that are either complete or not there. */
public final class TextFile {

  private TextFile() {}

  /**
   * Writes a file in UTF-8 under a temporary name that is renamed when complete; a file of that
   * name is replaced.
   *
   * @param name what messages call it
   * @throws InvalidInputException if it cannot be written
   */
  public static void write(String name, Path file, String text) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    try {
      if (folder == null) {
        throw new IOException("it is no file name");
      }
      // Not by createTempFile, whose files no one else may read.
      String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
      Path partial = folder.resolve("." + target.getFileName() + "." + random + ".partial");
      try {
        Files.writeString(partial, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Files.move(
            partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw new InvalidInputException("cannot write the " + name + " '" + file + "': " + e, e);
    }
  }
}
