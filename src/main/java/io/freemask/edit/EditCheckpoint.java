package io.freemask.edit;

import io.freemask.CancelledException;
import io.freemask.FreeMaskException;
import io.freemask.InvalidInputException;
import io.freemask.internal.cache.CacheDirectory;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.weights.SafetensorsFile;
import io.freemask.weights.SafetensorsWriter;
import io.freemask.weights.TensorData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The file in which an edit keeps what it has computed, so that the same edit goes on from there
 * after it was cancelled, failed or was killed. On the same machine the result is the same bit for
 * bit.
 *
 * <p>It is written every half minute, when the edit ends early and when its last step is done, each
 * time as a whole under another name that is renamed. Whoever runs the edit deletes it at the end.
 *
 * <p>Safetensors: {@code inverted} [k+1,C,F,h,w] (z_0..z_k), {@code edited} [s+1,C,F,h,w] (z_T
 * first), {@code word_maps.K.L} [G,n] of record K and cross layer L, all F32; the metadata say
 * which edit it is of.
 */
public final class EditCheckpoint {

  private static final System.Logger LOGGER = System.getLogger(EditCheckpoint.class.getName());

  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private static final String FORMAT = "freemask.checkpoint";
  private static final String FORMAT_VERSION = "1";
  private static final String INVERTED = "inverted";
  private static final String EDITED = "edited";
  private static final String WORD_MAPS = "word_maps.";
  private static final String SHA256 = "sha256";

  private final Path file;
  private final Map<String, String> identity = new LinkedHashMap<>();
  private final boolean overwrite;
  private long lastWrite = System.nanoTime();
  private boolean kept;

  private EditCheckpoint(Path file, boolean overwrite) {
    this.file = file;
    this.overwrite = overwrite;
    identity.put(FORMAT, FORMAT_VERSION);
  }

  /**
   * Names the file of an edit, which need not exist.
   *
   * @param overwrite whether a checkpoint of another edit is replaced instead of being an error
   */
  public static EditCheckpoint at(Path file, boolean overwrite) {
    return new EditCheckpoint(file, overwrite);
  }

  /**
   * Adds what the result depends on besides plan, latents and masks, such as the model.
   *
   * @param name what a message about another edit calls it
   */
  public void identify(String name, String value) {
    identity.put(name, value);
  }

  /**
   * Returns the state to go on from.
   *
   * @param z0 the clip's latents, which the kept ones have to begin with
   * @return null if there is no file, or it is of another edit and may be replaced
   * @throws InvalidInputException if it is of another edit and may not, or is no checkpoint
   */
  @Nullable EditState restore(Context context, Tensor z0, int groups) {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    try (SafetensorsFile stored = SafetensorsFile.open(file)) {
      if (!stored.metadata().containsKey(FORMAT)) {
        throw new InvalidInputException(
            "'" + file + "' exists and is no checkpoint; remove it or name another file");
      }
      if (!hash(stored).equals(stored.metadata().get(SHA256))) {
        throw new InvalidInputException(
            "the checkpoint '" + file + "' is damaged (" + SHA256 + "); remove it to begin again");
      }
      Set<String> differences = differences(stored, z0);
      if (!differences.isEmpty()) {
        if (overwrite) {
          return null;
        }
        throw new InvalidInputException(
            "the checkpoint '"
                + file
                + "' is of another edit (other "
                + String.join(", ", differences)
                + "); remove it, name another with --checkpoint, or replace it with --overwrite");
      }
      EditState state = read(stored, context, groups);
      this.kept = true;
      LOGGER.log(
          System.Logger.Level.INFO,
          "going on from the checkpoint ''{0}'': {1} steps of inversion and {2} of editing done",
          file,
          state.inverted().size() - 1,
          Math.max(0, state.edited().size() - 1));
      return state;
    }
  }

  private Set<String> differences(SafetensorsFile stored, Tensor z0) {
    Set<String> differences = new TreeSet<>();
    Map<String, String> metadata = stored.metadata();
    identity.forEach(
        (name, value) -> {
          if (!value.equals(metadata.get(name))) {
            differences.add(name);
          }
        });
    List<Long> sizes = stored.info(INVERTED).shape().sizes();
    if (!sizes.subList(1, sizes.size()).equals(latentSizes(z0))) {
      differences.add("clip size");
    } else if (!Arrays.equals(first(stored, z0), z0.toFloats())) {
      differences.add("clip");
    }
    return differences;
  }

