package io.freemask.eval;

import java.util.Map;

/**
 * What an edit is measured by; missing where it does not apply.
 *
 * @param values by measure
 */
public record Measures(Map<Measure, Double> values) {

  /** Copies the map. */
  public Measures {
    values = Map.copyOf(values);
  }

  /** A measure of an edit. */
  public enum Measure {
    /** PSNR in dB against the ideal edit, on the whole frame. */
    PSNR_IDEAL("psnr_ideal", "PSNR against the ideal edit, dB"),
    /**
     * PSNR in dB against the reconstruction of the source by the VAE, outside of the source's mask
     * united with the ideal edit's, dilated by 8 pixels.
     */
    PSNR_OUTSIDE("psnr_outside", "PSNR outside, dB"),
    /**
     * 1 if the clip is nearer to the ideal edit than to the source, by mean squared error inside
     * both masks united, or in the whole frame where the style changes; else 0.
     */
    SUCCESS("success", "Edit success"),
    /** IoU of the object, of the masks that were used at latent size against the source's. */
    MASK_IOU("mask_iou", "IoU of the mask"),
    /** Warp error along the source's optical flow, in 8-bit levels. */
    WARP_ERROR("warp_error", "Warp error, levels"),
    /** How much more frames change than the source's do, in 8-bit levels. */
    EXCESS_CHANGE("excess_change", "Excess change between frames, levels");

    private final String key;
    private final String title;

    Measure(String key, String title) {
      this.key = key;
      this.title = title;
    }

    /** Returns the name in JSON. */
    public String key() {
      return key;
    }

    /** Returns the heading in tables. */
    public String title() {
      return title;
    }
  }
}
