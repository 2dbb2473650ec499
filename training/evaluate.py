"""Generates and edits held-out scenes with freemask itself and lets the judge count what is right.

    python evaluate.py --freemask ../freemask --count 64 --out runs/evaluation

Clips that are there already are not made again. Edits get the exact masks of source and ideal result, united.
"""

import argparse
import json
import os
import subprocess

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import scenes
from judge import CLASSES, Judge, right
from probe import save_sheet
from run import load, log

MARGIN = 8  # pixels around the mask that do not count as background


def read(folder):
    """[1,F,3,H,W] in 0..1."""
    frames = [np.asarray(Image.open(os.path.join(folder, name)).convert("RGB")) for name in sorted(os.listdir(folder))]
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2)[None].float() / 255


def write(folder, frames):
    """[F,3,H,W] in 0..1 as images, unless they are there."""
    os.makedirs(folder, exist_ok=True)
    for number, frame in enumerate(frames):
        Image.fromarray((frame * 255).round().byte().permute(1, 2, 0).numpy()).save(os.path.join(folder, f"{number:05d}.png"))


def freemask(program, out, *arguments):
    os.makedirs(os.path.dirname(out), exist_ok=True)
    if not os.path.isdir(out):
        subprocess.run([*program, *arguments, "--output", out, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return read(out)


def dilated(masks):
    """[F,H,W] boolean, grown by MARGIN."""
    return F.max_pool2d(masks.float(), 2 * MARGIN + 1, 1, MARGIN) > 0


def psnr(a, b, where=None):
    """Of [F,3,H,W] over the pixels that `where` [F,H,W] names."""
    error = ((a - b) ** 2).mean(1)
    return -10 * torch.log10((error if where is None else error[where]).mean()).item()


def edits(kind, count):
    """Held-out plain scenes of one object with the scene that is the ideal result."""
    found = []
    for index, config in enumerate(scenes.scenes(scenes.HELD_OUT, 0, 100000)):
        if len(found) == count:
            return found
        if config["style"] == 0 and "color2" not in config:
            classes = CLASSES[kind]
            found.append((index, config, {**config, kind: (config[kind] + 1 + index % (classes - 1)) % classes}))
    return found


def edit(a, kind, judge, vae):
    preset = {"color": "attribute", "shape": "shape"}[kind]
    changed, kept, pictures, asked = [], [], [], edits(kind, a.count)
    for index, source, ideal in asked:
        rgb, first, _ = scenes.sw.render(source)
        _, second, _ = scenes.sw.render(ideal)
        at = lambda name: os.path.join(a.out, preset, f"{index:04d}-{name}")
        mask = first | second
        write(at("source"), rgb)
        write(at("mask"), mask.float()[:, None].expand(-1, 3, -1, -1))
        before, after = scenes.words(source)[0], scenes.words(ideal)[0]
        old, new = next((o, n) for o, n in zip(before.split(), after.split()) if o != n)
        made = freemask(
            a.program, at("edited"), "edit", "--input", at("source"), "--source", before, "--target", after, "--words", f"{old}={new}",
            "--preset", preset, "--mask", at("mask"), "--steps", str(a.edit_steps), "--guidance", str(a.guidance), "--checkpoint", "off",
        )  # fmt: skip
        with torch.no_grad():
            plain = vae.decode(vae.encode(rgb * 2 - 1).latent_dist.mean).sample.clamp(-1, 1) / 2 + 0.5
        kept.append(psnr(made[0], plain, ~dilated(mask)))
        changed.append((judge.verdicts(made)[kind] == ideal[kind]).item())
        pictures.append(torch.cat([rgb[None, ::2], made[:, ::2]], 1))
        log(preset, index, f"{old} to {new}", changed[-1], f"background {kept[-1]:.1f} dB")
    save_sheet(torch.cat(pictures[:16]), os.path.join(a.out, preset + ".png"))
    return dict(clips=len(asked), changed=sum(changed) / len(asked), background_psnr=round(sum(kept) / len(kept), 2))


def generate(a, judge):
    configs, made = scenes.scenes(scenes.HELD_OUT, 0, a.count), []
    for index, config in enumerate(configs):
        out = os.path.join(a.out, "generated", f"{index:04d}")
        made.append(
            freemask(
                a.program, out, "generate", scenes.words(config)[0], "--steps", "30", "--guidance", str(a.guidance), "--seed", str(index)
            )  # fmt: skip
        )
        log("generated", index, scenes.words(config)[0])
    clips = torch.cat(made)
    save_sheet(clips[:16], os.path.join(a.out, "generated.png"))
    return dict(clips=len(configs), **right(judge.verdicts(clips), configs))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--freemask", default="../freemask", dest="program", type=str.split, help="how to start it")
    ap.add_argument("--model", default="../src/main/resources/io/freemask/model/shapeworld", help="for its autoencoder")
    ap.add_argument("--judge", default="judge.safetensors")
    ap.add_argument("--out", default="runs/evaluation")
    ap.add_argument("--count", type=int, default=64)
    ap.add_argument("--edit-steps", type=int, default=20)
    ap.add_argument("--guidance", type=float, default=5.0)
    ap.add_argument("--parts", nargs="+", default=["generate", "attribute", "shape"])
    a = ap.parse_args()
    from export import read as read_model

    os.makedirs(a.out, exist_ok=True)
    vae = read_model(a.model)[2]
    judge = Judge().eval()
    judge.load_state_dict(load(a.judge))
    table = {}
    if "attribute" in a.parts:
        table["attribute"] = edit(a, "color", judge, vae)
    if "shape" in a.parts:
        table["shape"] = edit(a, "shape", judge, vae)
    if "generate" in a.parts:
        table["generate"] = generate(a, judge)
    with open(os.path.join(a.out, "evaluation.json"), "w") as file:
        json.dump(table, file, indent=2)
    print(json.dumps(table, indent=2))


if __name__ == "__main__":
    main()
