package io.freemask.edit;

/** How the source's cross-attention map is brought to the target's tokens. */
public enum Mapper {
  /** Word swap: the prompts have equally many words. */
  REPLACE("replace"),
  /** Aligned tokens take the source's attention, new ones their own. */
  REFINE("refine"),
  /** By position. */
  NONE("none");

  private final String key;

  Mapper(String key) {
    this.key = key;
  }

  /** Returns the name in a plan. */
  public String key() {
    return key;
  }
}
