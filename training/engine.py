"""freemask as a program: what the evaluation asks of it, clips as folders of images, tensors as safetensors."""

import os
import subprocess

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file


def read(folder):
    """[F,3,H,W] in 0..1."""
    frames = [np.asarray(Image.open(os.path.join(folder, name)).convert("RGB")) for name in sorted(os.listdir(folder))]
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float() / 255


def write(folder, frames):
    """[F,3,H,W] in 0..1 as images; returns the folder."""
    os.makedirs(folder, exist_ok=True)
    for number, frame in enumerate(frames):
        Image.fromarray((frame * 255).round().byte().permute(1, 2, 0).numpy()).save(os.path.join(folder, f"{number:05d}.png"))
    return folder


class Engine:
    """`program` starts freemask, `options` are for every run of a model, such as --device cuda. Results that are there are kept."""

    def __init__(self, program, options):
        self.program, self.options = program, options

    def run(self, *arguments):
        subprocess.run([*self.program, *arguments, *self.options], check=True, stdout=subprocess.DEVNULL)

    def clip(self, out, *arguments):
        """What `generate` or `edit` makes, as [F,3,H,W] in 0..1."""
        if not os.path.isdir(out):
            os.makedirs(os.path.dirname(out), exist_ok=True)
            self.run(*arguments, "--output", out, "--quiet")
        return read(out)

    def component(self, part, out, tensors=None, *arguments):
        """The tensors that a part makes of tensors."""
        if not os.path.exists(out):
            if tensors is not None:
                save_file({name: value.contiguous() for name, value in tensors.items()}, out + ".in")
                arguments = ("--in", out + ".in", *arguments)
            self.run("component", part, *arguments, "--out", out)
        return load_file(out)

    def latents(self, frames, out):
        """Scaled latents [F,4,h,w] of frames [F,3,H,W] in 0..1."""
        return self.component("vae-encode", out + "-latents.safetensors", {"pixels": frames * 2 - 1})["latents_scaled_mode"]

    def reconstruction(self, frames, out):
        """Frames through the autoencoder and back, in 0..1."""
        latents = {"latents_scaled_mode": self.latents(frames, out)}
        return (self.component("vae-decode", out + "-decoded.safetensors", latents)["decoded"] / 2 + 0.5).clamp(0, 1)
