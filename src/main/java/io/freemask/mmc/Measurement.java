package io.freemask.mmc;

import io.freemask.edit.LayerGrid;
import io.freemask.edit.WordMapTrace;
import io.freemask.mask.Mask;
import io.freemask.mask.WordMapMask;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * How well the masks of one clip match its ground truth, for every cross layer, every level's
 * layers together, every record and every threshold.
 *
 * <p>Method: FreeMask (arXiv 2409.20500), as far as public: the word maps of the inversion,
 * relative to each frame's maximum, are brought to the frames' size by nearest resize and compared
 * with the thresholds; the pixels of all frames are counted together.
 *
 * @param name the clip's
 * @param hash the clip's
 * @param miou two-class MIoU of each layer [L,T], by threshold
 * @param objectIou intersection over union of the object [L,T], by threshold
 * @param groupMiou two-class MIoU of all layers of each level together [G,T], by threshold; levels
 *     from the finest to the coarsest
 */
public record Measurement(
    String name,
    String hash,
    List<CostTable> miou,
    List<CostTable> objectIou,
    List<CostTable> groupMiou) {

  /** Copies the lists. */
  public Measurement {
    miou = List.copyOf(miou);
    objectIou = List.copyOf(objectIou);
    groupMiou = List.copyOf(groupMiou);
  }

  /**
   * Measures a clip.
   *
   * @param trace the clip's word maps; its objects' masks are united
   * @param truth [F,H,W] at the frames' size
   * @param thresholds in [0,1]
   * @param pool whether word maps are max-pooled first
   */
  public static Measurement of(
      String name,
      String hash,
      WordMapTrace trace,
      Mask truth,
      List<Double> thresholds,
      boolean pool) {
    List<List<Integer>> rows = new ArrayList<>();
    TreeMap<Integer, List<Integer>> levels = new TreeMap<>();
    for (int l = 0; l < trace.layers().size(); l++) {
      rows.add(List.of(l));
      levels.computeIfAbsent(trace.layers().get(l).level(), level -> new ArrayList<>()).add(l);
    }
    int layers = rows.size();
    rows.addAll(levels.values());
    boolean[] object = new boolean[truth.frames() * truth.height() * truth.width()];
    float[] values = truth.values();
    for (int i = 0; i < object.length; i++) {
      object[i] = values[i] > 0.5f;
    }
    int records = trace.records();
    double[][][] miou = new double[thresholds.size()][layers][records];
    double[][][] objectIou = new double[thresholds.size()][layers][records];
    double[][][] groupMiou = new double[thresholds.size()][rows.size() - layers][records];
    for (int k = 0; k < records; k++) {
      for (int row = 0; row < rows.size(); row++) {
        float[] relative = relative(trace, k, rows.get(row), pool, truth);
        for (int t = 0; t < thresholds.size(); t++) {
          Confusion confusion = confusion(relative, object, thresholds.get(t).floatValue());
          if (row < layers) {
            miou[t][row][k] = confusion.miou();
            objectIou[t][row][k] = confusion.objectIou();
          } else {
            groupMiou[t][row - layers][k] = confusion.miou();
          }
        }
      }
    }
    return new Measurement(name, hash, tables(miou), tables(objectIou), tables(groupMiou));
  }

  private static List<CostTable> tables(double[][][] values) {
    List<CostTable> tables = new ArrayList<>();
    for (double[][] table : values) {
      tables.add(CostTable.of(table));
    }
    return tables;
  }

  /**
   * Returns the largest of the objects' relative maps at each pixel: it is over a threshold where
   * the union of their masks is 1.
   */
  private static float[] relative(
      WordMapTrace trace, int record, List<Integer> layers, boolean pool, Mask truth) {
    float[] largest = new float[0];
    LayerGrid.Size size = trace.size(layers.get(0));
    for (int o = 0; o < trace.objects(); o++) {
      List<WordMapMask.LayerMap> maps = new ArrayList<>();
      for (int layer : layers) {
        maps.add(trace.layerMap(record, layer, o));
      }
      float[] relative =
          WordMapMask.relative(
              List.of(new WordMapMask.LevelMaps(size.height(), size.width(), maps)),
              truth.frames(),
              pool,
              truth.height(),
              truth.width());
      if (o == 0) {
        largest = relative;
      } else {
        for (int i = 0; i < largest.length; i++) {
          largest[i] = Math.max(largest[i], relative[i]);
        }
      }
    }
    return largest;
  }

  private static Confusion confusion(float[] relative, boolean[] object, float threshold) {
    long truePositives = 0;
    long marked = 0;
    long objects = 0;
    for (int i = 0; i < relative.length; i++) {
      int mark = relative[i] > threshold ? 1 : 0;
      int truth = object[i] ? 1 : 0;
      marked += mark;
      objects += truth;
      truePositives += mark & truth;
    }
    return new Confusion(
        truePositives,
        marked - truePositives,
        objects - truePositives,
        relative.length - marked - objects + truePositives);
  }
}
