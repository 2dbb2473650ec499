"""Random numbers by place: SplitMix64's finalizer over a seed, a channel and an index."""

import torch

MASK = (1 << 64) - 1
GOLDEN, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def mix(x):
    """SplitMix64's output for the state `x`, both unsigned 64-bit integers."""
    x = (x + GOLDEN) & MASK
    x = ((x ^ (x >> 30)) * FIRST) & MASK
    x = ((x ^ (x >> 27)) * SECOND) & MASK
    return x ^ (x >> 31)


def hashed(seed, channel, index):
    """64 bits for a place; all three are unsigned 64-bit integers."""
    return mix(mix(mix(seed) ^ channel) ^ index)


def uniform(seed, channel, index):
    """In [0,1), a multiple of 2^-53."""
    return (hashed(seed, channel, index) >> 11) * 2.0**-53


def _signed(x):
    return x - (1 << 64) if x >> 63 else x


def _mix(x):
    """`mix` over a tensor of signed integers that hold unsigned bits."""
    shift = lambda v, n: (v >> n) & ((1 << (64 - n)) - 1)
    x = x + _signed(GOLDEN)
    x = (x ^ shift(x, 30)) * _signed(FIRST)
    x = (x ^ shift(x, 27)) * _signed(SECOND)
    return x ^ shift(x, 31)


def uniform_grids(seeds, channel, rows, columns, device):
    """[B,rows,columns] in [0,1), multiples of 2^-24: cell (y,x) of scene b is the hash of (seeds[b], channel, y * columns + x)."""
    seed = torch.tensor([_signed(s) for s in seeds], dtype=torch.long, device=device).view(-1, 1, 1)
    index = torch.arange(rows * columns, device=device).view(1, rows, columns)
    bits = _mix(_mix(_mix(seed) ^ channel) ^ index)
    return ((bits >> 40) & 0xFFFFFF).float() * 2.0**-24
