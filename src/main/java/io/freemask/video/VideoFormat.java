package io.freemask.video;

import io.freemask.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What a clip can be written as, chosen by the name of the output. */
public enum VideoFormat {
  /** MP4 with H.264, 4:2:0: plays everywhere, with colour at half the resolution. */
  MP4,
  /** WebM with VP9, 4:4:4: nearly lossless where colours change sharply. */
  WEBM,
  /** Animated GIF with one palette for the whole clip. */
  GIF,
  /** A folder of lossless images named 00000.png, 00001.png and so on; it holds no frame rate. */
  PNG_FOLDER;

  /**
   * Returns the format that an output's name asks for: .mp4, .webm, .gif, or a folder where the
   * name has no extension or is that of an existing folder.
   *
   * @throws InvalidInputException if the extension is another
   */
  public static VideoFormat of(Path output) {
    String name = String.valueOf(output.getFileName());
    int dot = name.lastIndexOf('.');
    if (dot <= 0 || Files.isDirectory(output)) {
      return PNG_FOLDER;
    }
    return switch (name.substring(dot + 1).toLowerCase(Locale.ROOT)) {
      case "mp4" -> MP4;
      case "webm" -> WEBM;
      case "gif" -> GIF;
      default ->
          throw new InvalidInputException(
              "output '"
                  + output
                  + "' has the unknown extension '"
                  + name.substring(dot)
                  + "', expected .mp4, .webm, .gif, or a folder name without extension for PNG");
    };
  }

  /** Like {@link #of(Path)}, for a name as typed: one that ends with a slash is a folder. */
  public static VideoFormat of(String output) {
    return output.endsWith("/") ? PNG_FOLDER : of(Path.of(output));
  }
}
