package io.freemask.eval;

import io.freemask.InvalidInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A part of a benchmark, for one of several processes.
 *
 * @param number which part, 1 to count
 * @param count how many parts there are
 */
public record Shard(int number, int count) {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,4})/(\\d{1,4})");

  /** Checks the range. */
  public Shard {
    if (number < 1 || number > count) {
      throw new InvalidInputException(
          "shard is " + number + "/" + count + ", expected I/N with 1 <= I <= N");
    }
  }

  /** Reads I/N. */
  public static Shard parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidInputException(
          "'" + text + "' is not a shard, expected I/N such as 2/8: the second of 8 parts");
    }
    return new Shard(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** Returns every count-th value, so that parts have kinds of edits evenly. */
  public <T> List<T> of(List<T> all) {
    return IntStream.range(0, all.size())
        .filter(i -> i % count == number - 1)
        .mapToObj(all::get)
        .toList();
  }

  /** Returns the file of this part of a result: {@code x.2-of-8.json} of {@code x.json}. */
  public Path file(Path whole) {
    String name = String.valueOf(whole.getFileName());
    return whole.resolveSibling(
        name.replaceFirst("(\\.[^.]*)?$", "." + number + "-of-" + count + "$1"));
  }
}
