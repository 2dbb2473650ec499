"""Trains the denoiser and its word states on encoded clips; goes on from its checkpoint if there is one.

    python train_unet.py --vae runs/vae.pt --latents runs/latents.pt --out runs/unet --steps 30000
"""

import argparse
import os
import random
import time

import torch

import latents
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


def make_step(a, unet, text, grounding, optimizer, data, batch, empty, signal):
    """One step on `batch` clips of `data`, whose z has unit size; `signal` holds the cumulated alphas."""

    def step():
        optimizer.zero()
        grounding.clear()
        where = data.z.device
        pick = torch.randint(0, data.z.shape[0], (batch,), device=where)
        z, masks = data.z[pick].float(), data.masks[pick].float()
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
    ap.add_argument("--vae", default="runs/vae.pt", help="the autoencoder that made the latents")
    ap.add_argument("--latents", default="runs/latents.pt", help="waited for if they do not exist yet")
    ap.add_argument("--decoder", help="a polished autoencoder, read as soon as it exists: for probes and the export")
    ap.add_argument("--judge", help="weights of the judge, read as soon as they exist: for probes")
    ap.add_argument("--out", default="runs/unet")
    ap.add_argument("--clips", type=int, default=49152, help="as make_latents.py was told")
    ap.add_argument("--batch", type=int, default=64, help="clips of 8 frames a step; of 16 frames half as many")
    ap.add_argument("--steps", type=int, default=30000)
    ap.add_argument("--until", type=float, help="instead of --steps: train until this time (seconds since 1970)")
    ap.add_argument("--rate", type=float, default=1e-3)
    ap.add_argument("--prediction", default="v_prediction", choices=["v_prediction", "epsilon"])
    ap.add_argument("--ground", type=float, default=0.05, help="weight of the grounding loss")
    ap.add_argument("--export-every", type=float, default=60, help="seconds; a checkpoint too")
    ap.add_argument("--probe-every", type=int, default=4, help="exports")
    ap.add_argument("--probe-clips", type=int, default=48)
    ap.add_argument("--seed", type=int, default=0)
    a = ap.parse_args()
    where = device()
    torch.manual_seed(a.seed)
    encoder = WordEncoder()
    unet, text = speed_up(make_unet().to(where)), WordStates(len(encoder.vocabulary)).to(where)
    optimizer = MixedAdamW([unet, text])
    optimizer.low_precision([unet, text])
    done, checkpoint = 0, os.path.join(a.out, "checkpoint.pt")
    if os.path.exists(checkpoint):
        state = load(checkpoint)
        optimizer.load(state["optimizer"])
        done = state["step"]
        torch.manual_seed(a.seed + done)
        log("goes on at step", done)
    scheduler = make_scheduler(a.prediction)
    signal, empty = scheduler.alphas_cumprod.to(where), torch.tensor(encoder(""), device=where)
    grounding = Grounding(unet)
    data, replays = {}, {}
    for kind, count in latents.counts(a.clips, 1).items():
        data[kind], batch = latents.empty(count, *kind, where), max(1, a.batch * 8 // kind[0])
        replays[kind] = Replay(make_step(a, unet, text, grounding, optimizer, data[kind], batch, empty, signal), log)
        log("step ready for", kind)

    while not os.path.exists(a.latents):
        time.sleep(0.5)
    found = {kind: latents.Latents(**parts) for kind, parts in load(a.latents).items()}
    factor = 1 / torch.cat([part.z[:2048].float().flatten() for part in found.values()]).std().item()
    for kind, room in data.items():
        found[kind].z.mul_(factor)
        latents.fill(room, found[kind])
    found = None
    log("latents read, factor", factor)
    vae = make_vae().to(where).eval().requires_grad_(False)
    vae.load_state_dict(load(a.vae))
    probe = Probe(a, encoder, vae, factor, where)
    progress = Progress(a.steps, a.until and a.until - time.time(), done)
    # Kinds of clips come in a shuffled round, the same in every run.
    order = [kind for kind, parts in latents.KINDS.items() for _ in range(parts)]
    random.Random(0).shuffle(order)
    errors, exported, exports = [], time.time(), 0

    def finish(last):
        save(dict(optimizer=optimizer.state(), step=progress.step), checkpoint)
        average = probe.weights(optimizer)
        export(os.path.join(a.out, "model"), encoder, *average, probe.decoder(), factor, scheduler)
        if last or exports % a.probe_every == 0:
            probe.report(average, scheduler, progress.step, last)

    while not progress.done():
        optimizer.set_rate(a.rate * progress.cosine(warm_up=300))
        result = replays[order[progress.step % len(order)]]()
        progress.step += 1
        if progress.step % 10 == 0:
            optimizer.average_in(100)
            # Waits for the device, so that the clock and the steps stay together.
            errors.append(torch.stack(result).tolist())
        if progress.step % 500 == 0 or progress.step - done in (20, 100):
            error, ground = torch.tensor(errors[-50:]).mean(0).tolist()
            log(f"step {progress.step} error {error:.4f} ground {ground:.4f} {progress.rate()}")
            if error != error:
                raise FloatingPointError("the loss is not a number")
        if time.time() - exported > a.export_every:
            exported, exports = time.time(), exports + 1
            finish(last=False)
    finish(last=True)
    log("done at step", progress.step)


if __name__ == "__main__":
    main()
