package io.freemask.shapeworld;

/**
 * Random numbers by place: the finalizer of SplitMix64 (Steele, Lea and Flood, Fast splittable
 * pseudorandom number generators, OOPSLA 2014) over a seed, a channel and an index.
 */
final class SceneHash {

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final long FIRST = 0xBF58476D1CE4E5B9L;
  private static final long SECOND = 0x94D049BB133111EBL;

  private SceneHash() {}

  private static long mix(long state) {
    long x = state + GOLDEN;
    x = (x ^ (x >>> 30)) * FIRST;
    x = (x ^ (x >>> 27)) * SECOND;
    return x ^ (x >>> 31);
  }

  /** Returns 64 bits for a place. */
  static long hash(long seed, long channel, long index) {
    return mix(mix(mix(seed) ^ channel) ^ index);
  }

  /** Returns a multiple of 2^-53 in [0,1). */
  static double uniform(long seed, long channel, long index) {
    return (hash(seed, channel, index) >>> 11) * 0x1p-53;
  }

  /** Returns a multiple of 2^-24 in [0,1), for cells of noise. */
  static float cell(long seed, long channel, long index) {
    return (hash(seed, channel, index) >>> 40) * 0x1p-24f;
  }
}
