package io.freemask.dataset;

import io.freemask.InvalidInputException;
import io.freemask.internal.cache.CacheDirectory;
import io.freemask.video.FrameSize;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Clips with masks, loaded one at a time. */
public interface Dataset {

  /** Frames of a clip where nobody asks for another number. */
  int DEFAULT_FRAMES = 8;

  /** Returns the number of clips, at least 1. */
  int size();

  /** Returns the name of a clip, unique in this dataset. */
  String name(int index);

  /**
   * Loads a clip.
   *
   * @param index 0 to size - 1
   * @throws io.freemask.InvalidInputException if a file is missing or unreadable, or the mask is
   *     empty or does not fit the frames
   */
  LabeledClip load(int index);

  /** Returns the text that names this dataset, such as {@code shapeworld:32}. */
  String spec();

  /**
   * Returns a SHA-256 in lower-case hexadecimal: equal for datasets that hold the same clips. Loads
   * all of them, one at a time.
   *
   * @throws io.freemask.InvalidInputException if a clip cannot be loaded
   */
  default String hash() {
    return hash(IntStream.range(0, size()).mapToObj(i -> load(i).hash()).toList());
  }

  /** Returns the hash of a dataset whose clips have these hashes. */
  static String hash(List<String> clipHashes) {
    MessageDigest digest = CacheDirectory.newSha256();
    for (String hash : clipHashes) {
      digest.update((hash + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Opens a dataset of clips of at most eight frames, see {@link #parse(String, int, FrameSize)}.
   */
  static Dataset parse(String spec) {
    return parse(spec, DEFAULT_FRAMES, null);
  }

  /**
   * Opens a dataset.
   *
   * @param spec {@code shapeworld[:count[:seed]]}, or a folder: one with a {@code manifest.json},
   *     or DAVIS-2016
   * @param frames the most frames of a clip
   * @param size of rendered clips, or null for their own standard; clips of a folder keep theirs
   * @throws io.freemask.InvalidInputException if there is no such dataset or its manifest is wrong
   */
  static Dataset parse(String spec, int frames, @Nullable FrameSize size) {
    if (frames < 1) {
      throw new InvalidInputException("frames is " + frames + ", expected at least 1");
    }
    return ShapeWorldDataset.isMeant(spec)
        ? ShapeWorldDataset.parse(spec, frames, size)
        : FolderDataset.open(Path.of(spec), frames);
  }
}
