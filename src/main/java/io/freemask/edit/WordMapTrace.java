package io.freemask.edit;

import io.freemask.mask.WordMapMask;
import io.freemask.model.AttentionLayer;
import java.util.List;

/**
 * The word maps of objects from all cross layers at every record of an inversion, in host memory:
 * what a calibration measures and a report shows. Made by {@link EditEngine#trace}. Immutable.
 *
 * <p>Letters: T records, [F,h,w] the grid of the layer's level.
 */
public final class WordMapTrace {

  private final LayerGrid grid;
  private final List<AttentionLayer> layers;
  private final List<Integer> timesteps;
  private final List<Integer> groups;
  private final WordMaps maps;

  WordMapTrace(LayerGrid grid, List<Integer> timesteps, List<Integer> groups, WordMaps maps) {
    this.grid = grid;
    this.layers = grid.crossLayers().stream().map(LayerGrid.CrossLayer::layer).toList();
    this.timesteps = List.copyOf(timesteps);
    this.groups = List.copyOf(groups);
    this.maps = maps;
  }

  /** Returns the cross layers in execution order. */
  public List<AttentionLayer> layers() {
    return layers;
  }

  /** Returns T, the number of records; record 0 is the cleanest. */
  public int records() {
    return timesteps.size();
  }

  /** Returns the timestep that the UNet ran at in a record. */
  public int timestep(int record) {
    return timesteps.get(record);
  }

  /** Returns the timestep of each record. */
  public List<Integer> timesteps() {
    return timesteps;
  }

  /** Returns the number of objects. */
  public int objects() {
    return groups.size();
  }

  /** Returns all layers on the clip's latents. */
  public LayerGrid grid() {
    return grid;
  }

  /** Returns the size [h,w] of a layer's maps. */
  public LayerGrid.Size size(int layer) {
    return grid.sizeOf(layers.get(layer));
  }

  /**
   * Returns a word map: the mean over heads of the sum over the object's tokens of the attention
   * probabilities.
   *
   * @param record 0 to T-1
   * @param layer place in {@link #layers}
   * @param object place among the objects that were traced
   * @return [F,h,w], in [0,1]; a copy
   */
  public float[] map(int record, int layer, int object) {
    return maps.get(record, layer, groups.get(object));
  }

  /** Returns a word map as masks are derived from it. */
  public WordMapMask.LayerMap layerMap(int record, int layer, int object) {
    return new WordMapMask.LayerMap(layers.get(layer).heads(), map(record, layer, object));
  }
}
