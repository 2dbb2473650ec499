"""Trains the autoencoder on rendered frames, then polishes the decoder behind the frozen encoder.

    python train_vae.py --out runs/vae.pt --steps 3000 --polish-steps 1500
"""

import argparse

import torch
import torch.nn.functional as F

import scenes
from models import make_vae
from optimizer import MixedAdamW
from replay import Replay
from run import Progress, device, load, log, save

FRAMES = 4  # rendered of each scene


def pool(size, count, seed, device):
    """Frames of `count` scenes as bytes, [N,3,H,W]."""
    found = [
        (rgb.flatten(0, 1) * 255).round().byte()
        for _, rgb, _ in scenes.clips(scenes.scenes(seed, 0, count), FRAMES, size, device)
    ]
    return torch.cat(found)


def slopes(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def distance(y, x):
    """Absolute and squared error, and the absolute error of the slopes, which keeps edges sharp."""
    edges = sum((a - b).abs().mean() for a, b in zip(slopes(y), slopes(x)))
    return (y - x).abs().mean() + 2 * F.mse_loss(y, x) + 0.5 * edges


def make_step(vae, optimizer, frames, batch, polish):
    def step():
        optimizer.zero()
        pick = torch.randint(0, frames.shape[0], (batch,), device=frames.device)
        x = frames[pick].float() / 127.5 - 1
        low = x.to(vae.dtype).contiguous(memory_format=torch.channels_last)
        with torch.set_grad_enabled(not polish):
            mean, logvar = vae.quant_conv(vae.encoder(low)).float().chunk(2, 1)
        logvar = logvar.clamp(-30, 20)
        noise = torch.randn_like(mean)
        # Behind the frozen encoder the latents shake as those of a sampler do, not as the posterior does.
        z = mean + (0.05 * noise if polish else torch.exp(0.5 * logvar) * noise)
        y = vae.decoder(vae.post_quant_conv(z.to(vae.dtype))).float()
        loss = distance(y, x)
        if not polish:
            loss = loss + 5e-5 * 0.5 * (mean**2 + logvar.exp() - 1 - logvar).mean()
        loss.backward()
        optimizer.update()
        return loss.detach(), F.mse_loss(y.detach(), x)

    return step


def train(vae, pools, a, steps, seconds, peak, polish):
    for name, parameter in vae.named_parameters():
        parameter.requires_grad_(not polish or name.startswith(("decoder", "post_quant_conv")))
    optimizer = MixedAdamW([vae], betas=(0.9, 0.99), weight_decay=1e-4)
    exact = {name: value.clone() for name, value in vae.state_dict().items()}
    vae.to(torch.bfloat16)
    replays = [Replay(make_step(vae, optimizer, frames, a.batch, polish), log) for frames in pools]
    progress = Progress(steps, seconds)
    while not progress.done():
        optimizer.set_rate(peak * progress.cosine(warm_up=100))
        loss, mse = replays[progress.step % len(replays)]()
        progress.step += 1
        if progress.step % 10 == 0:
            optimizer.average_in(30)
            loss.item()  # waits for the device, so that the clock and the steps stay together
        if progress.step % 200 == 0 or progress.step == 1:
            psnr = 10 * torch.log10(4 / mse).item()
            log(f"{'polish' if polish else 'vae'} {progress.step} loss {loss.item():.4f} psnr {psnr:.2f} {progress.rate()}")
    vae.float().load_state_dict(exact)
    for copy, average in zip(optimizer.copies, optimizer.average):
        copy.data = average.clone()


@torch.no_grad()
def psnr_by_background(vae, device, count=96):
    """Mean PSNR of held-out clips by background, [0,1] range, over both clip shapes, in float32."""
    found = {}
    for size in (scenes.SQUARE, scenes.OBLONG):
        for config, rgb, _ in scenes.clips(scenes.scenes(scenes.HELD_OUT, 0, count), FRAMES, size, device, batch=1):
            x = rgb[0]
            y = vae.decode(vae.encode(x * 2 - 1).latent_dist.mean).sample.clamp(-1, 1) / 2 + 0.5
            found.setdefault(scenes.sw.BACKGROUNDS[config[0]["bg"]], []).append(-10 * torch.log10(F.mse_loss(y, x)).item())
    means = {name: round(sum(v) / len(v), 2) for name, v in sorted(found.items())}
    return means, round(sum(map(sum, found.values())) / sum(map(len, found.values())), 2)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", default="runs/vae.pt")
    ap.add_argument("--init", help="weights to begin with: a .pt or .safetensors file")
    ap.add_argument("--scenes", type=int, default=12288, help="rendered for each clip shape")
    ap.add_argument("--batch", type=int, default=96, help="frames a step")
    ap.add_argument("--steps", type=int, default=3000)
    ap.add_argument("--seconds", type=float, help="instead of --steps")
    ap.add_argument("--rate", type=float, default=5e-4)
    ap.add_argument("--polish-steps", type=int, default=1500)
    ap.add_argument("--polish-seconds", type=float)
    a = ap.parse_args()
    torch.manual_seed(0)
    vae = make_vae().to(device())
    if a.init:
        vae.load_state_dict(load(a.init))
    log("before", *psnr_by_background(vae, device(), 24))
    vae.to(memory_format=torch.channels_last)
    pools = [pool(size, a.scenes, scenes.TRAINING, device()) for size in (scenes.SQUARE, scenes.OBLONG)]
    log("rendered", [tuple(frames.shape) for frames in pools])
    train(vae, pools, a, a.steps, a.seconds, a.rate, polish=False)
    save(vae.state_dict(), a.out)
    log("joint", *psnr_by_background(vae, device()))
    train(vae, pools, a, a.polish_steps, a.polish_seconds, a.rate, polish=True)
    save(vae.state_dict(), a.out.replace(".pt", "-polished.pt"))
    log("polished", *psnr_by_background(vae, device()))


if __name__ == "__main__":
    main()
