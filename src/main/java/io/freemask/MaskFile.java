package io.freemask;

import io.freemask.edit.GivenMasks;
import io.freemask.edit.LayerGrid;
import io.freemask.mask.Mask;
import io.freemask.mask.MaskSchedule;
import io.freemask.video.Clip;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSize;
import io.freemask.video.FrameSource;
import io.freemask.video.MaskClip;
import io.freemask.weights.SafetensorsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads the masks that a user gives. */
final class MaskFile {

  private static final String TENSORS = ".safetensors";

  /** A latent pixel is on the object where more of it is white than not. */
  private static final float HALF = 0.5f;

  private MaskFile() {}

  /**
   * Reads a mask at latent size.
   *
   * @param request names the file and the frames of the input that are edited
   * @param size the working size, which the mask is brought to as the clip was
   * @param grid the latents' size
   * @throws InvalidInputException if the file cannot be read or has another number of frames
   */
  static GivenMasks read(EditRequest request, FrameSize size, LayerGrid grid) {
    Path file = request.masks().file();
    if (file == null) {
      return GivenMasks.NONE;
    }
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(TENSORS)) {
      try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
        return GivenMasks.read(tensors);
      }
    }
    MaskClip pixels = pixels(file, request.frames(), size, grid.frames());
    return GivenMasks.of(MaskSchedule.constant(latent(pixels, grid, request.masks().soft())));
  }

  /**
   * Reads a ground truth at the working size.
   *
   * @param frames which frames of the input are looked at
   * @param size the working size, which the mask is brought to as the clip was
   * @param count how many frames that are
   * @return [F,H,W], 1 where the mask is more than half white
   * @throws InvalidInputException if the file cannot be read or has another number of frames
   */
  static Mask readTruth(Path file, FrameRange frames, FrameSize size, int count) {
    MaskClip pixels = pixels(file, frames, size, count);
    float[] values = pixels.values();
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] > HALF ? 1 : 0;
    }
    return Mask.of(count, size.height(), size.width(), values);
  }

  private static MaskClip pixels(Path file, FrameRange frames, FrameSize size, int count) {
    FrameSource source = FrameSource.open(file);
    Clip clip = source.read();
    if (clip.frameCount() == 1) {
      clip = repeated(clip, count);
    } else if (clip.frameCount() != count) {
      // As many masks as the clip has frames, of which the same range is edited.
      clip = source.read(frames);
    }
    if (clip.frameCount() != count) {
      throw new InvalidInputException(
          "mask '"
              + file
              + "' has "
              + clip.frameCount()
              + " frames, expected one, or as many as are edited: "
              + count);
    }
    return MaskClip.of(WorkingClip.resize(clip, size));
  }

  /** Returns the mean over the pixels of each latent pixel, rounded unless soft. */
  static Mask latent(MaskClip pixels, LayerGrid grid, boolean soft) {
    int width = pixels.size().width();
    int height = pixels.size().height();
    int across = width / grid.width();
    int down = height / grid.height();
    float[] values = new float[grid.frames() * grid.height() * grid.width()];
    int out = 0;
    for (int f = 0; f < grid.frames(); f++) {
      for (int y = 0; y < grid.height(); y++) {
        for (int x = 0; x < grid.width(); x++) {
          float sum = 0;
          for (int v = 0; v < down; v++) {
            int row = (f * height + y * down + v) * width + x * across;
            for (int u = 0; u < across; u++) {
              sum += pixels.values()[row + u];
            }
          }
          float mean = Math.min(1, sum / (across * down));
          values[out++] = soft ? mean : mean > HALF ? 1 : 0;
        }
      }
    }
    return Mask.of(grid.frames(), grid.height(), grid.width(), values);
  }

  private static Clip repeated(Clip clip, int frames) {
    List<byte[]> copies = new ArrayList<>();
    for (int f = 0; f < frames; f++) {
      copies.add(clip.frames().get(0));
    }
    return new Clip(clip.size(), clip.frameRate(), copies);
  }
}
