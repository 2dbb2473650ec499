package io.freemask.video;

import io.freemask.InvalidInputException;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An output file or folder that has a temporary name beside the final one until it is complete.
 *
 * <p>A folder is only overwritten if all that it holds is frames under this package's names, so
 * that nothing else is lost.
 */
final class PendingOutput {

  private static final Pattern FRAME_NAME = Pattern.compile("\\d{5,}\\.png");

  private final Path target;
  private final Path temporary;
  private final boolean overwrite;
  private final boolean folder;

  private PendingOutput(Path target, boolean folder, boolean overwrite) throws IOException {
    this.target = target;
    this.folder = folder;
    this.overwrite = overwrite;
    this.temporary = hidden("partial");
    requireFree();
    if (folder) {
      Files.createDirectory(temporary);
    }
  }

  /** Prepares a file, which is not created yet. */
  static PendingOutput file(Path target, boolean overwrite) throws IOException {
    return new PendingOutput(target.toAbsolutePath().normalize(), false, overwrite);
  }

  /** Prepares a folder and creates it under its temporary name. */
  static PendingOutput folder(Path target, boolean overwrite) throws IOException {
    return new PendingOutput(target.toAbsolutePath().normalize(), true, overwrite);
  }

  /** Returns the name of a frame in a folder. */
  static String frameName(int index) {
    return "%05d.png".formatted(index);
  }

  Path target() {
    return target;
  }

  Path temporary() {
    return temporary;
  }

  private Path hidden(String suffix) {
    String random = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return target.resolveSibling("." + target.getFileName() + "." + random + "." + suffix);
  }

  private void requireFree() throws IOException {
    Path parent = target.getParent();
    if (parent == null || target.getFileName() == null) {
      throw new InvalidInputException("output '" + target + "' is no name for a file or folder");
    }
    if (!Files.isDirectory(parent)) {
      throw new InvalidInputException(
          "output folder '" + parent + "' does not exist, expected a folder to write into");
    }
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isDirectory(target) != folder) {
      throw new InvalidInputException(
          "output '" + target + "' is " + (folder ? "a file, expected a folder" : "a folder"));
    }
    if (folder && contents(target).isEmpty()) {
      return;
    }
    if (!overwrite) {
      throw new InvalidInputException(
          "output '" + target + "' exists and is not to be overwritten (--overwrite)");
    }
    if (folder) {
      for (Path entry : contents(target)) {
        if (!FRAME_NAME.matcher(entry.getFileName().toString()).matches()) {
          throw new InvalidInputException(
              "output folder '"
                  + target
                  + "' holds '"
                  + entry.getFileName()
                  + "', expected nothing but frames such as "
                  + frameName(0)
                  + " in a folder to be overwritten");
        }
      }
    }
  }

  private static List<Path> contents(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  /** Gives the output its final name. */
  void commit() throws IOException {
    requireFree();
    if (folder && Files.isDirectory(target)) {
      Path old = hidden("old");
      Files.move(target, old);
      try {
        Files.move(temporary, target);
      } catch (IOException e) {
        Files.move(old, target);
        throw e;
      }
      delete(old);
    } else if (overwrite) {
      replace();
    } else {
      try {
        Files.move(temporary, target);
      } catch (FileAlreadyExistsException e) {
        throw new InvalidInputException(
            "output '" + target + "' came to exist meanwhile and is not to be overwritten", e);
      }
    }
  }

  private void replace() throws IOException {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Removes what has been written under the temporary name, if it is still there. */
  void discard() throws IOException {
    if (Files.exists(temporary, LinkOption.NOFOLLOW_LINKS)) {
      delete(temporary);
    }
  }

  private static void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      for (Path entry : contents(path)) {
        Files.delete(entry);
      }
    }
    Files.delete(path);
  }
}
