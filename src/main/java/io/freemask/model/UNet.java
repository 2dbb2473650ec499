package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.UNetCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The denoiser: {@code UNet3DConditionModel} of diffusers. */
public final class UNet implements NativeResource {

  private final Context context;
  private final Handle handle;
  private final UNetConfig config;
  private final List<AttentionLayer> layers;

  private UNet(Context context, Handle handle, UNetConfig config) {
    this.context = context;
    this.handle = handle;
    this.config = config;
    this.layers = UNetCalls.layers(handle).stream().map(AttentionLayer::of).toList();
  }

  /**
   * Loads a UNet from the folder of its {@code config.json} and weights.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when the configuration or the weights are missing, damaged or not
   *     supported, or do not fit each other
   */
  public static UNet load(Path folder, Context context, DType dtype) {
    return load(folder, UNetConfig.read(folder.resolve("config.json")), context, dtype);
  }

  static UNet load(Path folder, UNetConfig config, Context context, DType dtype) {
    Handle handle =
        WeightLoading.load(
            folder,
            WeightLoading.diffusers(folder),
            context,
            dtype,
            (weights, destroyed) ->
                UNetCalls.create(
                    context.handle(), weights, config.toNative(), dtype.code(), destroyed));
    return new UNet(context, handle, config);
  }

  /**
   * What a forward pass gives.
   *
   * @param noise by batch item, [1,C,F,h,w] F32
   * @param wordMaps by cross-attention layer in execution order, [G,F,h,w] F32; empty when none
   *     were asked for
   */
  public record Output(List<Tensor> noise, List<Tensor> wordMaps) implements NativeResource {

    /** Makes the lists immutable. */
    public Output {
      noise = List.copyOf(noise);
      wordMaps = List.copyOf(wordMaps);
    }

    @Override
    public void close() {
      noise.forEach(Tensor::close);
      wordMaps.forEach(Tensor::close);
    }
  }

  /** Returns the configuration. */
  public UNetConfig config() {
    return config;
  }

  /** Returns the attention layers in execution order. */
  public List<AttentionLayer> attentionLayers() {
    return layers;
  }

  /**
   * Predicts the noise of B items in one pass.
   *
   * @param latents by item, [1,C,F,h,w], all of one shape
   * @param text by item, [1,L,D], all of one shape
   * @param timestep in the scheduler's training steps
   * @param plan what is fused between the items, or null
   * @param capture word maps that are wanted, or null
   * @param callbacks probes get the name of every module and its output in diffusers' shape
   * @return owned by the caller
   * @throws InvalidInputException when shapes do not fit
   */
  public Output forward(
      List<Tensor> latents,
      List<Tensor> text,
      double timestep,
      @Nullable AttentionPlan plan,
      @Nullable WordCapture capture,
      Callbacks callbacks) {
    if (latents.isEmpty() || latents.size() != text.size()) {
      throw new InvalidInputException(
          latents.size()
              + " latents and "
              + text.size()
              + " texts, expected as many of each and at least one");
    }
    UNetCalls.Output output =
        UNetCalls.forward(
            context.handle(),
            handle,
            handles(latents),
            handles(text),
            timestep,
            plan == null ? null : plan.toNative(),
            capture == null
                ? null
                : new UNetCalls.Capture(capture.item(), capture.groups(), crossLayers()),
            callbacks.sink());
    return new Output(tensors(output.noise()), tensors(output.maps()));
  }

  private int crossLayers() {
    return (int) layers.stream().filter(layer -> layer.kind() == AttentionLayer.Kind.CROSS).count();
  }

  private static List<Handle> handles(List<Tensor> tensors) {
    return tensors.stream().map(Tensor::handle).toList();
  }

  private List<Tensor> tensors(List<Handle> handles) {
    List<Tensor> tensors = new ArrayList<>();
    for (Handle tensor : handles) {
      tensors.add(Tensor.ofHandle(context, tensor));
    }
    return tensors;
  }

  @Override
  public void close() {
    handle.close();
  }
}
