package io.freemask.backend;

import io.freemask.model.TextEncoder;
import io.freemask.model.UNet;
import io.freemask.model.Vae;
import io.freemask.tensor.Context;
import io.freemask.tensor.NativeResource;

/**
 * The loaded models of an editor, used by one thread at a time. Closing it closes them and the
 * context.
 */
public interface Backend extends NativeResource {

  /** Returns the context of all tensors that the models take and give. */
  Context context();

  /** Returns the text encoder. */
  TextEncoder textEncoder();

  /** Returns the autoencoder. */
  Vae vae();

  /** Returns the denoiser. */
  UNet unet();
}
