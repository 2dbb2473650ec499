package io.freemask.weights;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.WeightsCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one model in a folder, in the form that is there: safetensors or PyTorch's pickled
 * {@code .bin}, one file or several with an index, plain or as the variant {@code fp16}.
 *
 * <p>Of several forms the first of this order is taken: safetensors before {@code .bin}, the plain
 * ones before {@code fp16}, one file before several. safetensors are mapped into memory, and models
 * of the same element type use the mapped bytes as they are: a checkpoint has to stay open until
 * the models made from it are destroyed.
 */
public final class Checkpoint implements AutoCloseable {

  private final Path folder;
  private final List<Path> files;
  private final @Nullable ShardIndex index;
  private final List<SafetensorsFile> open = new ArrayList<>();
  // Copies of tensors that lie at odd addresses in their file.
  private final Arena copies = Arena.ofShared();

  private Checkpoint(Path folder, List<Path> files, @Nullable ShardIndex index) {
    this.folder = folder;
    this.files = List.copyOf(files);
    this.index = index;
  }

  /**
   * Finds the weights in a folder; reads nothing but the index, if there is one.
   *
   * @param folder such as {@code unet}
   * @param stem name of the safetensors file without its ending
   * @param pickleStem name of the {@code .bin} file without its ending
   * @throws InvalidInputException when there are none, naming what was looked for, or the index is
   *     damaged
   */
  public static Checkpoint find(Path folder, String stem, String pickleStem) {
    List<String> candidates = candidates(stem, pickleStem);
    for (String candidate : candidates) {
      Path path = folder.resolve(candidate);
      if (Files.isRegularFile(path)) {
        if (candidate.endsWith(".json")) {
          ShardIndex index = ShardIndex.read(path);
          return new Checkpoint(folder, List.copyOf(index.files()), index);
        }
        return new Checkpoint(folder, List.of(path), null);
      }
    }
    throw new InvalidInputException(
        folder + ": no weights, expected one of " + String.join(", ", candidates));
  }

  private static List<String> candidates(String stem, String pickleStem) {
    return List.of(
        stem + ".safetensors",
        stem + ".safetensors.index.json",
        stem + ".fp16.safetensors",
        stem + ".safetensors.index.fp16.json",
        pickleStem + ".bin",
        pickleStem + ".bin.index.json",
        pickleStem + ".fp16.bin",
        pickleStem + ".bin.index.fp16.json");
  }

  /** Returns the files that hold the weights, and the index, if there is one, first. */
  public List<Path> files() {
    List<Path> all = new ArrayList<>();
    if (index != null) {
      all.add(index.path());
    }
    all.addAll(files);
    return all;
  }

  /** Returns the bytes of the files that hold the weights. */
  public long bytes() {
    long bytes = 0;
    for (Path file : files) {
      bytes += file.toFile().length();
    }
    return bytes;
  }

  private boolean isPickle() {
    return files.getFirst().toString().endsWith(".bin");
  }

  /**
   * Returns the tensors by name, read from the headers alone; empty for {@code .bin} files, which
   * have none.
   *
   * @throws InvalidInputException when a header is damaged or contradicts the index
   */
  public Map<String, TensorInfo> tensors() {
    if (isPickle()) {
      return Map.of();
    }
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    for (Path file : files) {
      Map<String, TensorInfo> found = SafetensorsFile.readHeader(file).tensors();
      checkIndex(file, found);
      tensors.putAll(found);
    }
    return tensors;
  }

  /**
   * Hands all tensors to the native library. To be called once.
   *
   * @return the native weights, owned by the caller
   * @throws InvalidInputException when a file is damaged, contradicts the index, or holds a type
   *     that weights cannot have
   */
  public Handle load(Context context) {
    Handle weights = WeightsCalls.create(context.handle());
    try {
      for (Path file : files) {
        if (isPickle()) {
          WeightsCalls.addPickle(weights, file.toString());
        } else {
          addSafetensors(weights, file);
        }
      }
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private void addSafetensors(Handle weights, Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    open.add(file);
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    file.names().forEach(name -> tensors.put(name, file.info(name)));
    checkIndex(path, tensors);
    for (Map.Entry<String, TensorInfo> entry : tensors.entrySet()) {
      String name = entry.getKey();
      TensorInfo info = entry.getValue();
      DType type =
          info.type()
              .dtype()
              .orElseThrow(
                  () ->
                      new InvalidInputException(
                          path
                              + ": tensor '"
                              + name
                              + "' is "
                              + info.type()
                              + ", expected F32, F16 or BF16"));
      WeightsCalls.add(
          weights, name, type.code(), info.shape().toArray(), aligned(file.segment(name), type));
    }
  }

  /** The format does not align its data, native code needs it aligned. */
  private MemorySegment aligned(MemorySegment segment, DType type) {
    if (segment.address() % type.bytes() == 0) {
      return segment;
    }
    return copies.allocate(segment.byteSize(), type.bytes()).copyFrom(segment);
  }

  private void checkIndex(Path file, Map<String, TensorInfo> found) {
    if (index == null) {
      return;
    }
    String shard = String.valueOf(file.getFileName());
    for (Map.Entry<String, String> entry : index.fileOf().entrySet()) {
      if (entry.getValue().equals(shard) && !found.containsKey(entry.getKey())) {
        throw new InvalidInputException(
            file + ": there is no tensor '" + entry.getKey() + "', expected by " + index.path());
      }
    }
    for (String name : found.keySet()) {
      if (!shard.equals(index.fileOf().get(name))) {
        throw new InvalidInputException(
            file + ": tensor '" + name + "' is not expected here by " + index.path());
      }
    }
  }

  /** Unmaps the files; closing twice does nothing. */
  @Override
  public void close() {
    open.forEach(SafetensorsFile::close);
    if (copies.scope().isAlive()) {
      copies.close();
    }
  }

  @Override
  public String toString() {
    return "Checkpoint[" + folder + "]";
  }
}
