package io.freemask.cli;

import io.freemask.InvalidInputException;
import io.freemask.edit.Mapper;
import io.freemask.edit.Preset;
import io.freemask.edit.StepWindow;
import io.freemask.eval.Shard;
import io.freemask.mmc.MatchingCost;
import io.freemask.model.AttentionPlan;
import io.freemask.tensor.AttentionPath;
import io.freemask.tensor.DType;
import io.freemask.tensor.Device;
import io.freemask.video.FrameRange;
import io.freemask.video.FrameSize;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How the texts of options become values; each message says what was expected. */
final class Converters {

  private static final Pattern FRAMES = Pattern.compile("(\\d{0,9}):(\\d{0,9})(?::(\\d{1,9}))?");
  private static final Pattern BYTES = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMGT]?)I?B?");

  private Converters() {}

  static void register(CommandLine commandLine) {
    commandLine
        .registerConverter(
            CompletionCommand.Shell.class, new Choices<>(CompletionCommand.Shell.class))
        .registerConverter(Preset.class, new Choices<>(Preset.class))
        .registerConverter(AttentionPath.class, new Choices<>(AttentionPath.class))
        .registerConverter(Mapper.class, new Choices<>(Mapper.class))
        .registerConverter(AttentionPlan.Order.class, new Choices<>(AttentionPlan.Order.class))
        .registerConverter(AttentionPlan.Mode.class, new Choices<>(AttentionPlan.Mode.class))
        .registerConverter(
            AttentionPlan.Polarity.class, new Choices<>(AttentionPlan.Polarity.class))
        .registerConverter(MatchingCost.class, plain(MatchingCost::parse))
        .registerConverter(DType.class, plain(DType::parse))
        .registerConverter(Device.class, plain(Device::parse))
        .registerConverter(FrameRange.class, plain(Converters::frames))
        .registerConverter(FrameSize.class, plain(FrameSize::parse))
        .registerConverter(Shard.class, plain(Shard::parse))
        .registerConverter(StepWindow.class, plain(Converters::window))
        .registerConverter(ByteCount.class, plain(Converters::bytes));
  }

  /** picocli wraps other exceptions in text about classes; this one it prints as it is. */
  private static <T> ITypeConverter<T> plain(Function<String, T> reader) {
    return text -> {
      try {
        return reader.apply(text.strip());
      } catch (InvalidInputException e) {
        throw new TypeConversionException(e.getMessage());
      }
    };
  }

  /** Reads START:END or START:END:STRIDE, END being the first frame that is left out. */
  static FrameRange frames(String text) {
    Matcher m = FRAMES.matcher(text);
    if (!m.matches()) {
      throw new InvalidInputException(
          "'"
              + text
              + "' is not a frame range, expected START:END or START:END:STRIDE such as 0:16:2");
    }
    int start = m.group(1).isEmpty() ? 0 : Integer.parseInt(m.group(1));
    int stride = m.group(3) == null ? 1 : Integer.parseInt(m.group(3));
    if (m.group(2).isEmpty()) {
      return new FrameRange(start, OptionalInt.empty(), stride);
    }
    int end = Integer.parseInt(m.group(2));
    if (end <= start || stride < 1) {
      throw new InvalidInputException(
          "'" + text + "' holds no frame, expected START < END and a stride of at least 1");
    }
    return FrameRange.of(start, Math.ceilDiv(end - start, stride), stride);
  }

  /** Reads A:B, fractions of the steps, or off, the window that never opens. */
  static StepWindow window(String text) {
    if (text.equals("off")) {
      return new StepWindow(0, 0);
    }
    String[] ends = text.split(":", -1);
    if (ends.length == 2) {
      try {
        return new StepWindow(Double.parseDouble(ends[0]), Double.parseDouble(ends[1]));
      } catch (NumberFormatException e) {
        // Falls through to the message below, which says the same better.
      }
    }
    throw new InvalidInputException(
        "'"
            + text
            + "' is not a window, expected START:END as fractions of the steps such as 0:0.8, or"
            + " off");
  }

  static ByteCount bytes(String text) {
    Matcher m = BYTES.matcher(text.toUpperCase(Locale.ROOT));
    if (!m.matches()) {
      throw new InvalidInputException(
          "'"
              + text
              + "' is not an amount of memory, expected a number with K, M, G or T such as 8G");
    }
    int power = m.group(2).isEmpty() ? 0 : 1 + "KMGT".indexOf(m.group(2));
    double value = Double.parseDouble(m.group(1)) * Math.pow(1024, power);
    if (value < 1 || value > Long.MAX_VALUE / 2.0) {
      throw new InvalidInputException("'" + text + "' is out of range, expected at least one byte");
    }
    return new ByteCount((long) value);
  }
}