  private static float[] first(SafetensorsFile stored, Tensor z0) {
    return Arrays.copyOf(stored.floats(INVERTED), Math.toIntExact(z0.shape().elements()));
  }

  private static List<Long> latentSizes(Tensor z0) {
    return z0.shape().sizes().subList(1, z0.shape().rank());
  }

  private static EditState read(SafetensorsFile stored, Context context, int groups) {
    EditState state = new EditState(new ArrayList<>(), new WordMaps(groups), new ArrayList<>());
    try {
      split(stored, INVERTED, context, state.inverted());
      if (stored.names().contains(EDITED)) {
        split(stored, EDITED, context, state.edited());
      }
      for (String name : stored.names()) {
        if (name.startsWith(WORD_MAPS)) {
          String[] place = name.substring(WORD_MAPS.length()).split("\\.", -1);
          state
              .wordMaps()
              .put(Integer.parseInt(place[0]), Integer.parseInt(place[1]), stored.floats(name));
        }
      }
      return state;
    } catch (RuntimeException | Error e) {
      state.close();
      throw e;
    }
  }

  /** Makes the latents [1,C,F,h,w] of a tensor that holds several of them. */
  private static void split(
      SafetensorsFile stored, String name, Context context, List<Tensor> latents) {
    Shape shape = stored.info(name).shape();
    long[] sizes = shape.toArray();
    int count = Math.toIntExact(sizes[0]);
    sizes[0] = 1;
    Shape one = new Shape(sizes);
    int elements = Math.toIntExact(one.elements());
    float[] values = stored.floats(name);
    for (int i = 0; i < count; i++) {
      float[] part = Arrays.copyOfRange(values, i * elements, (i + 1) * elements);
      latents.add(Tensor.of(context, one, part, DType.F32));
    }
  }

  /** Keeps the state if it was not kept for a while. */
  void keepNowAndThen(EditState state) {
    if (System.nanoTime() - lastWrite >= INTERVAL.toNanos()) {
      keep(state);
    }
  }

  /** Keeps the state of an edit that ends early. A failure to do so does not hide why it ends. */
  void keepAfter(Throwable failure, EditState state) {
    if (state.steps() == 0) {
      return;
    }
    try {
      keep(state);
    } catch (FreeMaskException e) {
      failure.addSuppressed(e);
      LOGGER.log(System.Logger.Level.WARNING, "no checkpoint is kept: {0}", e.getMessage());
    }
  }

  /**
   * Keeps the state.
   *
   * @throws InvalidInputException if the file cannot be written
   */
  void keep(EditState state) {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(INVERTED, join(state.inverted()));
    if (!state.edited().isEmpty()) {
      tensors.put(EDITED, join(state.edited()));
    }
    int groups = state.wordMaps().groups();
    state
        .wordMaps()
        .all()
        .forEach(
            (key, values) ->
                tensors.put(
                    WORD_MAPS + key.record() + "." + key.layer(),
                    TensorData.floats(Shape.of(groups, values.length / groups), values)));
    Map<String, String> metadata = new LinkedHashMap<>(identity);
    metadata.put(SHA256, hash(tensors));
    SafetensorsWriter.write(file, tensors, metadata);
    lastWrite = System.nanoTime();
    kept = true;
  }

  /** Returns what to say of a cancelled edit: where it goes on from, if anything is kept. */
  public CancelledException explain(CancelledException cancelled) {
    return kept
        ? new CancelledException(
            cancelled.getMessage() + "; the same edit goes on from the checkpoint '" + file + "'",
            cancelled)
        : cancelled;
  }

  private static TensorData join(List<Tensor> latents) {
    long[] sizes = latents.get(0).shape().toArray();
    int elements = Math.toIntExact(latents.get(0).shape().elements());
    float[] values = new float[elements * latents.size()];
    for (int i = 0; i < latents.size(); i++) {
      System.arraycopy(latents.get(i).toFloats(), 0, values, i * elements, elements);
    }
    sizes[0] = latents.size();
    return TensorData.floats(new Shape(sizes), values);
  }

  private static String hash(Map<String, TensorData> tensors) {
    MessageDigest digest = CacheDirectory.newSha256();
    new TreeMap<>(tensors).values().forEach(tensor -> digest.update(tensor.bytes()));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String hash(SafetensorsFile stored) {
    MessageDigest digest = CacheDirectory.newSha256();
    new TreeSet<>(stored.names()).forEach(name -> digest.update(stored.bytes(name)));
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Removes the file, once the edit's outputs are written. */
  public void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
