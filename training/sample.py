"""Clips from captions: DDIM with classifier-free guidance, as `freemask generate` does it."""

import torch


@torch.no_grad()
def sample(unet, text, scheduler, encoder, captions, frames, size, factor, guidance=5.0, steps=30, seed=0):
    """Returns latents [B,4,F,h,w], not scaled."""
    where = next(unet.parameters()).device
    ids = torch.tensor([encoder(caption) for caption in captions] + [encoder("")] * len(captions), device=where)
    states = text(ids)
    generator = torch.Generator(where).manual_seed(seed)
    z = torch.randn(len(captions), 4, frames, size[0] // 8, size[1] // 8, device=where, generator=generator)
    scheduler.set_timesteps(steps, device=where)
    for t in scheduler.timesteps:
        guided, plain = unet(torch.cat([z, z]), t, encoder_hidden_states=states).sample.chunk(2)
        z = scheduler.step(plain + guidance * (guided - plain), t, z).prev_sample
    return z / factor
