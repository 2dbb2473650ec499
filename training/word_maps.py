"""How well each cross-attention layer localises a word's object."""

import torch
import torch.nn.functional as F

from fast_layers import ExplicitAttention, cross_layers

THRESHOLD = 0.4
TIMESTEPS = (1, 201, 401, 601, 801)


@torch.no_grad()
def localisation(unet, text, data, masks, factor, scheduler, timesteps=TIMESTEPS):
    """Rows by layer name: mean IoU at each timestep and the attention on the words inside the object, as a share.

    `data` are held-out Latents, `masks` [N,F,H,W] their first objects at full size. The map of an object is the mean
    of its words' maps and of the heads, divided by each frame's maximum; latents get noise of the timestep.
    """
    rows, kept = {}, []
    layers = cross_layers(unet)
    before = {name: module.processor for name, module in layers.items()}
    for module in layers.values():
        module.set_processor(ExplicitAttention(kept.append))
    n, _, f, h, w = data.z.shape
    generator = torch.Generator(data.z.device).manual_seed(0)
    for t in timesteps:
        alpha = scheduler.alphas_cumprod[t].to(data.z.device)
        z = data.z.float() * factor
        z = alpha.sqrt() * z + (1 - alpha).sqrt() * torch.randn(z.shape, device=z.device, generator=generator)
        kept.clear()
        unet(z, torch.tensor(t, device=z.device), encoder_hidden_states=text(data.ids))
        order = [name for name in ("down_blocks", "mid_block", "up_blocks")]
        names = sorted(layers, key=lambda name: order.index(name.split(".")[0]))
        for name, found in zip(names, kept):
            factor_ = round((h * w / found.shape[1]) ** 0.5)
            grid = found.view(n, f, h // factor_, w // factor_, -1)
            places = data.places[:, 0].view(n, 1, 1, 1, 2).expand(-1, f, *grid.shape[2:4], -1)
            words = grid.gather(-1, places)
            share = words.sum(-1)
            small = F.avg_pool2d(masks.float(), masks.shape[-1] // grid.shape[3])
            mass = ((share * small).sum() / small.sum()).item()
            scaled = share / share.amax((2, 3), keepdim=True)
            big = F.interpolate(scaled, size=masks.shape[-2:], mode="nearest") > THRESHOLD
            both, either = (big & masks).sum((2, 3)).float(), (big | masks).sum((2, 3)).float()
            row = rows.setdefault(name.replace(".transformer_blocks.0.attn2", ""), dict(iou=[], mass=[]))
            row["iou"].append(round((both / either.clamp(min=1)).mean().item(), 3))
            row["mass"].append(round(mass, 3))
    for name, module in layers.items():
        module.set_processor(before[name])
    return rows
