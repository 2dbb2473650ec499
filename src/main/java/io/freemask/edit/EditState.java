package io.freemask.edit;

import io.freemask.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How far an edit has come. Grows by whole steps, so that it can be kept and gone on from at any
 * time; owns the latents.
 *
 * @param inverted z_0..z_k of the source, each [1,C,F,h,w] f32
 * @param wordMaps the word maps of the records so far
 * @param edited z_T and what the editing steps so far gave; empty during the inversion
 */
record EditState(List<Tensor> inverted, WordMaps wordMaps, List<Tensor> edited)
    implements AutoCloseable {

  /** Returns the state before the first step; z0 stays the caller's. */
  static EditState begin(Tensor z0, int groups) {
    List<Tensor> inverted = new ArrayList<>();
    inverted.add(z0.scale(1));
    return new EditState(inverted, new WordMaps(groups), new ArrayList<>());
  }

  /** Returns the number of UNet steps that are done, inversion and editing together. */
  int steps() {
    return inverted.size() - 1 + Math.max(0, edited.size() - 1);
  }

  @Override
  public void close() {
    Denoiser.close(inverted);
    Denoiser.close(edited);
  }
}
