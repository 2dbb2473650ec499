package io.freemask;

import io.freemask.edit.EditEngine;
import io.freemask.model.ModelDirectory;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.model.Vae;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.tensor.Context;
import io.freemask.tensor.DType;
import io.freemask.tensor.TensorScope;

/** The models of an editor on their device. */
final class LoadedModels implements AutoCloseable {

  private static final int MODELS = 3;

  private final TensorScope resources;
  private final Context context;
  private final UNet unet;
  private final TextEncoder textEncoder;
  private final Vae vae;

  private LoadedModels(
      TensorScope resources, Context context, UNet unet, TextEncoder textEncoder, Vae vae) {
    this.resources = resources;
    this.context = context;
    this.unet = unet;
    this.textEncoder = textEncoder;
    this.vae = vae;
  }

  /** Loads all models; closes what was loaded if one fails or the run is cancelled. */
  static LoadedModels load(ModelDirectory model, EditorOptions options, RunClock clock) {
    TensorScope resources = TensorScope.open();
    try {
      clock.report(Progress.Phase.LOADING, 0, MODELS);
      Context context =
          resources.add(
              Context.open(options.device(), options.threads(), options.memoryLimitBytes()));
      DType dtype = options.dtype();
      TextEncoder textEncoder = resources.add(model.loadTextEncoder(context, dtype));
      clock.report(Progress.Phase.LOADING, 1, MODELS);
      Vae vae = resources.add(model.loadVae(context, dtype));
      clock.report(Progress.Phase.LOADING, 2, MODELS);
      UNet unet = resources.add(model.loadUNet(context, dtype));
      clock.report(Progress.Phase.LOADING, MODELS, MODELS);
      return new LoadedModels(resources, context, unet, textEncoder, vae);
    } catch (RuntimeException | Error e) {
      resources.close();
      throw e;
    }
  }

  Context context() {
    return context;
  }

  Vae vae() {
    return vae;
  }

  /** Returns an engine on these models. */
  EditEngine engine(ModelDirectory model, ClipTokenizer tokenizer, boolean truncate) {
    return new EditEngine(context, unet, textEncoder, tokenizer, model.schedulerConfig(), truncate);
  }

  @Override
  public void close() {
    resources.close();
  }
}
