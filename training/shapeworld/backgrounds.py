"""The six backgrounds: textures without lines or points that a small autoencoder could not hold."""

import math

import torch

from shapeworld.noise import COARSE, FINE, STARS, smooth


def soft_step(x):
    """0 below 0, 1 above 1, a smooth cubic between."""
    x = x.clamp(0, 1)
    return x * x * (3 - 2 * x)


def mortar(x, y):
    """How much a place is mortar: soft lines between rows of bricks, odd rows shifted."""
    row = torch.floor((y + 1) * 4)
    across = torch.remainder((x + 0.25 * torch.remainder(row, 2)) * 2, 1.0)
    along = torch.remainder((y + 1) * 4, 1.0)
    line = lambda v, width: soft_step(1 - torch.minimum(v, 1 - v) / width)
    return torch.maximum(line(across, 0.10), line(along, 0.20))


def backgrounds(seeds, phase, x, y, t, h, w):
    """Colours [B,F,3,h,w] of every background, in order. `x`, `y` are pixel places, `t` times, `phase` [B,1,1,1]."""
    dev = x.device
    n1, n2, n3 = (smooth(seeds, kind, h, w, dev) for kind in (COARSE, FINE, STARS))
    grass = 0.55 * n1 + 0.45 * n2
    sand = 0.6 * (0.5 + 0.5 * torch.sin(14 * (y + 0.18 * n1) + 2 * x)) + 0.4 * n2
    water = 0.5 + 0.5 * torch.sin(10 * y + 2.5 * torch.sin(3 * x + 2 * math.pi * (t + phase)) + 3 * n1)
    snow = 0.6 * n1 + 0.4 * n2
    brick, joint = 0.5 * n1 + 0.5 * n2, 0.6 * mortar(x, y)
    stars = soft_step((n3 - 0.78) / 0.3)
    channels = []
    for ch in range(3):
        channels.append([
            (0.24, 0.44, 0.16)[ch] + (0.16, 0.26, 0.10)[ch] * grass,
            (0.76, 0.64, 0.42)[ch] + 0.12 * sand,
            (0.10, 0.42, 0.62)[ch] + (0.12, 0.18, 0.18)[ch] * water,
            (0.80, 0.84, 0.90)[ch] + (0.12, 0.12, 0.09)[ch] * snow,
            ((0.56, 0.30, 0.24)[ch] + (0.12, 0.08, 0.06)[ch] * brick) * (1 - joint) + 0.66 * joint,
            (0.05, 0.06, 0.16)[ch] + (0.05, 0.06, 0.12)[ch] * n1 + 0.5 * stars,
        ])  # fmt: skip
    return channels
