"""Makes golden/shapes and golden/variants: references for sizes, dtypes and checkpoint layouts.

    python make_model_fixtures.py shapes   --tiny DIR --out golden/shapes [--shapeworld DIR]
    python make_model_fixtures.py variants --out golden/variants

Needs torch, diffusers, transformers and safetensors. Everything is float32 on the CPU unless a name says bf16.
"""

import argparse
import json
import os
from collections import OrderedDict

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

# name: batch, frames, height, width, timestep
UNET_CASES = OrderedDict(
    b1_f1_8x8=(1, 1, 8, 8, 601),
    b2_f1_9x11=(2, 1, 9, 11, 21),
    b1_f5_12x20=(1, 5, 12, 20, 981),
    b2_f5_8x8=(2, 5, 8, 8, 1),
    b1_f8_9x11=(1, 8, 9, 11, 301),
    b2_f8_12x20=(2, 8, 12, 20, 761),
    b1_f16_8x8=(1, 16, 8, 8, 201),
    b2_f16_9x11=(2, 16, 9, 11, 481),
    b1_f16_12x20=(1, 16, 12, 20, 81),
    b2_f1_12x20=(2, 1, 12, 20, 141),
)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def write(path, tensors, **metadata):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    tensors = {k: v.detach().contiguous().clone() for k, v in tensors.items()}
    save_file(tensors, path, metadata={k: str(v) for k, v in metadata.items()})
    print(f"{path}: {os.path.getsize(path)} bytes, {len(tensors)} tensors", flush=True)


def unet_of(directory, dtype=torch.float32):
    return UNet3DConditionModel.from_pretrained(os.path.join(directory, "unet"), torch_dtype=dtype).eval()


