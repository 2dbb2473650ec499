package io.freemask.shapeworld;

import io.freemask.mask.Mask;
import io.freemask.video.Clip;

/**
 * A scene as a clip.
 *
 * @param clip the frames
 * @param object [F,H,W], 1 where the first object covers more than half of a pixel, else 0
 * @param secondObject [F,H,W] likewise, without what the first object hides; all 0 if there is none
 */
public record RenderedScene(Clip clip, Mask object, Mask secondObject) {}
