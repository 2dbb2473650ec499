"""Smooth noise: hashed grids, enlarged by Catmull-Rom interpolation."""

import torch

from shapeworld.hashing import uniform_grids

# Channels of a scene's own seed, and the cells of a side.
COARSE, FINE, STARS = (0, 10), (1, 20), (2, 16)


def weights(cells, size, device):
    """[size,cells]: pixel p lies at (p + 0.5) * cells / size - 0.5 and takes four cells, the border's repeated."""
    at = (torch.arange(size, device=device, dtype=torch.float64) + 0.5) * cells / size - 0.5
    base = torch.floor(at)
    t = at - base
    four = [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ]
    found = torch.zeros(size, cells, dtype=torch.float64, device=device)
    rows = torch.arange(size, device=device)
    for offset, weight in enumerate(four):
        cell = (base.long() - 1 + offset).clamp(0, cells - 1)
        found.index_put_((rows, cell), weight, accumulate=True)
    return found.float()


def smooth(seeds, kind, h, w, device):
    """[B,1,h,w]."""
    channel, cells = kind
    grids = uniform_grids(seeds, channel, cells, cells, device)
    high, wide = weights(cells, h, device), weights(cells, w, device)
    # Written as sums over cells, not as a matrix product: those may round to fewer bits on a GPU.
    tall = (high[None, :, :, None] * grids[:, None]).sum(2)
    return (tall[:, :, :, None] * wide.t()[None, None]).sum(2).unsqueeze(1)
