package io.freemask.edit;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The word maps that an inversion keeps, in host memory: for some records, cross layers and groups
 * of tokens the mean over heads of the sum over the group's tokens, each [F,h,w].
 */
final class WordMaps {

  /**
   * What to keep.
   *
   * @param groups the token indices of each group
   * @param layers the places of the cross layers, as {@link LayerGrid.CrossLayer#index}
   * @param records which records
   */
  record Request(List<int[]> groups, Set<Integer> layers, IntPredicate records) {

    boolean wants(int record) {
      return !groups.isEmpty() && records.test(record);
    }
  }

  /**
   * Where a kept map comes from.
   *
   * @param record k
   * @param layer the place of the cross layer
   */
  record Key(int record, int layer) {}

  private final int groups;
  private final Map<Key, float[]> maps = new HashMap<>();

  WordMaps(int groups) {
    this.groups = groups;
  }

  /** Keeps the maps [G,F,h,w] of a layer. */
  void put(int record, int layer, float[] values) {
    maps.put(new Key(record, layer), values);
  }

  /** Returns the number of groups G. */
  int groups() {
    return groups;
  }

  /** Returns all that is kept, each [G,F,h,w]. */
  Map<Key, float[]> all() {
    return Collections.unmodifiableMap(maps);
  }

  /** Returns the maps of some groups, in their order. */
  WordMaps select(int[] places) {
    WordMaps selected = new WordMaps(places.length);
    maps.forEach(
        (key, values) -> {
          int size = values.length / groups;
          float[] some = new float[size * places.length];
          for (int i = 0; i < places.length; i++) {
            System.arraycopy(values, places[i] * size, some, i * size, size);
          }
          selected.put(key.record(), key.layer(), some);
        });
    return selected;
  }

  /** Returns one group's map [F,h,w]. */
  float[] get(int record, int layer, int group) {
    float[] values = maps.get(new Key(record, layer));
    if (values == null) {
      throw new IllegalStateException(
          "no word maps of record " + record + ", cross layer " + layer + " were kept");
    }
    int size = values.length / groups;
    float[] map = new float[size];
    System.arraycopy(values, group * size, map, 0, size);
    return map;
  }
}
