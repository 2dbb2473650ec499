package io.freemask.model;

import io.freemask.InvalidInputException;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.NativeResource;
import io.freemask.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The denoiser: {@code UNet3DConditionModel} of diffusers. */
public interface UNet extends NativeResource {

  /**
   * Loads a UNet from the folder of its {@code config.json} and weights.
   *
   * @param dtype what it computes in: F32, F16 or BF16
   * @throws InvalidInputException when the configuration or the weights are missing, damaged or not
   *     supported, or do not fit each other
   */
  static UNet load(Path folder, Context context, DType dtype) {
    return LibtorchUNet.load(
        folder, UNetConfig.read(folder.resolve("config.json")), context, dtype);
  }

  /**
   * What a forward pass gives.
   *
   * @param noise by batch item, [1,C,F,h,w] F32
   * @param wordMaps by cross-attention layer in execution order, [G,F,h,w] F32; empty when none
   *     were asked for
   */
  record Output(List<Tensor> noise, List<Tensor> wordMaps) implements NativeResource {

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

  /** Returns what it computes in. */
  DType dtype();

  /** Returns the configuration. */
  UNetConfig config();

  /** Returns the attention layers in execution order. */
  List<AttentionLayer> attentionLayers();

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
  Output forward(
      List<Tensor> latents,
      List<Tensor> text,
      double timestep,
      @Nullable AttentionPlan plan,
      @Nullable WordCapture capture,
      Callbacks callbacks);
}
