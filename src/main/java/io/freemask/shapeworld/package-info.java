/**
 * ShapeWorld: captioned clips of simple objects with exact masks, drawn from numbers alone, and the
 * same clip with one attribute changed as the ideal of an edit. Equal to the Python renderer in
 * {@code training/shapeworld}, whose formulas it follows.
 */
@NullMarked
package io.freemask.shapeworld;

import org.jspecify.annotations.NullMarked;
