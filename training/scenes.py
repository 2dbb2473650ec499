"""Scenes of the training data by number, and their clips in batches."""

import torch

import shapeworld as sw

# Seeds of disjoint streams of scenes.
TRAINING, JUDGE, HELD_OUT = 1, 2, 3
SQUARE, OBLONG = (128, 128), (96, 160)


def scenes(seed, first, count):
    """Scenes `first` to `first + count - 1` of a stream."""
    return [sw.sample_config(seed, index) for index in range(first, first + count)]


def clips(configs, frames, size, device, batch=64):
    """Renders scenes a batch at a time: yields (configs, rgb [B,F,3,H,W] in 0..1, masks [B,2,F,H,W] boolean)."""
    for start in range(0, len(configs), batch):
        part = configs[start : start + batch]
        rgb, first, second = sw.render_batch(part, frames, *size, device)
        yield part, rgb, torch.stack([first, second], 1)


def words(config):
    """The caption, and for each of the two objects the places (in words) of its colour and its shape, or None."""
    caption = sw.caption(config)
    parts = caption.split()
    places, begin = [], 0
    named = [(config["color"], config["shape"]), (config.get("color2"), config.get("shape2"))]
    for color, shape in named:
        if color is None:
            places.append(None)
            continue
        pair = [list(sw.COLORS)[color], sw.SHAPES[shape]]
        begin = next(i for i in range(begin, len(parts) - 1) if parts[i : i + 2] == pair)
        places.append((begin, begin + 1))
        begin += 2
    return caption, places
