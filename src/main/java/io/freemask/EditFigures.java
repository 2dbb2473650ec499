package io.freemask;

import java.util.OptionalDouble;

/**
 * How far a result is from its source, as PSNR in dB against the VAE's own reconstruction of the
 * source; 8-bit values, peak 255. Equal regions have infinity.
 *
 * @param whole of all pixels
 * @param inside of the pixels of the mask; empty without a mask or where it marks nothing
 * @param outside of the other pixels: how well the background is kept
 * @param reconstruction of the VAE's reconstruction against the clip itself
 * @param maskCoverage the share of pixels that the mask marks, in [0,1]
 */
public record EditFigures(
    double whole,
    OptionalDouble inside,
    OptionalDouble outside,
    double reconstruction,
    OptionalDouble maskCoverage) {}
