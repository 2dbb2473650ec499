"""Renders the denoiser's clips, then encodes them as soon as the autoencoder is there.

    python make_latents.py --vae runs/vae.pt --out runs/latents.pt
"""

import argparse
import os
import time

import torch

import latents
import scenes
from models import make_vae
from run import device, load, log, save
from tokenizer import WordEncoder


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--vae", default="runs/vae.pt", help="waited for if it does not exist yet")
    ap.add_argument("--out", default="runs/latents.pt")
    ap.add_argument("--clips", type=int, default=49152, help="of all kinds together")
    a = ap.parse_args()
    where, encoder, data, first = device(), WordEncoder(), {}, 0
    for kind, count in latents.counts(a.clips, 1).items():
        data[kind] = latents.render(encoder, scenes.scenes(scenes.TRAINING, first, count), *kind, where)
        first += count
        log("rendered", kind, count)
    while not os.path.exists(a.vae):
        time.sleep(0.5)
    vae = make_vae().to(where).eval().requires_grad_(False)
    vae.load_state_dict(load(a.vae))
    if where == "cuda":
        vae.to(torch.bfloat16, memory_format=torch.channels_last)
    for kind, (clips, found) in data.items():
        found.z = torch.cat([latents.encode(vae, part.float() / 255).half() for part in clips])
        log("encoded", tuple(found.z.shape))
    save({kind: vars(found) for kind, (_, found) in data.items()}, a.out)


if __name__ == "__main__":
    main()
