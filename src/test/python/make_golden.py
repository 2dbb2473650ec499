"""Makes golden/tiny: reference tensors of every part of a saved diffusers text-to-video model, float32 on the CPU.

    python make_golden.py MODEL_DIR OUT_DIR [--frames F] [--steps-with-unet 10,50] [--no-deep]

Writes tokens_text, unet, unet_deep, unet_cfg, attn, vae, ddim_synth and ddim_unet (safetensors) and manifest.json.
Needs torch, diffusers, transformers and safetensors.
"""

import argparse
import hashlib
import json
import os

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, DDIMInverseScheduler, DDIMScheduler, UNet3DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer

ap = argparse.ArgumentParser()
ap.add_argument("model")
ap.add_argument("out")
ap.add_argument("--frames", type=int, default=4)
ap.add_argument("--seed", type=int, default=1234)
ap.add_argument("--steps-with-unet", default="10,50")
ap.add_argument("--no-deep", action="store_true")
ap.add_argument("--source-prompt", default="a bear is walking")
ap.add_argument("--target-prompt", default="a tiger is walking in the snow")
ap.add_argument("--words", default="bear,walking")
a = ap.parse_args()
os.makedirs(a.out, exist_ok=True)
torch.set_num_threads(2)
torch.set_grad_enabled(False)
G = lambda s: torch.Generator().manual_seed(a.seed + s)
man = {"model": os.path.basename(os.path.normpath(a.model)), "torch": torch.__version__, "seed": a.seed, "files": {}}
man["diffusers"] = diffusers.__version__
man["transformers"] = transformers.__version__


def put(name, d, **meta):
    d = {k: v.detach().contiguous().clone() for k, v in d.items()}
    p = os.path.join(a.out, name + ".safetensors")
    save_file(d, p, metadata={k: str(v) for k, v in meta.items()})
    man["files"][name + ".safetensors"] = {
        "bytes": os.path.getsize(p),
        "sha256": hashlib.sha256(open(p, "rb").read()).hexdigest(),
        "meta": {k: str(v) for k, v in meta.items()},
        "tensors": {k: [str(v.dtype).replace("torch.", ""), list(v.shape)] for k, v in d.items()},
    }
    print(f"{name}.safetensors {os.path.getsize(p)} bytes, {len(d)} tensors", flush=True)


sub = lambda s: os.path.join(a.model, s)
unet = UNet3DConditionModel.from_pretrained(sub("unet")).eval()
vae = AutoencoderKL.from_pretrained(sub("vae")).eval()
te = CLIPTextModel.from_pretrained(sub("text_encoder")).eval()
tok = CLIPTokenizer.from_pretrained(sub("tokenizer"))
sched = DDIMScheduler.from_pretrained(sub("scheduler"))
S = unet.config.sample_size
F = a.frames
C = unet.config.in_channels

# ---- text -------------------------------------------------------------------------------------------------
prompts = [a.source_prompt, a.target_prompt, "", "A man's dog doesn't run; 東京 café 🐻 24fps!"]
ids = torch.tensor([tok(p, padding="max_length", max_length=77, truncation=True).input_ids for p in prompts])
o = te(ids, output_hidden_states=True)
d = {"input_ids": ids, "last_hidden_state": o.last_hidden_state, "pooler_output": o.pooler_output}
for i, h in enumerate(o.hidden_states):
    d[f"hidden_states.{i}"] = h  # 0 = embeddings, k = after layer k-1 (before final LN)
put("tokens_text", d, prompts=json.dumps(prompts, ensure_ascii=False))
emb_src, emb_tgt, emb_unc = o.last_hidden_state[0:1], o.last_hidden_state[1:2], o.last_hidden_state[2:3]


