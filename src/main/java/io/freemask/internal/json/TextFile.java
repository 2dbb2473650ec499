package io.freemask.internal.json;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/** Text files, UTF-8, that are either there as a whole or not at all. */
public final class TextFile {

  private TextFile() {}

  /**
   * Reads a file.
   *
   * @param what what messages call it, such as "run record"
   * @throws InvalidInputException if it cannot be read
   */
  public static String read(String what, Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new InvalidInputException("the " + what + " '" + file + "' does not exist", e);
    } catch (IOException e) {
      throw new InvalidInputException("cannot read the " + what + " '" + file + "': " + e, e);
    }
  }

  /**
   * Writes a file under a temporary name that is renamed when complete; a file of that name is
   * replaced.
   *
   * @param what what messages call it
   * @throws InvalidInputException if it cannot be written
   */
  public static void write(String what, Path file, String text) {
    Path target = file.toAbsolutePath();
    Path folder = target.getParent();
    try {
      if (folder == null) {
        throw new IOException("it is no file name");
      }
      // Not a temporary file of the system's kind, which its owner alone could read.
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
      throw new InvalidInputException("cannot write the " + what + " '" + file + "': " + e, e);
    }
  }
}
