package io.freemask.backend;

import io.freemask.FreeMaskException;
import io.freemask.NativeLibraryException;
import io.freemask.internal.ffi.NativeRuntime;
import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.model.Vae;
import io.freemask.tensor.Context;
import io.freemask.tensor.TensorScope;
import java.util.Optional;

/** The engine of this project, in native code on libtorch. */
public final class LibtorchBackendProvider implements BackendProvider {

  /** The name of this backend. */
  public static final String NAME = "libtorch";

  /** For {@link java.util.ServiceLoader}. */
  public LibtorchBackendProvider() {}

  private record Models(
      TensorScope resources, Context context, TextEncoder textEncoder, Vae vae, UNet unet)
      implements Backend {

    @Override
    public void close() {
      resources.close();
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<FreeMaskException> refuses(BackendRequest request) {
    return NativeRuntime.report().failure().map(NativeLibraryException::new);
  }

  @Override
  public Backend open(BackendRequest request, Runnable loaded) {
    TensorScope resources = TensorScope.open();
    try {
      Context context =
          resources.add(
              Context.open(
                  request.device(),
                  request.threads(),
                  request.memoryLimitBytes(),
                  request.attention()));
      TextEncoder textEncoder =
          resources.add(request.model().loadTextEncoder(context, request.dtype()));
      loaded.run();
      Vae vae = resources.add(request.model().loadVae(context, request.dtype()));
      loaded.run();
      UNet unet = resources.add(request.model().loadUNet(context, request.dtype()));
      loaded.run();
      return new Models(resources, context, textEncoder, vae, unet);
    } catch (RuntimeException | Error e) {
      resources.close();
      throw e;
    }
  }
}
