package io.freemask.edit;

/** What a mask is for. */
public enum MaskUse {
  /** Cross attention. */
  CROSS("cross"),
  /** Self attention. */
  SELF("self"),
  /** Temporal attention. */
  TEMPORAL("temporal"),
  /** The latent blend. */
  BLEND("blend");

  private final String key;

  MaskUse(String key) {
    this.key = key;
  }

  /** Returns the name in a plan. */
  public String key() {
    return key;
  }
}
