"""Measures the built-in model with freemask itself on held-out scenes; the judge counts what is right.

    python evaluate.py --freemask ../freemask --count 64 --jobs 2 --out runs/evaluation

Clips that are there already are not made again. Edits get the exact masks of source and ideal result, united. Every part writes
PART.json when it is done, so that parts can run beside each other.
"""

import argparse
import json
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import torch
import torch.nn.functional as F

import scenes
from engine import Engine, write
from judge import CLASSES, Judge, right
from run import load, log

MARGIN = 8  # pixels around the mask that do not count as background
MOVING = ("water",)  # backgrounds that change by themselves
INVERSION_STEPS, GENERATION_STEPS, MAP_THRESHOLD = 50, 30, 0.4


def dilated(masks):
    """[F,H,W] boolean, grown by MARGIN."""
    return F.max_pool2d(masks.float(), 2 * MARGIN + 1, 1, MARGIN) > 0


def psnr(a, b, where=None):
    """Of [F,3,H,W] over the pixels that `where` [F,H,W] names."""
    error = ((a - b) ** 2).mean(1)
    return -10 * torch.log10((error if where is None else error[where]).mean()).item()


def mean(values):
    values = list(values)
    return round(sum(values) / len(values), 4) if values else None


def spread(values):
    return dict(mean=mean(values), median=round(median(values), 2), least=round(min(values), 2), most=round(max(values), 2))


def background(config):
    return list(scenes.sw.BACKGROUNDS)[config["bg"]]


def flicker(clip):
    """Mean change from frame to frame of the median pixel, in levels of 255: objects pass over less than half of the picture."""
    return 255 * (clip[1:] - clip[:-1]).abs().mean((0, 1)).median().item()


def save_sheet(clips, path):
    """[F,3,H,W] in 0..1 each, a row each."""
    from PIL import Image

    rows = torch.cat([torch.cat(list(clip), 2) for clip in clips], 1)
    Image.fromarray((rows * 255).round().byte().permute(1, 2, 0).numpy()).save(path)


