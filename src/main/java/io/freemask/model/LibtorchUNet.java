package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.internal.ffi.Handle;
import io.freemask.internal.ffi.UNetCalls;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link UNet} in the libtorch engine. */
final class LibtorchUNet implements UNet {

  private final Context context;
  private final Handle handle;
  private final DType dtype;
  private final UNetConfig config;
  private final List<AttentionLayer> layers;

  private LibtorchUNet(Context context, Handle handle, DType dtype, UNetConfig config) {
    this.context = context;
    this.handle = handle;
    this.dtype = dtype;
    this.config = config;
    this.layers = UNetCalls.layers(handle).stream().map(AttentionLayer::of).toList();
  }

  static LibtorchUNet load(Path folder, UNetConfig config, Context context, DType dtype) {
    Handle handle =
        WeightLoading.load(
            folder,
            WeightLoading.diffusers(folder),
            context,
            dtype,
            (weights, destroyed) ->
                UNetCalls.create(
                    context.handle(), weights, config.toNative(), dtype.code(), destroyed));
    return new LibtorchUNet(context, handle, dtype, config);
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public UNetConfig config() {
    return config;
  }

  @Override
  public List<AttentionLayer> attentionLayers() {
    return layers;
  }

  @Override
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
