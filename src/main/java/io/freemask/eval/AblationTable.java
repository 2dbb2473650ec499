package io.freemask.eval;

import io.freemask.eval.Measures.Measure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The measures of all edits by all variants, and what can be said of them.
 *
 * @param edits by edit, in the benchmark's order
 */
public record AblationTable(Map<EditCase, Map<Variant, Measures>> edits) {

  /** Copies the map. */
  public AblationTable {
    edits = new LinkedHashMap<>(edits);
  }

  /**
   * Returns the mean of a measure.
   *
   * @param kinds the edits that count
   * @return empty if no edit of these kinds has it
   */
  public Optional<Interval> mean(Variant variant, Measure measure, Set<EditCase.Kind> kinds) {
    List<Double> values = new ArrayList<>();
    edits.forEach(
        (edit, variants) -> {
          Double value = kinds.contains(edit.kind()) ? value(variants, variant, measure) : null;
          if (value != null) {
            values.add(value);
          }
        });
    return values.isEmpty() ? Optional.empty() : Optional.of(Interval.of(values));
  }

  /**
   * Returns the mean of the differences of a measure, edit by edit.
   *
   * @param variant from which the other's value is subtracted
   * @param kinds the edits that count
   * @return empty if no edit of these kinds has both
   */
  public Optional<Interval> difference(
      Variant variant, Variant other, Measure measure, Set<EditCase.Kind> kinds) {
    List<Double> values = new ArrayList<>();
    edits.forEach(
        (edit, variants) -> {
          if (kinds.contains(edit.kind())) {
            Double one = value(variants, variant, measure);
            Double two = value(variants, other, measure);
            if (one != null && two != null) {
              values.add(one - two);
            }
          }
        });
    return values.isEmpty() ? Optional.empty() : Optional.of(Interval.of(values));
  }

  private static @Nullable Double value(
      Map<Variant, Measures> variants, Variant variant, Measure measure) {
    Measures measures = variants.get(variant);
    return measures == null ? null : measures.values().get(measure);
  }
}