# ---- attention capture ------------------------------------------------------------------------------------
class CaptureProc:
    """plain attention (scores = scale*q k^T, softmax, p v) storing probabilities: equals diffusers AttnProcessor for these models"""

    def __init__(self, name, store):
        self.name, self.store = name, store

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None, **kw):
        assert hidden_states.ndim == 3 and attn.group_norm is None and attn.spatial_norm is None
        res = hidden_states
        cross = encoder_hidden_states is not None
        ctx = encoder_hidden_states if cross else hidden_states
        q, k, v = attn.to_q(hidden_states), attn.to_k(ctx), attn.to_v(ctx)
        B, N, _ = q.shape
        H = attn.heads
        q, k, v = [t.view(t.shape[0], t.shape[1], H, -1).transpose(1, 2) for t in (q, k, v)]
        p = torch.softmax(q @ k.transpose(-1, -2) * attn.scale, dim=-1)  # [B,H,N,M]
        self.store[self.name] = dict(cross=cross, heads=H, p=p)
        x = (p @ v).transpose(1, 2).reshape(B, N, -1)
        x = attn.to_out[1](attn.to_out[0](x))
        if attn.residual_connection:
            x = x + res
        return x / attn.rescale_output_factor


# ---- UNet forward -----------------------------------------------------------------------------------------
lat = torch.randn(1, C, F, S, S, generator=G(0))
t = torch.tensor(601)
acts = {}
deep = {}


def hook(name, store, pick=lambda o: o):
    def f(m, i, o):
        store[name] = pick(o)

    return f


def tup(o):
    o = o[0] if isinstance(o, tuple) else o
    return o if torch.is_tensor(o) else o.sample


hs = [
    unet.time_proj.register_forward_hook(hook("time_proj", acts)),
    unet.time_embedding.register_forward_hook(hook("time_embedding", acts)),
    unet.conv_in.register_forward_hook(hook("conv_in", acts)),
    unet.transformer_in.register_forward_hook(hook("transformer_in", acts, tup)),
    unet.mid_block.register_forward_hook(hook("mid_block", acts)),
    unet.conv_norm_out.register_forward_hook(hook("conv_norm_out", acts)),
]
for i, b in enumerate(unet.down_blocks):
    hs.append(b.register_forward_hook(hook(f"down_blocks.{i}", acts, lambda o: o[0])))
    hs.append(
        b.register_forward_hook(
            lambda m, inp, o, i=i: [acts.__setitem__(f"down_blocks.{i}.res.{j}", r) for j, r in enumerate(o[1])]
            and None
        )
    )
for i, b in enumerate(unet.up_blocks):
    hs.append(b.register_forward_hook(hook(f"up_blocks.{i}", acts)))
if not a.no_deep:
    for n, m in unet.named_modules():
        q = n.split(".")
        if len(q) >= 2 and (
            q[-2]
            in (
                "resnets",
                "temp_convs",
                "attentions",
                "temp_attentions",
                "downsamplers",
                "upsamplers",
                "transformer_blocks",
            )
            or q[-1] in ("attn1", "attn2", "ff", "norm1", "norm2", "norm3", "proj_in", "proj_out", "norm")
        ):
            if "resnets" in q and q[-2] != "resnets":
                continue
            hs.append(m.register_forward_hook(hook(n, deep, tup)))
out = unet(lat, t, emb_src).sample
put(
    "unet",
    {
        "sample": lat,
        "timestep": t.view(1),
        "encoder_hidden_states": emb_src,
        "out": out,
        **{"act." + k: v for k, v in acts.items()},
    },
    prompt=a.source_prompt,
)
if deep:
    put("unet_deep", deep)
for h in hs:
    h.remove()
