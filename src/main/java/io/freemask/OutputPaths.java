package io.freemask;

import io.freemask.video.VideoFormat;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds out before a long run whether its outputs can be written. */
final class OutputPaths {

  private static final String PAGE = ".html";

  private final boolean overwrite;
  private final Set<Path> seen = new HashSet<>();
  private @Nullable Path input;

  OutputPaths(boolean overwrite) {
    this.overwrite = overwrite;
  }

  /** Names the clip that is read: no output may take its place, not even with overwriting on. */
  void protect(@Nullable Path clip) {
    input = clip == null ? null : clip.toAbsolutePath().normalize();
  }

  /**
   * Checks one output.
   *
   * @param name what messages call it
   * @throws InvalidInputException if it exists and is not to be replaced, its folder does not
   *     exist, or it is the input's path or another output's
   */
  void check(String name, @Nullable Path output) {
    checkPlace(name, output);
    if (output != null && !overwrite && Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      throw new InvalidInputException(
          name + " '" + output + "' exists and is not to be overwritten (--overwrite)");
    }
  }

  /**
   * Checks one output that is a clip.
   *
   * @param name what messages call it
   * @throws InvalidInputException as {@link #check}, or if no format has its extension
   */
  void checkClip(String name, @Nullable Path output) {
    if (output != null) {
      VideoFormat.of(output);
    }
    check(name, output);
  }

  /**
   * Checks one output that is a page.
   *
   * @param name what messages call it
   * @throws InvalidInputException as {@link #check}, or if it has not the extension of a page
   */
  void checkPage(String name, @Nullable Path output) {
    if (output != null && !output.toString().toLowerCase(Locale.ROOT).endsWith(PAGE)) {
      throw new InvalidInputException(
          name + " '" + output + "': expected a name that ends with " + PAGE);
    }
    check(name, output);
  }

  /**
   * Checks one output that may exist.
   *
   * @param name what messages call it
   * @throws InvalidInputException if its folder does not exist, or it is the input's path or
   *     another output's
   */
  void checkPlace(String name, @Nullable Path output) {
    if (output == null) {
      return;
    }
    Path path = output.toAbsolutePath().normalize();
    Path folder = path.getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new InvalidInputException(
          name + " '" + output + "': the folder '" + folder + "' does not exist");
    }
    if (path.equals(input)) {
      throw new InvalidInputException(
          name + " '" + output + "' is the input; name another file, the input is never replaced");
    }
    if (!seen.add(path)) {
      throw new InvalidInputException(name + " '" + output + "' is the path of another output too");
    }
  }
}
