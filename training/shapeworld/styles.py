"""The three styles, applied to a finished plain clip."""

import torch
import torch.nn.functional as F


def luminance(rgb):
    return 0.30 * rgb[:, :, 0:1] + 0.59 * rgb[:, :, 1:2] + 0.11 * rgb[:, :, 2:3]


def styles(rgb, cover, x, y):
    """Plain, sketch, neon and sepia versions of `rgb` [B,F,3,h,w]; `cover` [B,F,h,w] is the objects' coverage."""
    lum = luminance(rgb)
    gx = F.pad((cover[..., :, 2:] - cover[..., :, :-2]).abs(), (1, 1, 0, 0))
    gy = F.pad((cover[..., 2:, :] - cover[..., :-2, :]).abs(), (0, 0, 1, 1))
    edge = F.max_pool2d((gx + gy).clamp(0, 1), 3, 1, 1)
    glow = (F.avg_pool2d(edge, 9, 1, 4) * 1.6).unsqueeze(2)
    edge, cover = edge.unsqueeze(2), cover.unsqueeze(2)
    hatch = (0.5 + 0.5 * torch.sin(40 * (x + y))).unsqueeze(2)
    sketch = ((0.93 - 0.22 * (1 - lum) - cover * 0.28 * hatch * (1.1 - lum)) * (1 - edge) + 0.15 * edge).expand_as(rgb)
    hue = rgb / (rgb.amax(2, keepdim=True) + 1e-3)
    neon = 0.10 * rgb + hue * (0.85 * edge + 0.55 * glow) + 0.22 * cover * rgb
    sepia = lum * torch.tensor([1.06, 0.86, 0.62], device=rgb.device).view(1, 1, 3, 1, 1)
    return [rgb, sketch, neon, sepia]
