"""The training data of the denoiser: encoded clips, token ids, and which token names what at which places."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

import scenes
from tokenizer import LENGTH

# Frames and clip size of each kind of clip, and how many of 20 steps take it.
KINDS = {(8, scenes.SQUARE): 9, (8, scenes.OBLONG): 9, (16, scenes.SQUARE): 2}


def counts(clips, least):
    """How many of `clips` clips are of each kind, `least` at least."""
    return {kind: max(clips * share // sum(KINDS.values()), least) for kind, share in KINDS.items()}


@dataclass
class Latents:
    z: torch.Tensor  # [N,4,F,h,w] half, not scaled
    ids: torch.Tensor  # [N,32]
    masks: torch.Tensor  # [N,2,F,h,w] half: the share of each cell that the object covers
    places: torch.Tensor  # [N,2,2]: token places of colour and shape of both objects, 0 where there is no object
    exists: torch.Tensor  # [N,2] boolean


@torch.no_grad()
def encode(vae, rgb):
    """[B,F,3,H,W] in 0..1 to posterior means [B,4,F,h,w]."""
    b, f = rgb.shape[:2]
    frames = (rgb.flatten(0, 1) * 2 - 1).to(vae.dtype).contiguous(memory_format=torch.channels_last)
    return vae.encode(frames).latent_dist.mean.unflatten(0, (b, f)).transpose(1, 2)


@torch.no_grad()
def decode(vae, z):
    """Posterior means [B,4,F,h,w] to [B,F,3,H,W] in 0..1."""
    b = z.shape[0]
    frames = [vae.decode(part.to(vae.dtype)).sample for part in z.transpose(1, 2).flatten(0, 1).split(64)]
    return (torch.cat(frames).float().clamp(-1, 1) / 2 + 0.5).unflatten(0, (b, -1))


def empty(count, frames, size, device):
    """Room for `count` clips; a graph captured over it stays valid when `fill` brings the data."""
    z = torch.zeros(count, 4, frames, size[0] // 8, size[1] // 8, device=device, dtype=torch.half)
    places = torch.zeros(count, 2, 2, device=device, dtype=torch.long)
    return Latents(z, torch.zeros(count, LENGTH, device=device, dtype=torch.long), z[:, :2].clone(), places, places[:, :, 0] > 0)


def fill(room, data):
    for name in ("z", "ids", "masks", "places", "exists"):
        getattr(room, name).copy_(getattr(data, name))


def render(encoder, configs, frames, size, device):
    """Clips as bytes, a list of [B,F,3,H,W], and Latents that still lack their z."""
    clips, masks, ids, places = [], [], [], []
    for part, rgb, mask in scenes.clips(configs, frames, size, device):
        clips.append((rgb * 255).round().byte())
        masks.append(F.avg_pool2d(mask.flatten(0, 1).float(), 8).unflatten(0, mask.shape[:2]).half())
        for config in part:
            caption, objects = scenes.words(config)
            ids.append(encoder(caption))
            places.append([[0, 0] if o is None else [o[0] + 1, o[1] + 1] for o in objects])
    places = torch.tensor(places, device=device)
    return clips, Latents(None, torch.tensor(ids, device=device), torch.cat(masks), places, places[:, :, 0] > 0)


def make(vae, encoder, configs, frames, size, device):
    """Renders and encodes scenes."""
    clips, found = render(encoder, configs, frames, size, device)
    found.z = torch.cat([encode(vae, part.float() / 255).half() for part in clips])
    return found
