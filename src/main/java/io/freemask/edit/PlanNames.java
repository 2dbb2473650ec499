package io.freemask.edit;

import io.freemask.model.AttentionPlan;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The names that plans and options have for the choices of a fusion. */
public final class PlanNames {

  /** Names of {@link Mapper}. */
  public static final Map<String, Mapper> MAPPERS = mappers();

  /** Names of {@link AttentionPlan.Order}. */
  public static final Map<String, AttentionPlan.Order> ORDERS =
      ordered(
          "map-then-blend",
          AttentionPlan.Order.MAP_THEN_BLEND,
          "blend-then-map",
          AttentionPlan.Order.BLEND_THEN_MAP);

  /** Names of {@link AttentionPlan.Mode}. */
  public static final Map<String, AttentionPlan.Mode> MODES =
      ordered("map", AttentionPlan.Mode.MAP, "qk", AttentionPlan.Mode.QK);

  /** Names of {@link AttentionPlan.Polarity}. */
  public static final Map<String, AttentionPlan.Polarity> POLARITIES =
      ordered(
          "source_inside",
          AttentionPlan.Polarity.SOURCE_INSIDE,
          "edit_inside",
          AttentionPlan.Polarity.EDIT_INSIDE);

  /** Names of the choices of records that are not one number. */
  public static final Map<String, MaskRule.Timing> RECORDS =
      ordered("aware", new MaskRule.Timing.Aware(), "average", new MaskRule.Timing.Average());

  private PlanNames() {}

  /** Returns the name of a value in one of the maps above. */
  public static <T> String of(Map<String, T> names, T value) {
    for (Map.Entry<String, T> entry : names.entrySet()) {
      if (entry.getValue().equals(value)) {
        return entry.getKey();
      }
    }
    throw new IllegalArgumentException(value + " has no name among " + names.keySet());
  }

  private static Map<String, Mapper> mappers() {
    Map<String, Mapper> mappers = new LinkedHashMap<>();
    for (Mapper mapper : Mapper.values()) {
      mappers.put(mapper.key(), mapper);
    }
    return Collections.unmodifiableMap(mappers);
  }

  /** Keeps the order, which messages list the names in. */
  private static <T> Map<String, T> ordered(String first, T one, String second, T other) {
    Map<String, T> names = new LinkedHashMap<>();
    names.put(first, one);
    names.put(second, other);
    return Collections.unmodifiableMap(names);
  }
}
