"""Trains the denoiser and its word states on encoded clips; goes on from its checkpoint if there is one.

    python train_unet.py --vae runs/vae.pt --out runs/unet --steps 30000
"""

import argparse
import os
import random
import time

import torch

import latents
import scenes
from export import export
from fast_layers import speed_up
from grounding import Grounding
from models import WordStates, make_scheduler, make_unet, make_vae
from optimizer import MixedAdamW
from probe import Probe
from replay import Replay
from run import Progress, device, load, log, save
from tokenizer import WordEncoder

DROPPED = 0.1  # share of captions that the empty prompt replaces, for guidance
OBJECT = 2.0  # added weight of the denoising error inside objects


def make_step(a, unet, text, grounding, optimizer, data, batch, factor, empty, signal):
    """One step on `batch` clips of `data`; `signal` holds the cumulated alphas, `factor` scales latents to unit size."""

    def step():
        optimizer.zero()
        grounding.clear()
        where = data.z.device
        pick = torch.randint(0, data.z.shape[0], (batch,), device=where)
        z, masks = data.z[pick].float() * factor, data.masks[pick].float()
        dropped = torch.rand(batch, device=where) < DROPPED
        ids = torch.where(dropped[:, None], empty, data.ids[pick])
        t = torch.randint(0, 1000, (batch,), device=where)
        alpha = signal[t].view(-1, 1, 1, 1, 1)
        noise = torch.randn_like(z)
        noisy = alpha.sqrt() * z + (1 - alpha).sqrt() * noise
        if a.prediction == "v_prediction":
            target, weight = alpha.sqrt() * noise - (1 - alpha).sqrt() * z, 1.0
        else:
            ratio = alpha / (1 - alpha)
            target, weight = noise, ratio.clamp(max=5.0) / ratio
        predicted = unet(noisy.to(unet.dtype), t, text(ids), return_dict=False)[0].float()
        inside = masks.amax(1).unsqueeze(1)
        error = (weight * (1 + OBJECT * inside) * (predicted - target) ** 2).mean()
        ground = grounding.loss(masks, data.places[pick], data.exists[pick] & ~dropped[:, None])
        (error + a.ground * ground).backward()
        optimizer.update()
        return error.detach(), ground.detach()

    return step


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--vae", default="runs/vae.pt", help="its encoder makes the latents")
    ap.add_argument("--decoder", help="a polished autoencoder, read as soon as it exists: for probes and the export")
    ap.add_argument("--judge", help="weights of the judge, read as soon as they exist: for probes")
    ap.add_argument("--out", default="runs/unet")
    ap.add_argument("--clips", type=int, default=98304, help="of all kinds together")
    ap.add_argument("--batch", type=int, default=128, help="clips of 8 frames a step; of 16 frames half as many")
    ap.add_argument("--steps", type=int, default=30000)
    ap.add_argument("--until", type=float, help="instead of --steps: train until this time (seconds since 1970)")
    ap.add_argument("--rate", type=float, default=1e-3)
    ap.add_argument("--prediction", default="v_prediction", choices=["v_prediction", "epsilon"])
    ap.add_argument("--ground", type=float, default=0.05, help="weight of the grounding loss")
    ap.add_argument("--probe-every", type=float, default=150, help="seconds")
    ap.add_argument("--probe-clips", type=int, default=48)
    ap.add_argument("--seed", type=int, default=0)
    a = ap.parse_args()
    where = device()
    torch.manual_seed(a.seed)
    encoder = WordEncoder()
    vae = make_vae().to(where).eval().requires_grad_(False)
    vae.load_state_dict(load(a.vae))
    unet, text = speed_up(make_unet().to(where)), WordStates(len(encoder.vocabulary)).to(where)
    optimizer = MixedAdamW([unet, text])
    optimizer.low_precision([unet, text])
    done, checkpoint = 0, os.path.join(a.out, "checkpoint.pt")
    if os.path.exists(checkpoint):
        state = load(checkpoint)
        optimizer.load(state["optimizer"])
        done, torch_seed = state["step"], a.seed + state["step"]
        torch.manual_seed(torch_seed)
        log("goes on at step", done)

    data, share, first = {}, sum(latents.KINDS.values()), 0
    fast = make_vae().to(where).eval().requires_grad_(False)
    fast.load_state_dict(vae.state_dict())
    fast.to(torch.bfloat16, memory_format=torch.channels_last) if where == "cuda" else None
    for kind, parts in latents.KINDS.items():
        count = max(a.clips * parts // share, a.batch)
        data[kind] = latents.make(fast, encoder, scenes.scenes(scenes.TRAINING, first, count), *kind, where)
        first += count
        log("encoded", tuple(data[kind].z.shape))
    factor = 1 / torch.cat([d.z[:2048].float().flatten() for d in data.values()]).std().item()
    scheduler = make_scheduler(a.prediction)
    empty = torch.tensor(encoder(""), device=where)
    signal = scheduler.alphas_cumprod.to(where)
    grounding = Grounding(unet)
    probe = Probe(a, encoder, vae, factor, where)

    replays = {}
    for kind, part in data.items():
        batch = max(1, a.batch * 8 // kind[0])
        replays[kind] = Replay(make_step(a, unet, text, grounding, optimizer, part, batch, factor, empty, signal), log)
        log("step ready for", kind)
    progress = Progress(a.steps, a.until and a.until - time.time(), done)
    # Kinds of clips come in a shuffled round, the same in every run.
    order = [kind for kind, parts in latents.KINDS.items() for _ in range(parts)]
    random.Random(0).shuffle(order)
    errors, probed = [], time.time()

    def finish(last):
        average = probe.weights(optimizer)
        export(os.path.join(a.out, "model"), encoder, *average, probe.decoder(), factor, scheduler)
        probe.report(average, scheduler, progress.step, last)

    while not progress.done():
        optimizer.set_rate(a.rate * progress.cosine(warm_up=500))
        result = replays[order[progress.step % len(order)]]()
        progress.step += 1
        if progress.step % 10 == 0:
            optimizer.average_in(100)
            errors.append(torch.stack(result).clone())
        if progress.step % 500 == 0 or progress.step - done in (20, 100):
            error, ground = torch.stack(errors[-50:]).mean(0).tolist()
            log(f"step {progress.step} error {error:.4f} ground {ground:.4f} {progress.rate()}")
            if error != error:
                raise FloatingPointError("the loss is not a number")
        if time.time() - probed > a.probe_every:
            save(dict(optimizer=optimizer.state(), step=progress.step), checkpoint)
            finish(last=False)
            probed = time.time()
    save(dict(optimizer=optimizer.state(), step=progress.step), checkpoint)
    finish(last=True)
    log("done at step", progress.step)


if __name__ == "__main__":
    main()
