"""What a scene is: its words, its caption and how scenes are drawn."""

from shapeworld.hashing import hashed, uniform

COLORS = {
    "red": (0.86, 0.12, 0.12), "orange": (0.96, 0.52, 0.08), "yellow": (0.97, 0.87, 0.12),
    "green": (0.10, 0.62, 0.22), "blue": (0.12, 0.28, 0.88), "purple": (0.55, 0.16, 0.72),
    "pink": (0.98, 0.48, 0.72), "white": (0.96, 0.96, 0.96), "black": (0.06, 0.06, 0.07),
}  # fmt: skip
SHAPES = ["circle", "square", "triangle", "star", "heart", "ring", "car", "fish"]
BACKGROUNDS = ["grass", "sand", "water", "snow", "bricks", "night"]
MOTIONS = ["moving left", "moving right", "moving up", "moving down", "spinning", "growing", "shrinking", "standing still"]
STYLES = ["", "a pencil sketch of ", "a neon painting of ", "a sepia photo of "]

# Channels of the hash that draws scenes; textures have their own (noise.py), on the scene's own seed.
STYLE, COLOR, SHAPE, MOTION, BACKGROUND, SEED, SIZE, PX, PY, PHASE, SECOND, SECOND_COLOR, SECOND_SHAPE = range(13)
PLAIN = 0.64  # share of scenes without a style; the other styles share the rest evenly
TWO_OBJECTS = 0.25


def caption(c):
    s = f"{STYLES[c['style']]}a {list(COLORS)[c['color']]} {SHAPES[c['shape']]} {MOTIONS[c['motion']]}"
    if c.get("color2") is not None:
        s += f" and a {list(COLORS)[c['color2']]} {SHAPES[c['shape2']]}"
    return s + f" on {BACKGROUNDS[c['bg']]}" if c["bg"] != 5 else s + " at night"


def sample_config(seed, index):
    """Scene `index` of the stream `seed`.

    Sizes and places are in units of half the frame's height. A second object differs from the first in colour and in
    shape: it takes the k-th of the others.
    """
    u = lambda channel: uniform(seed, channel, index)
    pick = lambda channel, count: int(u(channel) * count)
    between = lambda channel, low, high: low + (high - low) * u(channel)
    style = u(STYLE)
    c = dict(
        style=0 if style < PLAIN else min(3, 1 + int((style - PLAIN) / ((1 - PLAIN) / 3))),
        color=pick(COLOR, 9), shape=pick(SHAPE, 8), motion=pick(MOTION, 8), bg=pick(BACKGROUND, 6),
        seed=hashed(seed, SEED, index) >> 1, size=between(SIZE, 0.42, 0.62),
        px=between(PX, -0.35, 0.35), py=between(PY, -0.3, 0.3), phase=u(PHASE),
    )  # fmt: skip
    if u(SECOND) < TWO_OBJECTS:
        color, shape = pick(SECOND_COLOR, 8), pick(SECOND_SHAPE, 7)
        c["color2"] = color + (color >= c["color"])
        c["shape2"] = shape + (shape >= c["shape"])
    return c
