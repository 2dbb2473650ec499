"""Renders scenes, many at a time: background, second object, first object, style."""

import math

import torch

from shapeworld import shapes
from shapeworld.backgrounds import backgrounds
from shapeworld.scene import COLORS
from shapeworld.styles import styles

LEFT, RIGHT, UP, DOWN, SPINNING, GROWING, SHRINKING, STILL = range(8)
CAR, FISH = 6, 7


def _select(number, options):
    """options[k] where number == k; both broadcast."""
    out = options[0]
    for k in range(1, len(options)):
        out = torch.where(number == k, options[k], out)
    return out


def coverage(d, pixels):
    """How much of a pixel lies inside: `d` in units of half a frame's height, `pixels` of the whole height."""
    return (0.5 - d * (pixels / 3.0)).clamp(0, 1)


class _Object:
    """One object of each scene: its coverage [B,F,h,w] and its colours [B,F,3,h,w]."""

    def __init__(self, kind, color, px, py, size, motion, x, y, t, h, aspect):
        at = lambda m: (motion == m).float()
        left, right, up, down = at(LEFT), at(RIGHT), at(UP), at(DOWN)
        # An object that moves crosses the middle of the frame; across that direction it keeps its place.
        cx = px * aspect * 0.9 * (1 - 0.7 * (left + right)) + 0.588 * aspect * (t - 0.5) * (right - left)
        cy = py * (1 - 0.7 * (up + down)) + 0.588 * (t - 0.5) * (down - up)
        angle = 2 * math.pi * 0.6 * t * at(SPINNING)
        scale = size * (1 + at(GROWING) * (-0.4 + 0.75 * t) + at(SHRINKING) * (0.35 - 0.75 * t))
        dx, dy = (x - cx) / scale, (y - cy) / scale
        ca, sa = torch.cos(angle), torch.sin(angle)
        rx, ry = ca * dx + sa * dy, ca * dy - sa * dx
        # Cars and fish look where they go.
        rx = torch.where((kind >= CAR) & (motion == LEFT), -rx, rx)
        self.cover = coverage(_select(kind, [shapes.distance(k, rx, ry) for k in range(8)]) * scale, h)
        part = lambda d, of: (coverage(d * scale, h) * (kind == of)).unsqueeze(2)
        light = (1.0 - 0.18 * ry.clamp(-1, 1) - 0.08 * rx.clamp(-1, 1)).unsqueeze(2)
        palette = torch.tensor(list(COLORS.values()), device=x.device)
        flat = palette[color.view(-1)].view(-1, 1, 3, 1, 1)
        glass = torch.tensor([0.70, 0.86, 0.94], device=x.device).view(1, 1, 3, 1, 1)
        rgb = (flat * light).clamp(0, 1)
        rgb = torch.lerp(rgb, torch.full_like(rgb, 0.12), part(shapes.wheels(rx, ry), CAR))
        rgb = torch.lerp(rgb, glass.expand_as(rgb), part(shapes.window(rx, ry), CAR))
        pupil = torch.where(flat.sum(2, keepdim=True) > 0.6, 0.05, 0.9)
        self.rgb = torch.lerp(rgb, pupil.expand_as(rgb), part(shapes.eye(rx, ry), FISH))

    def over(self, below, cover):
        return below * (1 - cover.unsqueeze(2)) + self.rgb * cover.unsqueeze(2)


def render_batch(cs, frames=8, h=128, w=128, dev="cpu"):
    """rgb [B,F,3,h,w] in 0..1 and both objects' masks [B,F,h,w] (boolean; the second is empty where there is none).

    Pixel (i,j) lies at y = 2i/(h-1) - 1 and x = (2j/(w-1) - 1) * w/h; frame f at time f/(frames-1).
    """
    b, aspect = len(cs), w / h
    real = lambda v: torch.tensor(v, dtype=torch.float32, device=dev).view(b, 1, 1, 1)
    whole = lambda v: torch.tensor(v, dtype=torch.long, device=dev).view(b, 1, 1, 1)
    of = lambda key: [c[key] for c in cs]
    y = torch.linspace(-1, 1, h, device=dev).view(1, 1, h, 1)
    x = torch.linspace(-aspect, aspect, w, device=dev).view(1, 1, 1, w)
    t = torch.linspace(0, 1, frames, device=dev).view(1, frames, 1, 1)
    full = lambda v: v.expand(b, frames, h, w)
    textures = backgrounds(of("seed"), real(of("phase")), x, y, t, h, w)
    ground = whole(of("bg"))
    rgb = torch.stack([_select(ground, [full(option) for option in channel]) for channel in textures], 2).clamp(0, 1)
    scenery = (full(x), full(y), t, h, aspect)

    # The second object stands in the corner that is farthest from the first one's place.
    side = real([-0.60 if c["px"] > 0 else 0.60 for c in cs])
    height = real([-0.56 if c["py"] > 0 else 0.56 for c in cs])
    kind, color = whole([c.get("shape2") or 0 for c in cs]), whole([c.get("color2") or 0 for c in cs])
    second = _Object(kind, color, side, height, torch.full_like(side, 0.32), torch.full_like(kind, STILL), *scenery)
    exists = real([float(c.get("color2") is not None) for c in cs])
    cover2 = second.cover * exists
    rgb = second.over(rgb, cover2)
    first = _Object(whole(of("shape")), whole(of("color")), real(of("px")), real(of("py")), real(of("size")), whole(of("motion")), *scenery)
    rgb = first.over(rgb, first.cover)
    cover2 = cover2 * (1 - first.cover)
    versions = styles(rgb, torch.maximum(first.cover, cover2), x, y)
    rgb = _select(whole(of("style")).unsqueeze(2), versions).clamp(0, 1)
    return rgb, first.cover > 0.5, cover2 > 0.5


def render(c, frames=8, h=128, w=128, dev="cpu"):
    rgb, first, second = render_batch([c], frames, h, w, dev)
    return rgb[0], first[0], second[0]
