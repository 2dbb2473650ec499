"""Looks at a model in training: word maps, generated clips as the judge sees them, and a sheet of pictures."""

import json
import os

import torch

import latents
import scenes
from fast_layers import speed_up
from judge import Judge, right
from models import WordStates, make_unet, make_vae
from run import load, log
from sample import sample
from word_maps import localisation

SHOWN = [
    "a red car moving right on grass", "a blue star spinning on sand", "a yellow fish moving left on water",
    "a pencil sketch of a black heart growing on snow", "a neon painting of a pink triangle moving up at night",
    "a green ring moving down and a red square on bricks", "a purple circle moving right on grass",
    "a white square standing still on water",
]  # fmt: skip


def save_sheet(clips, path):
    """[B,F,3,H,W] in 0..1 as one picture, a clip each row."""
    from PIL import Image

    rows = clips.permute(0, 3, 1, 4, 2).reshape(clips.shape[0] * clips.shape[3], -1, 3)
    Image.fromarray((rows * 255).round().byte().cpu().numpy()).save(path)


class Probe:
    def __init__(self, a, encoder, vae, factor, where):
        self.a, self.encoder, self.vae, self.factor, self.where = a, encoder, vae, factor, where
        self.configs = scenes.scenes(scenes.HELD_OUT, 0, a.probe_clips)
        self.data = latents.make(vae, encoder, self.configs, 8, scenes.SQUARE, where)
        self.masks = torch.cat([mask[:, 0] for _, _, mask in scenes.clips(self.configs, 8, scenes.SQUARE, where)])

    def decoder(self):
        """The polished autoencoder as soon as it is there."""
        if self.a.decoder and os.path.exists(self.a.decoder):
            self.vae.load_state_dict(load(self.a.decoder))
        return self.vae

    def weights(self, optimizer):
        unet, text = speed_up(make_unet().to(self.where)).eval(), WordStates(len(self.encoder.vocabulary)).to(self.where).eval()
        optimizer.copy_average_to([unet, text])
        return unet, text

    @torch.no_grad()
    def report(self, average, scheduler, step, last):
        unet, text = average
        rows = localisation(unet, text, self.data, self.masks, self.factor, scheduler)
        for name, row in rows.items():
            log(f"  {name:26s} iou {row['iou']} mass {row['mass']}")
        result = dict(step=step, layers=rows)
        captions = [scenes.words(config)[0] for config in self.configs]
        make = lambda texts, frames, size: latents.decode(
            self.vae, sample(unet, text, scheduler, self.encoder, texts, frames, size, self.factor)
        )
        clips = make(captions, 8, scenes.SQUARE)
        if self.a.judge and os.path.exists(self.a.judge):
            judge = Judge().to(self.where)
            judge.load_state_dict(load(self.a.judge))
            result["right"] = right(judge.verdicts(clips), self.configs)
            log("  generated", result["right"])
        with open(os.path.join(self.a.out, "metrics.jsonl"), "a") as file:
            file.write(json.dumps(result) + "\n")
        save_sheet(make(SHOWN, 8, scenes.SQUARE), os.path.join(self.a.out, "sheet.png"))
        if last:
            save_sheet(make(SHOWN[:6], 8, scenes.OBLONG), os.path.join(self.a.out, "sheet-oblong.png"))
            save_sheet(make(SHOWN[:4], 16, scenes.SQUARE), os.path.join(self.a.out, "sheet-16.png"))
