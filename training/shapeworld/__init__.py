"""ShapeWorld: procedurally rendered captioned clips with exact object masks.

Nothing is drawn from a generator: every choice is a hash of a seed, a channel and an index, and every texture is a
formula, so that other languages can render the same clips.
"""

from shapeworld.render import render, render_batch
from shapeworld.scene import BACKGROUNDS, COLORS, MOTIONS, SHAPES, STYLES, caption, sample_config

__all__ = ["BACKGROUNDS", "COLORS", "MOTIONS", "SHAPES", "STYLES", "caption", "render", "render_batch", "sample_config"]