x2 = torch.cat([lat, lat])
e2 = torch.cat([emb_unc, emb_tgt])
o2 = unet(x2, torch.tensor(201), e2).sample
u, c = o2.chunk(2)
put(
    "unet_cfg",
    {
        "sample": lat,
        "timestep": torch.tensor([201]),
        "emb_uncond": emb_unc,
        "emb_text": emb_tgt,
        "out_uncond": u,
        "out_text": c,
        "guided_7.5": u + 7.5 * (c - u),
    },
    guidance=7.5,
    order="uncond,text",
)
# ---- attention maps ---------------------------------------------------------------------------------------
procs0 = dict(unet.attn_processors)
store = {}
unet.set_attn_processor({k: CaptureProc(k[: -len(".processor")], store) for k in procs0})
outc = unet(lat, t, emb_src).sample
err_cap = (outc - out).abs().max().item()
unet.set_attn_processor(AttnProcessor())
err_vanilla = (unet(lat, t, emb_src).sample - out).abs().max().item()
unet.set_attn_processor(procs0)
words = a.words.split(",")
enc = ids[0].tolist()
tokidx = {}
for w in words:
    wi = [i for i in tok(w).input_ids if i not in (tok.bos_token_id, tok.eos_token_id)]
    for k in range(len(enc) - len(wi) + 1):
        if enc[k : k + len(wi)] == wi:
            tokidx[w] = list(range(k, k + len(wi)))
            break
d = {}
layers = []
for n, s in store.items():
    p = s["p"]
    pm = p.mean(1)  # mean over heads [B,N,M]
    kind = (
        "cross"
        if s["cross"]
        else ("temporal" if ("temp_attentions" in n or n.startswith("transformer_in")) else "self")
    )
    layers.append(dict(name=n, kind=kind, heads=s["heads"], shape=list(p.shape)))
    if kind == "cross":
        d[f"{n}.mean_heads"] = pm  # [F, HW, 77]
        hw = int(round(pm.shape[1] ** 0.5))
        assert hw * hw == pm.shape[1]
        for w, ix in tokidx.items():
            d[f"{n}.map.{w}"] = pm[:, :, ix].mean(-1).view(F, hw, hw)  # [F,h,w]
    elif pm.numel() * 4 <= 2 << 20:
        d[f"{n}.mean_heads"] = pm  # self [F,HW,HW], temporal [HW,F,F]
