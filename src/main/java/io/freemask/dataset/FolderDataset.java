package io.freemask.dataset;

import io.freemask.InvalidInputException;
import io.freemask.mask.Mask;
import io.freemask.video.Clip;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSource;
import io.freemask.video.MaskClip;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * Clips and masks in a folder: with a {@code manifest.json} that lists them, or in the layout of
 * DAVIS-2016, whose prompts this library knows ({@link DavisSequences}).
 *
 * <p>Frames and masks are whatever {@link FrameSource} reads; of a longer clip the first frames are
 * taken. A mask is white on the object: a pixel counts where its largest channel is over one half.
 */
final class FolderDataset implements Dataset {

  private final Path folder;
  private final boolean davis;
  private final List<ManifestEntry> entries;
  private final int frames;

  private FolderDataset(Path folder, boolean davis, List<ManifestEntry> entries, int frames) {
    this.folder = folder;
    this.davis = davis;
    this.entries = List.copyOf(entries);
    this.frames = frames;
  }

  static FolderDataset open(Path folder, int frames) {
    if (!Files.isDirectory(folder)) {
      throw new InvalidInputException(
          "dataset '" + folder + "' is no folder, expected shapeworld[:count[:seed]] or a folder");
    }
    boolean davis = DavisSequences.isLayout(folder);
    Path manifest = folder.resolve(Manifest.FILE);
    if (Files.exists(manifest)) {
      return new FolderDataset(folder, davis, Manifest.read(manifest, davis), frames);
    }
    if (!davis) {
      throw new InvalidInputException(
          "dataset '"
              + folder
              + "' has neither "
              + Manifest.FILE
              + " nor the layout of DAVIS-2016 (JPEGImages/480p, Annotations/480p)");
    }
    return new FolderDataset(folder, true, DavisSequences.singleObject(folder), frames);
  }

  @Override
  public int size() {
    return entries.size();
  }

  @Override
  public String name(int index) {
    return entries.get(index).name();
  }

  @Override
  public String spec() {
    return folder.toString();
  }

  @Override
  public LabeledClip load(int index) {
    ManifestEntry entry = entries.get(index);
    String what = "clip '" + entry.name() + "'";
    Path framePath = folder.resolve(entry.frames());
    Path maskPath = folder.resolve(entry.masks());
    if (!Files.exists(framePath)) {
      throw new InvalidInputException(what + " has no frames: '" + framePath + "' does not exist");
    }
    if (!Files.exists(maskPath)) {
      throw new InvalidInputException(what + " has no mask: '" + maskPath + "' does not exist");
    }
    Clip clip = named(what, framePath);
    Clip masks = named(what + ", mask", maskPath);
    if (masks.frameCount() != clip.frameCount()) {
      throw new InvalidInputException(
          what
              + " has "
              + clip.frameCount()
              + " frames and "
              + masks.frameCount()
              + " masks of at most "
              + frames
              + " that are read, expected one mask for each frame");
    }
    if (davis) {
      DavisSequences.requireOneObject(entry.name(), masks);
    }
    return new LabeledClip(entry.name(), clip, entry.prompt(), entry.objects(), mask(masks));
  }

  /** Reads the first frames. */
  private Clip named(String what, Path path) {
    try {
      FrameSource source = FrameSource.open(path);
      OptionalLong count = source.info().frameCount();
      boolean longer = count.isEmpty() || count.getAsLong() > frames;
      return source.read(longer ? FrameRange.of(0, frames, 1) : FrameRange.ALL);
    } catch (InvalidInputException e) {
      throw new InvalidInputException(what + ": " + e.getMessage(), e);
    }
  }

  private static Mask mask(Clip masks) {
    float[] values = MaskClip.of(masks).values();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] > 0.5f ? 1 : 0;
    }
    return Mask.of(masks.frameCount(), masks.size().height(), masks.size().width(), values);
  }
}
