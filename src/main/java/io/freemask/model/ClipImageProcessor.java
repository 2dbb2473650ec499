package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.config.ConfigFile;
import io.freemask.video.Clip;
import io.freemask.video.FrameSize;
import io.freemask.video.Resize;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Makes the pixels that CLIP's vision tower sees, as the {@code CLIPImageProcessor} of transformers
 * does with Pillow: the shorter side is scaled to a length, the longer one with it and rounded
 * down; the centre is cut out, rounded towards the top and left; levels are scaled and normalised
 * by channel.
 *
 * @param shortestEdge the shorter side after scaling, in pixels
 * @param cropSize S, height and width of what is cut out, in pixels, at most shortestEdge
 * @param filter of the scaling
 * @param rescaleFactor what levels 0 to 255 are multiplied with
 * @param imageMean what is then taken away, by channel
 * @param imageStd what the rest is divided by, by channel
 */
public record ClipImageProcessor(
    int shortestEdge,
    int cropSize,
    Resize.Filter filter,
    double rescaleFactor,
    List<Double> imageMean,
    List<Double> imageStd) {

  private static final int CHANNELS = 3;
  private static final int DEFAULT_SIZE = 224;
  private static final int PILLOW_BILINEAR = 2;
  private static final int PILLOW_BICUBIC = 3;

  /** The values of OpenAI's CLIP, which transformers takes where a file has none. */
  private static final double[] OPENAI_MEAN = {0.48145466, 0.4578275, 0.40821073};

  private static final double[] OPENAI_STD = {0.26862954, 0.26130258, 0.27577711};

  /** Checks that there is a value for each channel, and something to cut out. */
  public ClipImageProcessor {
    imageMean = List.copyOf(imageMean);
    imageStd = List.copyOf(imageStd);
    if (imageMean.size() != CHANNELS || imageStd.size() != CHANNELS) {
      throw new IllegalArgumentException(
          "imageMean is " + imageMean + " and imageStd " + imageStd + ", expected 3 values each");
    }
    if (cropSize < 1 || cropSize > shortestEdge) {
      throw new IllegalArgumentException(
          "cropSize is " + cropSize + ", expected 1 to shortestEdge " + shortestEdge);
    }
  }

  /**
   * Reads a {@code preprocessor_config.json}.
   *
   * @throws InvalidInputException when a field has a value that is wrong or not supported
   */
  public static ClipImageProcessor read(Path path) {
    ConfigFile file = ConfigFile.read(path);
    for (String step : List.of("do_resize", "do_center_crop", "do_rescale", "do_normalize")) {
      if (!file.flag(step, true)) {
        throw file.wrong(step, "true: every step is done");
      }
    }
    int edge =
        file.isSection("size")
            ? file.section("size").requirePositive("shortest_edge")
            : file.positive("size", DEFAULT_SIZE);
    int crop = cropSize(file);
    if (crop > edge) {
      throw file.wrong("crop_size", "at most the shortest edge " + edge);
    }
    int resample = file.positive("resample", PILLOW_BICUBIC);
    if (resample != PILLOW_BILINEAR && resample != PILLOW_BICUBIC) {
      throw file.wrong(
          "resample", PILLOW_BILINEAR + " (bilinear) or " + PILLOW_BICUBIC + " (bicubic)");
    }
    List<Double> std = channels(file, "image_std", OPENAI_STD);
    if (std.stream().anyMatch(value -> !(value > 0))) {
      throw file.wrong("image_std", "3 numbers above 0");
    }
    return new ClipImageProcessor(
        edge,
        crop,
        resample == PILLOW_BICUBIC ? Resize.Filter.BICUBIC : Resize.Filter.BILINEAR,
        file.positiveNumber("rescale_factor", 1.0 / 255),
        channels(file, "image_mean", OPENAI_MEAN),
        std);
  }

  private static int cropSize(ConfigFile file) {
    if (!file.isSection("crop_size")) {
      return file.positive("crop_size", DEFAULT_SIZE);
    }
    ConfigFile crop = file.section("crop_size");
    int height = crop.requirePositive("height");
    if (crop.requirePositive("width") != height) {
      throw crop.wrong("width", "the height, " + height);
    }
    return height;
  }

  private static List<Double> channels(ConfigFile file, String field, double[] fallback) {
    double[] values = file.numbers(field).orElse(fallback);
    if (values.length != CHANNELS) {
      throw file.wrong(field, "3 numbers");
    }
    return Arrays.stream(values).boxed().toList();
  }

  /**
   * Prepares frames of any size.
   *
   * @return [F,3,S,S], F the frames of the clip
   */
  public float[] process(Clip clip) {
    FrameSize crop = new FrameSize(cropSize, cropSize);
    Clip scaled = Resize.apply(clip, scaled(clip.size()), Resize.Fit.STRETCH, filter);
    Clip cut = Resize.centerCrop(scaled, crop);
    int pixels = cropSize * cropSize;
    float[] planes = new float[Math.toIntExact((long) cut.frameCount() * CHANNELS * pixels)];
    int out = 0;
    for (byte[] frame : cut.frames()) {
      for (int c = 0; c < CHANNELS; c++) {
        double mean = imageMean.get(c);
        double std = imageStd.get(c);
        for (int i = 0; i < pixels; i++) {
          int level = frame[CHANNELS * i + c] & 0xff;
          planes[out++] = (float) ((level * rescaleFactor - mean) / std);
        }
      }
    }
    return planes;
  }

  private FrameSize scaled(FrameSize size) {
    long shorter = Math.min(size.width(), size.height());
    return new FrameSize(
        Math.toIntExact(shortestEdge * (long) size.width() / shorter),
        Math.toIntExact(shortestEdge * (long) size.height() / shorter));
  }
}
