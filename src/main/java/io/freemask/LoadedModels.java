package io.freemask;

import io.freemask.backend.Backend;
import io.freemask.backend.BackendProvider;
import io.freemask.backend.BackendRequest;
import io.freemask.backend.Backends;
import io.freemask.edit.EditEngine;
import io.freemask.model.ModelDirectory;
import io.freemask.model.Vae;
import io.freemask.prompt.ClipTokenizer;
import io.freemask.tensor.Context;
import java.util.concurrent.atomic.AtomicInteger;

/** The models of an editor on their device. */
final class LoadedModels implements AutoCloseable {

  private final Backend backend;

  private LoadedModels(Backend backend) {
    this.backend = backend;
  }

  /** Loads all models; closes what was loaded if one fails or the run is cancelled. */
  static LoadedModels load(ModelDirectory model, EditorOptions options, RunClock clock) {
    BackendRequest request =
        new BackendRequest(
            model,
            options.device(),
            options.dtype(),
            options.threads(),
            options.memoryLimitBytes(),
            options.attention());
    BackendProvider provider = Backends.require(options.backend(), request);
    AtomicInteger loaded = new AtomicInteger();
    clock.report(Progress.Phase.LOADING, 0, BackendProvider.MODELS);
    return new LoadedModels(
        provider.open(
            request,
            () ->
                clock.report(
                    Progress.Phase.LOADING, loaded.incrementAndGet(), BackendProvider.MODELS)));
  }

  Context context() {
    return backend.context();
  }

  Vae vae() {
    return backend.vae();
  }

  /** Returns an engine on these models. */
  EditEngine engine(ModelDirectory model, ClipTokenizer tokenizer, boolean truncate) {
    return new EditEngine(
        backend.context(),
        backend.unet(),
        backend.textEncoder(),
        tokenizer,
        model.schedulerConfig(),
        truncate);
  }

  @Override
  public void close() {
    backend.close();
  }
}
