"""Shapes as signed distances (approximate) in a frame of their own, negative inside, about one unit in radius."""

import math

import torch


def distance(shape, x, y):
    if shape == 0:  # circle
        return torch.sqrt(x * x + y * y) - 0.9
    if shape == 1:  # square
        return torch.maximum(x.abs(), y.abs()) - 0.78
    if shape == 2:  # triangle
        return torch.maximum(x.abs() * 0.866 - (y - 0.12) * 0.5, y - 0.12) - 0.52
    if shape == 3:
        return _star(x, y)
    if shape == 4:
        return _heart(x, y)
    if shape == 5:  # ring
        return (torch.sqrt(x * x + y * y) - 0.68).abs() - 0.24
    if shape == 6:
        return _car(x, y)
    if shape == 7:
        return _fish(x, y)
    raise ValueError(shape)


def _star(x, y):
    sector = 2 * math.pi / 5
    angle = torch.remainder(torch.atan2(x, -y) + sector / 2, sector) - sector / 2
    radius = torch.sqrt(x * x + y * y)
    px, py = radius * torch.sin(angle).abs(), radius * torch.cos(angle)
    # The edge runs from the tip (0, 1) to the notch at half a sector, radius 0.42.
    ex, ey = 0.42 * math.sin(sector / 2), 0.42 * math.cos(sector / 2) - 1.0
    return (ex * (py - 1.0) - ey * px) / math.hypot(ex, ey)


def _heart(x, y):
    px, py = x.abs() * 0.62, -y * 0.62 + 0.55
    top = torch.sqrt((px - 0.25) ** 2 + (py - 0.75) ** 2) - math.sqrt(2.0) / 4
    m = 0.5 * (px + py).clamp(min=0)
    low = torch.sqrt(torch.minimum(px**2 + (py - 1) ** 2, (px - m) ** 2 + (py - m) ** 2)) * torch.sign(px - py)
    return torch.where(px + py > 1.0, top, low) / 0.62


def wheels(x, y):
    return torch.sqrt((x.abs() - 0.52) ** 2 + (y - 0.48) ** 2) - 0.24


def window(x, y):
    return torch.maximum((x + 0.05).abs() - 0.34, (y + 0.26).abs() - 0.14)


def eye(x, y):
    return torch.sqrt((x - 0.58) ** 2 + (y + 0.12) ** 2) - 0.09


def _car(x, y):
    body = torch.maximum(x.abs() - 0.95, (y - 0.18).abs() - 0.27)
    cab = torch.maximum((x + 0.05).abs() - 0.50 - (y + 0.3) * 0.35, (y + 0.28).abs() - 0.26)
    return torch.minimum(torch.minimum(body, cab), wheels(x, y))


def _fish(x, y):
    body = torch.sqrt(((x - 0.18) / 0.72) ** 2 + (y / 0.48) ** 2) - 1.0
    tail = torch.maximum(y.abs() + (x + 0.35) * 0.85, torch.maximum(-(x + 0.95), x + 0.2))
    return torch.minimum(body * 0.5, tail)
