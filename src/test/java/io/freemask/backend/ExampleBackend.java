package io.freemask.backend;

import io.freemask.FreeMaskException;
import io.freemask.edit.AttentionLayout;
import io.freemask.model.AttentionLayer;
import io.freemask.model.AttentionPlan;
import io.freemask.model.Callbacks;
import io.freemask.model.ModelDirectory;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.model.UNetConfig;
import io.freemask.model.Vae;
import io.freemask.model.WordCapture;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.Shape;
import io.freemask.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A backend of one's own: takes text encoder and autoencoder from the project's engine and computes
 * the denoiser itself. It predicts nothing, and looks everywhere alike.
 */
final class ExampleBackend {

  private ExampleBackend() {}

  /** What {@code --backend example} finds. */
  public static final class Provider implements BackendProvider {

    @Override
    public String name() {
      return "example";
    }

    @Override
    public Optional<FreeMaskException> refuses(BackendRequest request) {
      return Optional.empty();
    }

    @Override
    public Backend open(BackendRequest request, Runnable loaded) {
      ModelDirectory model = request.model();
      Context context = Context.open(request.device(), request.threads(), 0);
      TextEncoder text = model.loadTextEncoder(context, request.dtype());
      Vae vae = model.loadVae(context, request.dtype());
      for (int i = 0; i < MODELS; i++) {
        loaded.run();
      }
      return new Models(
          context, text, vae, new Denoiser(context, request.dtype(), model.unetConfig()));
    }
  }

  private record Models(Context context, TextEncoder textEncoder, Vae vae, UNet unet)
      implements Backend {

    @Override
    public void close() {
      vae.close();
      textEncoder.close();
      context.close();
    }
  }

  private record Denoiser(Context context, DType dtype, UNetConfig config) implements UNet {

    @Override
    public List<AttentionLayer> attentionLayers() {
      return AttentionLayout.of(config);
    }

    @Override
    public Output forward(
        List<Tensor> latents,
        List<Tensor> text,
        double timestep,
        @Nullable AttentionPlan plan,
        @Nullable WordCapture capture,
        Callbacks callbacks) {
      List<Tensor> maps = new ArrayList<>();
      for (AttentionLayer layer : attentionLayers()) {
        if (capture != null && layer.kind() == AttentionLayer.Kind.CROSS) {
          Shape all = latents.get(0).shape();
          int h = layer.height((int) all.dim(3));
          int w = layer.width((int) all.dim(4));
          Shape shape = Shape.of(capture.groups().size(), all.dim(2), h, w);
          float[] alike = new float[(int) shape.elements()];
          Arrays.fill(alike, 0.5f);
          maps.add(Tensor.of(context, shape, alike, DType.F32));
        }
      }
      return new Output(latents.stream().map(z -> z.scale(0)).toList(), maps);
    }

    @Override
    public void close() {}
  }
}
