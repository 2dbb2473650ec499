package io.freemask.cli;

import io.freemask.CodebookSource;
import io.freemask.InvalidInputException;
import io.freemask.MaskOptions;
import io.freemask.edit.MaskRule;
import io.freemask.edit.PlanNames;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The mask of the object; what is not given is the preset's. */
@OptionSection("Masks")
final class MaskArguments {

  private static final Pattern LEVEL = Pattern.compile("(\\d{1,5})[xX](\\d{1,5})");
  private static final Pattern RECORD = Pattern.compile("\\d{1,6}");

  @Option(
      names = "--mask",
      paramLabel = "PATH",
      description =
          "A mask of the object instead of derived ones, white on the object: a clip, image, image"
              + " folder, or safetensors with mask [F,h,w] at latent size.")
  private @Nullable Path file;

  @Option(
      names = "--mask-soft",
      description =
          "Keep values between 0 and 1: grey values of --mask, or the relative word map itself; else"
              + " more than half white, or over the threshold, counts as object.")
  private boolean soft;

  @Option(
      names = "--mask-attention",
      arity = "1",
      paramLabel = "true|false",
      description = "Mask cross and self attention, or nothing. Default: as the preset does.")
  private @Nullable Boolean enabled;

  @Option(
      names = "--mask-threshold",
      paramLabel = "X",
      description =
          "A pixel is the object's where the word map is over X times the frame's maximum, 0 to 1.")
  private @Nullable Double threshold;

  @Option(
      names = "--mask-pool",
      arity = "1",
      paramLabel = "true|false",
      description = "Max-pool word maps (3x3) first. Default: true.")
  private @Nullable Boolean pool;

  @Option(
      names = "--mask-level",
      paramLabel = "HxW|all",
      description =
          "Derive masks from all cross layers of this level, height first, or from those of all"
              + " levels. Default: the codebook's choice, or else the level whose h*w is nearest"
              + " 256.")
  private @Nullable String level;

  @Option(
      names = "--mask-layers",
      paramLabel = "NAME",
      split = ",",
      description = "Derive masks from these cross layers instead, by their names.")
  private List<String> layers = List.of();

  @Option(
      names = "--mask-record",
      paramLabel = "aware|average|N",
      description =
          "Inversion record that masks come from: aware (the step's own), average (the mean over"
              + " all) or a fixed one, 0 to steps-1. Default: as the preset does; fixed is the one"
              + " nearest the codebook's best timestep, or else 201.")
  private @Nullable String record;

  @Option(
      names = "--subtract",
      paramLabel = "WORD",
      description =
          "Word or phrase of the source whose own mask is taken out of the object's. May be"
              + " repeated.")
  private List<String> subtract = List.of();

  @Option(
      names = "--subtract-threshold",
      paramLabel = "X",
      description = "The threshold of --subtract, 0 to 1. Default: 0.3.")
  private @Nullable Double subtractThreshold;

  @Option(
      names = "--codebook",
      paramLabel = "FILE|none",
      description =
          "Codebook of the model by which layers, timestep and threshold of masks are chosen, as"
              + " calibrate writes it. Default: codebook.json in the model's folder; none: a"
              + " standard choice that was not measured.")
  private @Nullable String codebook;

  /** Returns options with what is given in place of theirs. */
  MaskOptions over(MaskOptions base) {
    MaskOptions options = base;
    if (file != null) {
      options = options.withFile(file);
    }
    if (soft) {
      options = options.withSoft(true);
    }
    if (enabled != null) {
      options = options.withEnabled(enabled);
    }
    if (threshold != null) {
      options = options.withThreshold(threshold);
    }
    if (pool != null) {
      options = options.withPool(pool);
    }
    if (level != null && !layers.isEmpty()) {
      throw new InvalidInputException(
          "--mask-level and --mask-layers are both given, expected one of them");
    }
    if (level != null) {
      options = options.withLayers(parseLevel(level));
    }
    if (!layers.isEmpty()) {
      options = options.withLayers(layers);
    }
    if (record != null) {
      options = options.withTiming(parseRecord(record));
    }
    if (!subtract.isEmpty()) {
      options = options.withSubtract(subtract);
    }
    if (subtractThreshold != null) {
      options = options.withSubtractThreshold(subtractThreshold);
    }
    if (codebook != null) {
      options =
          options.withCodebook(
              codebook.equals("none")
                  ? new CodebookSource.None()
                  : new CodebookSource.File(Path.of(codebook)));
    }
    return options;
  }

  private static MaskRule.Layers parseLevel(String text) {
    if (text.strip().equals("all")) {
      return new MaskRule.Layers.All();
    }
    Matcher m = LEVEL.matcher(text.strip());
    if (!m.matches()) {
      throw new InvalidInputException(
          "--mask-level is '" + text + "', expected HEIGHTxWIDTH such as 16x16, or all");
    }
    return new MaskRule.Layers.Level(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
  }

  private static MaskRule.Timing parseRecord(String text) {
    String record = text.strip();
    MaskRule.Timing named = PlanNames.RECORDS.get(record);
    if (named != null) {
      return named;
    }
    if (!RECORD.matcher(record).matches()) {
      throw new InvalidInputException(
          "--mask-record is '" + text + "', expected aware, average or a number from 0 to steps-1");
    }
    return new MaskRule.Timing.Fixed(Integer.parseInt(record));
  }
}