def shapes(a):
    unet = unet_of(a.tiny)
    text = load_file(os.path.join(a.golden_tiny, "tokens_text.safetensors"))["last_hidden_state"]
    out = {}
    for i, (name, (b, f, h, w, t)) in enumerate(UNET_CASES.items()):
        x = torch.randn(b, 4, f, h, w, generator=generator(100 + i))
        e = text[i % 2 : i % 2 + b]
        out[f"{name}.sample"], out[f"{name}.timestep"] = x, torch.tensor([t])
        out[f"{name}.encoder_hidden_states"] = e
        out[f"{name}.out"] = unet(x, torch.tensor(t), e).sample
    write(os.path.join(a.out, "unet.safetensors"), out)

    vae = AutoencoderKL.from_pretrained(os.path.join(a.tiny, "vae"), torch_dtype=torch.float32).eval()
    out = {}
    for name, (n, h, w) in {"f2_96x64": (2, 96, 64), "f1_72x88": (1, 72, 88)}.items():
        small = torch.rand(n, 3, h // 8, w // 8, generator=generator(h)) * 2 - 1
        x = torch.nn.functional.interpolate(small, size=(h, w), mode="bilinear", align_corners=False)
        d = vae.encode(x).latent_dist
        z = torch.randn(n, 4, h // 8, w // 8, generator=generator(w))
        out.update(
            {
                f"{name}.pixels": x,
                f"{name}.mean": d.mean,
                f"{name}.logvar": d.logvar,
                f"{name}.latents": z,
                f"{name}.decoded": vae.decode(z).sample,
            }
        )
    write(os.path.join(a.out, "vae.safetensors"), out)

    for name, directory in (("tiny", a.tiny), ("shapeworld", a.shapeworld)):
        if not directory:
            continue
        c = unet_of(directory).config
        x = torch.randn(1, 4, 4, 8, 12, generator=generator(31))
        if name == "tiny":
            e = text[1:2]
        else:  # the size of a layer-normed text embedding
            e = torch.randn(1, 32, c.cross_attention_dim, generator=generator(32))
        full = unet_of(directory)(x, torch.tensor(401), e).sample
        half = unet_of(directory, torch.bfloat16)(x.bfloat16(), torch.tensor(401), e.bfloat16()).sample.float()
        error = float((half - full).norm() / full.norm())
        write(
            os.path.join(a.out, f"bf16_{name}.safetensors"),
            {"sample": x, "timestep": torch.tensor([401]), "encoder_hidden_states": e, "out": full, "out_bf16": half},
            relative_l2_bf16=error,
        )
        print(name, "relative L2 error of bf16:", error)

    out = {}
    x, noise = torch.randn(1, 4, 2, 4, 4, generator=generator(41)), torch.randn(
        8, 1, 4, 2, 4, 4, generator=generator(42)
    )
    out["x"], out["noise"] = x, noise
    base = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False)
    configs = {
        "zeroscope": dict(base, set_alpha_to_one=False, steps_offset=1),
        "v_prediction": dict(base, set_alpha_to_one=False, steps_offset=1, prediction_type="v_prediction"),
        "alpha_one": dict(base, set_alpha_to_one=True, steps_offset=0),
        "linear": dict(base, beta_start=0.0001, beta_end=0.02, beta_schedule="linear", set_alpha_to_one=False),
    }
    for name, config in configs.items():
        for steps in (1, 7, 8):
            s = DDIMScheduler(num_train_timesteps=1000, **config)
            s.set_timesteps(steps)
            z, seq = x, []
            for i, t in enumerate(s.timesteps):
                z = s.step(noise[i], t, z, eta=0.0).prev_sample
                seq.append(z)
            out[f"{name}.{steps}.timesteps"], out[f"{name}.{steps}.seq"] = s.timesteps, torch.stack(seq)
        out[f"{name}.alphas_cumprod"] = s.alphas_cumprod
    write(os.path.join(a.out, "ddim.safetensors"), out, configs=json.dumps(configs))


def randomise(module, seed):
    """Every parameter gets values that matter, also those that are created as zeros or ones."""
    g = generator(seed)
    for name, p in sorted(module.named_parameters()):
        r = torch.randn(p.shape, generator=g)
        if p.dim() > 1:
            p.data = r * (0.8 / max(1, p[0].numel()) ** 0.5)
        else:
            p.data = (1 + 0.1 * r) if name.endswith("weight") else 0.1 * r
    return module.eval()


def old_vae_names(state):
    """The attention keys that diffusers wrote before 0.15."""
    names = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    out = OrderedDict()
    for key, value in state.items():
        for new, old in names.items():
            key = key.replace(f".attentions.0.{new}.", f".attentions.0.{old}.")
        out[key] = value
    return out


def config_of(path, model):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    values = {k: v for k, v in dict(model.config).items() if not k.startswith("_") or k == "_class_name"}
    with open(path, "w") as f:
        json.dump({"_class_name": type(model).__name__, **values}, f, indent=2)
        f.write("\n")


def variants(a):
    at = lambda *names: os.path.join(a.out, *names)

    c = CLIPTextConfig(
        vocab_size=64,
        hidden_size=24,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=3,
        max_position_embeddings=16,
        hidden_act="quick_gelu",
        projection_dim=24,
        bos_token_id=62,
        eos_token_id=63,
        pad_token_id=0,
    )
    text = randomise(CLIPTextModel(c), 1)
    prefix = lambda k: k if k.startswith("text_model.") else "text_model." + k
    state = {prefix(k): v for k, v in text.state_dict().items() if "position_ids" not in k}
    state["text_model.embeddings.position_ids"] = torch.arange(16)[None]
    write(at("text-prefixed", "model.safetensors"), state)
    write(
        at("text-bare", "model.safetensors"),
        {k.removeprefix("text_model."): v for k, v in state.items() if "position_ids" not in k},
    )
    for name in ("text-prefixed", "text-bare"):
        with open(at(name, "config.json"), "w") as f:
            keep = (
                "vocab_size",
                "hidden_size",
                "intermediate_size",
                "num_hidden_layers",
                "num_attention_heads",
                "max_position_embeddings",
                "hidden_act",
                "layer_norm_eps",
                "model_type",
            )
            json.dump({"architectures": ["CLIPTextModel"], **{k: getattr(c, k) for k in keep}}, f, indent=2)
            f.write("\n")
    ids = torch.cat([torch.tensor([[62, 5, 9, 63] + [0] * 12, [62] + list(range(20, 34)) + [63]])])
    write(at("text-expected.safetensors"), {"input_ids": ids, "last_hidden_state": text(ids).last_hidden_state})

    vae = randomise(
        AutoencoderKL(
            block_out_channels=[8, 16],
            down_block_types=["DownEncoderBlock2D"] * 2,
            up_block_types=["UpDecoderBlock2D"] * 2,
            layers_per_block=2,
            latent_channels=4,
            norm_num_groups=4,
            sample_size=16,
            scaling_factor=0.5,
        ),
        2,
    )
    half = OrderedDict((k, v.half()) for k, v in vae.state_dict().items())
    vae.load_state_dict({k: v.float() for k, v in half.items()})  # the expected output is that of the rounded weights
    old = old_vae_names(half)
    assert sum(k.split(".")[-2] in ("query", "key", "value", "proj_attn") for k in old) == 16
    write(at("vae-old-names", "diffusion_pytorch_model.safetensors"), old)
    os.makedirs(at("vae-bin"), exist_ok=True)
    torch.save(old, at("vae-bin", "diffusion_pytorch_model.bin"))
    config_of(at("vae-old-names", "config.json"), vae)
    config_of(at("vae-bin", "config.json"), vae)
    x, z = torch.rand(2, 3, 16, 24, generator=generator(3)) * 2 - 1, torch.randn(2, 4, 8, 12, generator=generator(4))
    d = vae.encode(x).latent_dist
    write(
        at("vae-expected.safetensors"),
        {"pixels": x, "mean": d.mean, "logvar": d.logvar, "latents": z, "decoded": vae.decode(z).sample},
    )

    # Attention in the inner level alone, head size 4, four groups.
    unet = randomise(
        UNet3DConditionModel(
            sample_size=8,
            block_out_channels=(8, 16),
            layers_per_block=1,
            norm_num_groups=4,
            cross_attention_dim=12,
            attention_head_dim=4,
            down_block_types=("DownBlock3D", "CrossAttnDownBlock3D"),
            up_block_types=("CrossAttnUpBlock3D", "UpBlock3D"),
        ),
        5,
    )
    state = OrderedDict((k, v.half()) for k, v in unet.state_dict().items())
    unet.load_state_dict({k: v.float() for k, v in state.items()})
    write(at("unet-inner-attention", "diffusion_pytorch_model.safetensors"), state)
    config_of(at("unet-inner-attention", "config.json"), unet)
    x, e = torch.randn(2, 4, 3, 11, 7, generator=generator(6)), torch.randn(2, 5, 12, generator=generator(7))
    write(
        at("unet-expected.safetensors"),
        {
            "sample": x,
            "timestep": torch.tensor([401]),
            "encoder_hidden_states": e,
            "out": unet(x, torch.tensor(401), e).sample,
        },
    )
    for root, _, files in os.walk(a.out):
        for f in files:
            print(os.path.getsize(os.path.join(root, f)), os.path.join(root, f))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("what", choices=["shapes", "variants"])
    for name in ("tiny", "golden-tiny", "shapeworld", "out"):
        p.add_argument(f"--{name}")
    torch.set_grad_enabled(False)
    a = p.parse_args()
    {"shapes": shapes, "variants": variants}[a.what](a)


if __name__ == "__main__":
    main()
