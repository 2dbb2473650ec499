"""Writes a randomly initialised model directory to time, and an input for its UNet.

    python make_model.py LAYOUT DIR

mid: the UNet has channels 64/128/192, head size 32 and 128 text channels: 22.8 GFLOP for latents [1,4,8,16,16] without the attention
products; the other parts are as small as they can be; float32. zeroscope: the UNet, VAE and text encoder of zeroscope's sizes, float16,
3.7 GB, with a vocabulary of bytes. DIR/input.safetensors holds `sample`, `timestep` and `encoder_hidden_states`. Needs torch, diffusers and
transformers.
"""

import json
import os
import sys

try:
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
    from safetensors.torch import save_file
    from transformers import CLIPTextConfig, CLIPTextModel
except ImportError as e:
    print(
        f"make_model: skipped, {e.name} is not installed (pip install torch diffusers transformers)",
        file=sys.stderr,
    )
    sys.exit(3)

TOKENS = 77
LAYOUTS = {
    "mid": {
        "dtype": torch.float32,
        "unet": {
            "sample_size": 16,
            "block_out_channels": (64, 128, 192),
            "cross_attention_dim": 128,
            "attention_head_dim": 32,
            "down_block_types": ("CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "DownBlock3D"),
            "up_block_types": ("UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"),
        },
        "vae": {"block_out_channels": [8, 16, 16, 16], "layers_per_block": 1, "norm_num_groups": 8, "sample_size": 128},
        "text": {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 1, "num_attention_heads": 4},
    },
    "zeroscope": {
        "dtype": torch.float16,
        "unet": {"sample_size": 32, "cross_attention_dim": 1024, "attention_head_dim": 64},
        "vae": {"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "sample_size": 512},
        "text": {
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_hidden_layers": 23,
            "num_attention_heads": 16,
            "hidden_act": "gelu",
        },
    },
}


def byte_symbols():
    """The printable characters that stand for the 256 bytes in a byte-level vocabulary, by byte value."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(others)) for b in range(256)]


def write(path, value):
    with open(path, "w", encoding="utf-8") as f:
        f.write(value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in LAYOUTS:
        sys.exit(__doc__)
    layout = LAYOUTS[sys.argv[1]]
    at = lambda *names: os.path.join(sys.argv[2], *names)
    torch.manual_seed(1)
    unet = UNet3DConditionModel(**layout["unet"])
    for name, p in unet.named_parameters():
        if ".conv4." in name:  # created as zeros, which would hide the temporal convolutions from a comparison
            torch.nn.init.normal_(p, std=0.02)
    unet.to(layout["dtype"]).save_pretrained(at("unet"))
    AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=4,
        **layout["vae"],
    ).to(layout["dtype"]).save_pretrained(at("vae"))
    DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    ).save_pretrained(at("scheduler"))

    symbols = byte_symbols()
    vocabulary = symbols + [s + "</w>" for s in symbols] + ["<|startoftext|>", "<|endoftext|>"]
    start, end = len(vocabulary) - 2, len(vocabulary) - 1
    CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(vocabulary),
            max_position_embeddings=TOKENS,
            bos_token_id=start,
            eos_token_id=end,
            pad_token_id=end,
            projection_dim=128,
            **layout["text"],
        )
    ).to(layout["dtype"]).save_pretrained(at("text_encoder"))
    os.makedirs(at("tokenizer"), exist_ok=True)
    write(at("tokenizer", "vocab.json"), {s: i for i, s in enumerate(vocabulary)})
    write(at("tokenizer", "merges.txt"), "#version: 0.2\n")
    special = {
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
    }
    write(at("tokenizer", "special_tokens_map.json"), special)
    write(
        at("tokenizer", "tokenizer_config.json"),
        {**special, "do_lower_case": True, "model_max_length": TOKENS, "tokenizer_class": "CLIPTokenizer"},
    )
    write(
        at("model_index.json"),
        {
            "_class_name": "TextToVideoSDPipeline",
            "scheduler": ["diffusers", "DDIMScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "unet": ["diffusers", "UNet3DConditionModel"],
            "vae": ["diffusers", "AutoencoderKL"],
        },
    )
    save_file(
        {
            "sample": torch.randn(1, 4, 8, layout["unet"]["sample_size"], layout["unet"]["sample_size"]),
            "timestep": torch.tensor([601]),
            "encoder_hidden_states": torch.randn(1, TOKENS, layout["unet"]["cross_attention_dim"]),
        },
        at("input.safetensors"),
    )


if __name__ == "__main__":
    main()