put(
    "attn",
    {"sample": lat, "timestep": t.view(1), "encoder_hidden_states": emb_src, "out": outc, **d},
    layers=json.dumps(layers),
    token_index=json.dumps(tokidx),
    max_abs_diff_capture_vs_sdpa=err_cap,
    max_abs_diff_AttnProcessor_vs_sdpa=err_vanilla,
)
print(
    "attn layers",
    len(layers),
    {k: sum(l["kind"] == k for l in layers) for k in ("cross", "self", "temporal")},
    "token idx",
    tokidx,
    "capture-vs-sdpa",
    err_cap,
    "AttnProcessor-vs-sdpa",
    err_vanilla,
)
# ---- VAE --------------------------------------------------------------------------------------------------
vs = 2 ** (len(vae.config.block_out_channels) - 1)
px = S * vs
yy, xx = torch.meshgrid(torch.linspace(-1, 1, px), torch.linspace(-1, 1, px), indexing="ij")
img = torch.stack(
    [
        torch.stack(
            [
                torch.sin(3 * xx + 0.4 * f),
                torch.cos(4 * yy - 0.3 * f),
                torch.tanh(2 * (0.5 - ((xx - 0.1 * f) ** 2 + yy**2).sqrt())),
            ]
        )
        for f in range(F)
    ]
) + 0.05 * torch.randn(F, 3, px, px, generator=G(5))
img = img.clamp(-1, 1)
post = vae.encode(img).latent_dist
noise = torch.randn(post.mean.shape, generator=G(6))
z = post.mean * vae.config.scaling_factor
dec = vae.decode(z / vae.config.scaling_factor).sample
u8 = ((dec / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
put(
    "vae",
    {
        "pixels": img,
        "mean": post.mean,
        "logvar": post.logvar,
        "std": post.std,
        "noise": noise,
        "sample": post.mean + post.std * noise,
        "latents_scaled_mode": z,
        "decoded": dec,
        "decoded_uint8_round": u8,
    },
    scaling_factor=vae.config.scaling_factor,
)
# ---- DDIM -------------------------------------------------------------------------------------------------
inv = DDIMInverseScheduler.from_config(sched.config)


def p2p_next(s, eps, t, x):  # next-step rule of null-text-inversion / FateZero / FreeMask
    tt, nt = min(t - s.config.num_train_timesteps // s.num_inference_steps, 999), t
    ap_ = s.alphas_cumprod[tt] if tt >= 0 else s.final_alpha_cumprod
    an = s.alphas_cumprod[nt]
    return an**0.5 * ((x - (1 - ap_) ** 0.5 * eps) / ap_**0.5) + (1 - an) ** 0.5 * eps


d = {
    "alphas_cumprod": sched.alphas_cumprod,
    "betas": sched.betas,
    "final_alpha_cumprod": sched.final_alpha_cumprod.view(1),
    "inverse.initial_alpha_cumprod": inv.initial_alpha_cumprod.view(1),
}
md = 0.0
for N in (10, 50):
    sched.set_timesteps(N)
    inv.set_timesteps(N)
    d[f"ddim{N}.timesteps"] = sched.timesteps.clone()
    d[f"inv{N}.timesteps"] = inv.timesteps.clone()
    shp = (1, 4, 2, 8, 8)
    eps = torch.randn((N,) + shp, generator=G(10 + N))
    x = torch.randn(shp, generator=G(11 + N))
    d[f"ddim{N}.eps"] = eps
    d[f"ddim{N}.x"] = x.clone()
    seq = []
    x0 = []
    for i, tt in enumerate(sched.timesteps):
        r = sched.step(eps[i], tt, x, eta=0.0)
        x = r.prev_sample
        seq.append(x)
        x0.append(r.pred_original_sample)
    d[f"ddim{N}.seq"] = torch.stack(seq)
    d[f"ddim{N}.x0"] = torch.stack(x0)
    x = torch.randn(shp, generator=G(12 + N))
    y = x.clone()
    d[f"inv{N}.x"] = x.clone()
    seq = []
    seq2 = []
    for i, tt in enumerate(inv.timesteps):
        y = p2p_next(sched, eps[i], int(tt), y)
        x = inv.step(eps[i], int(tt), x).prev_sample
        seq.append(x)
        seq2.append(y)
    d[f"inv{N}.seq"] = torch.stack(seq)
    d[f"inv{N}.seq_p2p_next_step"] = torch.stack(seq2)
    md = max(md, (d[f"inv{N}.seq"] - d[f"inv{N}.seq_p2p_next_step"]).abs().max().item())
put("ddim_synth", d, inverse_vs_p2p_max_abs=md)
print("DDIMInverseScheduler vs p2p next_step max abs diff", md)
d = {}
for N in [int(v) for v in a.steps_with_unet.split(",") if v]:
    sched.set_timesteps(N)
    inv.set_timesteps(N)
    x = z.permute(1, 0, 2, 3)[None].clone()
    d[f"n{N}.z0"] = x.clone()
    tr = []
    for tt in inv.timesteps:  # cond-only inversion with the source prompt
        e = unet(x, tt, emb_src).sample
        x = inv.step(e, int(tt), x).prev_sample
        tr.append(x)
    d[f"n{N}.inversion"] = torch.stack(tr)
    xT = x.clone()
    tr = []
    for tt in sched.timesteps:
        e = unet(x, tt, emb_src).sample
        x = sched.step(e, tt, x, eta=0.0).prev_sample
        tr.append(x)
    d[f"n{N}.reconstruction"] = torch.stack(tr)
    rec = (x - d[f"n{N}.z0"]).abs().mean().item()
    if N <= 10:
        x = xT.clone()
        tr = []
        for tt in sched.timesteps:
            u, c = unet(torch.cat([x, x]), tt, torch.cat([emb_unc, emb_tgt])).sample.chunk(2)
            x = sched.step(u + 7.5 * (c - u), tt, x, eta=0.0).prev_sample
            tr.append(x)
        d[f"n{N}.edit_cfg7.5"] = torch.stack(tr)
    print(f"unet ddim N={N}: |xT| std {xT.std():.4f}, mean |recon-z0| {rec:.5f}", flush=True)
if d:
    put("ddim_unet", d, inversion_prompt=a.source_prompt, edit_prompt=a.target_prompt)
json.dump(man, open(os.path.join(a.out, "manifest.json"), "w"), indent=1)
