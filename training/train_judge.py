"""Trains the judge on rendered clips, half of them seen through an autoencoder, and tests it on held-out ones.

    python train_judge.py --vae runs/vae.pt --out judge.safetensors
"""

import argparse

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import latents
import scenes
from judge import CLASSES, COLORED, FRAMES, Judge, halved, right, truth
from models import make_vae
from optimizer import MixedAdamW
from replay import Replay
from run import Progress, device, load, log


@torch.no_grad()
def pool(seed, first, count, size, vae, where):
    """Halved clips as bytes and their classes; of every two batches the second went through the autoencoder."""
    found, classes = [], []
    for number, (part, rgb, _) in enumerate(scenes.clips(scenes.scenes(seed, first, count), FRAMES, size, where)):
        if number % 2 and vae is not None:
            rgb = latents.decode(vae, latents.encode(vae, rgb))
        found.append((halved(rgb) * 255).round().byte())
        classes += part
    return torch.cat(found), {**truth(classes, where), "shown": torch.tensor([c["style"] in COLORED for c in classes], device=where)}


def make_step(judge, optimizer, clips, classes, batch):
    def step():
        optimizer.zero()
        where = clips.device
        pick = torch.randint(0, clips.shape[0], (batch,), device=where)
        x = clips[pick].float() / 255
        x = (x + 0.06 * torch.rand(batch, 1, 1, 1, device=where) * torch.randn_like(x)).clamp(0, 1)
        scores = judge.scores(x.to(next(judge.parameters()).dtype))
        losses = [F.cross_entropy(scores[n].float(), classes[n][pick], reduction="none") for n in CLASSES]
        losses[0] = losses[0] * classes["shown"][pick]
        loss = torch.stack(losses).mean()
        loss.backward()
        optimizer.update()
        return (loss.detach(),)

    return step


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--vae", help="autoencoder that half of the clips go through")
    ap.add_argument("--out", default="judge.safetensors")
    ap.add_argument("--scenes", type=int, default=24576, help="of each clip shape")
    ap.add_argument("--batch", type=int, default=256)
    ap.add_argument("--steps", type=int, default=6000)
    ap.add_argument("--rate", type=float, default=2e-3)
    a = ap.parse_args()
    where = device()
    torch.manual_seed(0)
    vae = None
    if a.vae:
        vae = make_vae().to(where).eval().requires_grad_(False)
        vae.load_state_dict(load(a.vae))
        vae.to(torch.bfloat16, memory_format=torch.channels_last)
    judge = Judge().to(where)
    optimizer = MixedAdamW([judge], betas=(0.9, 0.99))
    optimizer.low_precision([judge])
    pools = [pool(scenes.JUDGE, 0, a.scenes, size, vae, where) for size in (scenes.SQUARE, scenes.OBLONG)]
    log("rendered", [tuple(clips.shape) for clips, _ in pools])
    replays = [Replay(make_step(judge, optimizer, clips, classes, a.batch), log) for clips, classes in pools]
    progress = Progress(a.steps)
    while not progress.done():
        optimizer.set_rate(a.rate * progress.cosine(warm_up=200))
        (loss,) = replays[progress.step % 2]()
        progress.step += 1
        if progress.step % 10 == 0:
            optimizer.average_in(50)
        if progress.step % 1000 == 0:
            log(f"judge {progress.step} loss {loss.item():.4f} {progress.rate()}")
    judge.float()
    optimizer.copy_average_to([judge])
    save_file({name: value.half().contiguous() for name, value in judge.state_dict().items()}, a.out)
    for size in (scenes.SQUARE, scenes.OBLONG):
        held_out = scenes.scenes(scenes.HELD_OUT, 0, min(2048, a.scenes))
        verdicts = [judge.verdicts(rgb) for _, rgb, _ in scenes.clips(held_out, FRAMES, size, where)]
        log("held-out", size, right({n: torch.cat([v[n] for v in verdicts]) for n in CLASSES}, held_out))


if __name__ == "__main__":
    main()
