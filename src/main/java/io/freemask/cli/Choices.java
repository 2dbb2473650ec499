package io.freemask.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads an enum in the form users write, such as {@code map-then-blend} for MAP_THEN_BLEND; an
 * underscore does as well as a hyphen.
 */
final class Choices<E extends Enum<E>> implements ITypeConverter<E> {

  private final List<E> values;

  Choices(Class<E> type) {
    values = Arrays.asList(type.getEnumConstants());
  }

  @Override
  public E convert(String text) {
    String wanted = text.strip().replace('_', '-');
    for (E value : values) {
      if (nameOf(value).equalsIgnoreCase(wanted)) {
        return value;
      }
    }
    throw new TypeConversionException(
        "'"
            + text
            + "' is not one of "
            + String.join(", ", values.stream().map(Choices::nameOf).toList()));
  }

  static String nameOf(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
