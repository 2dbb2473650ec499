package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.ClipCalls;
import io.freemask.internal.ffi.Handle;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import io.freemask.video.Clip;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Both towers of CLIP with their projections: {@code CLIPModel} of transformers. It maps images and
 * texts to directions in one space, where the cosine tells how well they fit.
 *
 * <p>Its directory holds {@code config.json}, the weights ({@code model.safetensors} or {@code
 * pytorch_model.bin}), {@code preprocessor_config.json} and the tokenizer's files ({@code
 * vocab.json} and {@code merges.txt}, or {@code tokenizer.json}), as transformers saves them.
 */
public final class ClipModel implements NativeResource {

  /** Images that are prepared and computed at a time, so that memory does not grow with a clip. */
  private static final int BATCH = 8;

  private final Context context;
  private final Handle handle;
  private final ClipConfig config;
  private final ClipImageProcessor imageProcessor;
  private final ClipTokenizer tokenizer;

  private ClipModel(
      Context context,
      Handle handle,
      ClipConfig config,
      ClipImageProcessor imageProcessor,
      ClipTokenizer tokenizer) {
    this.context = context;
    this.handle = handle;
    this.config = config;
    this.imageProcessor = imageProcessor;
    this.tokenizer = tokenizer;
  }

  /**
   * Loads a model from its directory.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when a file is missing, damaged or not supported, or they do not
   *     fit each other; names the file
   */
  public static ClipModel load(Path directory, Context context, DType dtype) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidInputException(directory + ": no such directory, expected a CLIP directory");
    }
    ClipConfig config = ClipConfig.read(directory.resolve("config.json"));
    Path processorFile = directory.resolve("preprocessor_config.json");
    ClipImageProcessor processor = ClipImageProcessor.read(processorFile);
    if (processor.cropSize() != config.vision().imageSize()) {
      throw new InvalidInputException(
          processorFile
              + ": crop_size is "
              + processor.cropSize()
              + ", expected "
              + config.vision().imageSize()
              + " as vision_config.image_size of config.json");
    }
    ClipTokenizer tokenizer = ClipTokenizer.open(directory, config.text().maxPositionEmbeddings());
    Handle handle =
        WeightLoading.load(
            directory,
            WeightLoading.transformers(directory),
            context,
            dtype,
            (weights, destroyed) ->
                ClipCalls.create(
                    context.handle(),
                    weights,
                    config.text().toNative(),
                    config.vision().toNative(),
                    config.projectionDim(),
                    dtype.code(),
                    destroyed));
    return new ClipModel(context, handle, config, processor, tokenizer);
  }

  /** Returns the configuration. */
  public ClipConfig config() {
    return config;
  }

  /** Returns what prepares images. */
  public ClipImageProcessor imageProcessor() {
    return imageProcessor;
  }

  /** Returns what prepares texts. */
  public ClipTokenizer tokenizer() {
    return tokenizer;
  }

  /** Returns what a cosine is multiplied with to give a logit, above 0. */
  public float logitScale() {
    return ClipCalls.logitScale(handle);
  }

  /**
   * Embeds prepared images.
   *
   * @param pixels [B,3,S,S], from {@link #imageProcessor}
   * @param callbacks probes are called {@code hidden_states.0} (what the first layer gets) to
   *     {@code hidden_states.N} and {@code pooler_output}, for every 8 images
   * @return [B,D] F32, each of length 1, owned by the caller
   * @throws InvalidInputException when the shape is another
   */
  public Tensor encodeImages(Tensor pixels, Callbacks callbacks) {
    return Tensor.ofHandle(
        context,
        ClipCalls.imageEmbeds(context.handle(), handle, pixels.handle(), BATCH, callbacks.sink()));
  }

  /**
   * Embeds token ids.
   *
   * @param ids [B,L], from {@link #tokenizer}
   * @param callbacks probes are called as those of {@link TextEncoder#forward}
   * @return [B,D] F32, each of length 1, owned by the caller
   * @throws InvalidInputException when the rows differ in length, are too long, or hold an id that
   *     is not in the vocabulary
   */
  public Tensor encodeTexts(long[][] ids, Callbacks callbacks) {
    TokenBatch batch = TokenBatch.of(ids);
    return Tensor.ofHandle(
        context,
        ClipCalls.textEmbeds(
            context.handle(), handle, batch.ids(), batch.sizes(), callbacks.sink()));
  }

  /**
   * Embeds the frames of a clip of any size.
   *
   * @return [F][D], each of length 1
   */
  public float[][] embed(Clip clip, Callbacks callbacks) {
    int frames = clip.frameCount();
    float[][] embeds = new float[frames][];
    int side = config.vision().imageSize();
    for (int first = 0; first < frames; first += BATCH) {
      List<byte[]> part = clip.frames().subList(first, Math.min(frames, first + BATCH));
      float[] pixels = imageProcessor.process(new Clip(clip.size(), clip.frameRate(), part));
      try (Tensor images =
              Tensor.of(context, Shape.of(part.size(), 3, side, side), pixels, DType.F32);
          Tensor encoded = encodeImages(images, callbacks)) {
        System.arraycopy(rows(encoded), 0, embeds, first, part.size());
      }
    }
    return embeds;
  }

  /**
   * Embeds prompts.
   *
   * @return [B][D], each of length 1
   * @throws InvalidInputException when a prompt has more tokens than the text tower takes
   */
  public float[][] embed(List<String> prompts, Callbacks callbacks) {
    long[][] ids =
        prompts.stream().map(prompt -> tokenizer.encode(prompt).ids()).toArray(long[][]::new);
    try (Tensor encoded = encodeTexts(ids, callbacks)) {
      return rows(encoded);
    }
  }

  private float[][] rows(Tensor embeds) {
    float[] flat = embeds.toFloats();
    int length = config.projectionDim();
    float[][] rows = new float[flat.length / length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * length, (i + 1) * length);
    }
    return rows;
  }

  @Override
  public void close() {
    handle.close();
  }
}