class Evaluation:
    def __init__(self, a):
        self.a = a
        self.engine = Engine(a.program, a.options)
        self.judge = Judge().eval()
        self.judge.load_state_dict({name: value.cpu() for name, value in load(a.judge).items()})
        self.configs = scenes.scenes(scenes.HELD_OUT, 0, a.count)

    def at(self, *names):
        path = os.path.join(self.a.out, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def each(self, work, items):
        """Results of work(item), `jobs` at a time, in the items' order."""
        with ThreadPoolExecutor(self.a.jobs) as pool:
            return list(pool.map(work, items))

    def edits(self, kind):
        """Held-out plain scenes of one object with the scene that is the ideal result."""
        found = []
        for index, config in enumerate(scenes.scenes(scenes.HELD_OUT, 0, 100000)):
            if len(found) == self.a.count:
                return found
            if config["style"] == 0 and "color2" not in config:
                classes = CLASSES[kind]
                found.append((index, config, {**config, kind: (config[kind] + 1 + index % (classes - 1)) % classes}))
        return found

    def vae(self):
        def one(index):
            rgb = scenes.sw.render(self.configs[index])[0]
            back = self.engine.reconstruction(rgb, self.at("vae", f"{index:04d}"))
            still = None if background(self.configs[index]) in MOVING else (flicker(rgb), flicker(back))
            return background(self.configs[index]), psnr(back, rgb), still

        rows = self.each(one, range(self.a.count))
        kinds = {kind: mean(db for name, db, _ in rows if name == kind) for kind in sorted({row[0] for row in rows})}
        still = [pair for _, _, pair in rows if pair]
        return dict(
            psnr=mean(db for _, db, _ in rows), backgrounds=kinds, flicker_rendered=mean(a for a, _ in still),
            flicker_reconstructed=mean(b for _, b in still),
        )  # fmt: skip

    def inversion(self):
        return {str(iterations): self.there_and_back(iterations) for iterations in self.a.inversion_iterations}

    def there_and_back(self, iterations):
        def one(index):
            rgb = scenes.sw.render(self.configs[index])[0]
            caption = scenes.words(self.configs[index])[0]
            source = write(self.at("inversion", f"{index:04d}-source"), rgb)
            made = self.engine.clip(
                self.at("inversion", str(iterations), f"{index:04d}"), "edit", "--input", source, "--source", caption, "--target", caption,
                "--preset", "none", "--guidance", "1", "--steps", str(INVERSION_STEPS), "--inversion-iterations", str(iterations),
                "--checkpoint", "off",
            )  # fmt: skip
            back = self.engine.reconstruction(rgb, self.at("vae", f"{index:04d}"))
            log("inversion", iterations, index, f"{psnr(made, rgb):.2f} dB, the autoencoder {psnr(back, rgb):.2f} dB")
            return psnr(made, rgb), psnr(back, rgb), psnr(made, back)

        rows = self.each(one, range(self.a.count))
        return dict(
            psnr=mean(row[0] for row in rows), psnr_vae=mean(row[1] for row in rows), loss=spread([row[1] - row[0] for row in rows]),
            psnr_against_vae=spread([row[2] for row in rows]),
        )  # fmt: skip

    def generate(self):
        return {str(guidance): self.generated(guidance) for guidance in self.a.guidance}

    def generated(self, guidance):
        def one(index):
            log("generated", guidance, index)
            return self.engine.clip(
                self.at("generated", str(guidance), f"{index:04d}"), "generate", scenes.words(self.configs[index])[0],
                "--steps", str(GENERATION_STEPS), "--guidance", str(guidance), "--seed", str(index),
            )  # fmt: skip

        clips = self.each(one, range(self.a.count))
        save_sheet([clip[::2] for clip in clips[:16]], self.at(f"generated-{guidance}.png"))
        verdicts = self.judge.verdicts(torch.stack(clips))
        names = list(scenes.sw.MOTIONS)
        seen = Counter((names[c["motion"]], names[v]) for c, v in zip(self.configs, verdicts["motion"].tolist()))
        still = [
            flicker(clip) for clip, c in zip(clips, self.configs) if background(c) not in MOVING and c["style"] == 0
        ]  # fmt: skip
        return dict(
            **right(verdicts, self.configs), flicker=mean(still),
            motions={asked: {found: n for (a, found), n in sorted(seen.items()) if a == asked} for asked in names},
        )  # fmt: skip

    def maps(self):
        codebook = self.at("codebook.json")
        if not os.path.exists(codebook):
            dataset = f"shapeworld:{self.a.count}:{scenes.HELD_OUT}"
            self.engine.run("calibrate", "--dataset", dataset, "--threshold", str(MAP_THRESHOLD), "--out", codebook, "--quiet")
        with open(codebook) as file:
            book = json.load(file)
        iou = torch.tensor([video["object_iou"] for video in book["videos"]]).mean(0)  # [layer,record]
        place = iou.argmax().item()
        layer, record = place // iou.shape[1], place % iou.shape[1]
        names = [entry["name"] for entry in book["layers"]]
        mass = self.each(lambda index: self.mass(index, names[layer], book["timesteps"][record]), range(self.a.count))
        return dict(
            layer=names[layer], timestep=book["timesteps"][record], iou=round(iou.max().item(), 3), mass=mean(mass),
            layers={name: round(value, 3) for name, value in zip(names, iou.mean(1).tolist())},
        )  # fmt: skip

    def mass(self, index, layer, timestep):
        """The share of the first object's attention that goes to its own words."""
        rgb, first, _ = scenes.sw.render(self.configs[index])
        caption, places = scenes.words(self.configs[index])
        latents = self.engine.latents(rgb, self.at("vae", f"{index:04d}"))
        states = self.engine.component("text", self.at("maps", f"{index:04d}-text"), None, "--prompt", caption)["last_hidden_state"]
        inputs = dict(sample=latents.movedim(0, 1)[None], timestep=torch.tensor([float(timestep)]), encoder_hidden_states=states)
        words = [f"--tokens=word{place}={place + 1}" for place in places[0]]  # one token a word, after the token of the start
        found = self.engine.component("unet", self.at("maps", f"{index:04d}"), inputs, "--attention", *words)
        share = sum(found[f"{layer}.map.word{place}"] for place in places[0])
        grid = share.reshape(rgb.shape[0], *latents.shape[2:]) if share.dim() != 3 else share
        small = F.adaptive_avg_pool2d(first.float()[:, None], grid.shape[-2:])[:, 0]
        return ((grid * small).sum() / small.sum()).item()

    def attribute(self):
        return self.edited("color", "attribute")

    def shape(self):
        return self.edited("shape", "shape")

    def edited(self, kind, preset):
        def one(edit):
            index, source, ideal = edit
            rgb, first, _ = scenes.sw.render(source)
            mask = first | scenes.sw.render(ideal)[1]
            at = lambda name: self.at(preset, f"{index:04d}-{name}")
            before, after = scenes.words(source)[0], scenes.words(ideal)[0]
            old, new = next((o, n) for o, n in zip(before.split(), after.split()) if o != n)
            made = self.engine.clip(
                at("edited"), "edit", "--input", write(at("source"), rgb), "--source", before, "--target", after,
                "--words", f"{old}={new}", "--preset", preset, "--mask", write(at("mask"), mask.float()[:, None].expand(-1, 3, -1, -1)),
                "--steps", str(self.a.edit_steps), "--guidance", str(self.a.edit_guidance), "--checkpoint", "off",
            )  # fmt: skip
            back = self.engine.reconstruction(rgb, at("vae"))
            changed = (self.judge.verdicts(made[None])[kind] == ideal[kind]).item()
            kept = psnr(made, back, ~dilated(mask))
            log(preset, index, f"{old} to {new}", changed, f"background {kept:.1f} dB")
            return changed, kept, torch.cat([rgb[::2], made[::2]])

        rows = self.each(one, self.edits(kind))
        save_sheet([row[2] for row in rows[:16]], self.at(f"{preset}.png"))
        return dict(clips=len(rows), changed=mean(row[0] for row in rows), background_psnr=spread([row[1] for row in rows]))


PARTS = [Evaluation.attribute, Evaluation.shape, Evaluation.vae, Evaluation.inversion, Evaluation.generate, Evaluation.maps]


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--freemask", default="../freemask", dest="program", type=str.split, help="how to start it")
    ap.add_argument("--options", default="", type=str.split, help='for every run, such as "--device cuda"')
    ap.add_argument("--jobs", type=int, default=1, help="how many runs at a time")
    ap.add_argument("--judge", default="judge.safetensors")
    ap.add_argument("--out", default="runs/evaluation")
    ap.add_argument("--count", type=int, default=64)
    ap.add_argument("--edit-steps", type=int, default=20)
    ap.add_argument("--edit-guidance", type=float, default=3.0)
    ap.add_argument("--inversion-iterations", type=int, nargs="+", default=[1, 8])
    ap.add_argument("--guidance", type=float, nargs="+", default=[5.0], help="of generated clips")
    ap.add_argument("--parts", nargs="+", default=[part.__name__ for part in PARTS])
    evaluation = Evaluation(ap.parse_args())
    for part in PARTS:
        if part.__name__ in evaluation.a.parts:
            with torch.no_grad():
                found = part(evaluation)
            with open(evaluation.at(part.__name__ + ".json"), "w") as file:
                json.dump(found, file, indent=2)
            print(json.dumps({part.__name__: found}, indent=2), flush=True)


if __name__ == "__main__":
    main()
