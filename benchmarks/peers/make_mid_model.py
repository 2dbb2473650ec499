"""Writes the randomly initialised mid-size model that forward passes are timed on, and an input for it.

    python make_mid_model.py DIR

The UNet has channels 64/128/192, head size 32 and 128 text channels: 22.8 GFLOP for latents [1,4,8,16,16] without the
attention products. The other parts are as small as they can be, so that DIR is a complete model directory.
DIR/input.safetensors holds `sample`, `timestep` and `encoder_hidden_states`. Needs torch, diffusers and transformers.
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
        f"make_mid_model: skipped, {e.name} is not installed (pip install torch diffusers transformers)",
        file=sys.stderr,
    )
    sys.exit(3)

TOKENS = 77


def byte_symbols():
    """The printable characters that stand for the 256 bytes in a byte-level vocabulary, by byte value."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(others)) for b in range(256)]


def write(path, value):
    with open(path, "w", encoding="utf-8") as f:
        f.write(value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    at = lambda *names: os.path.join(sys.argv[1], *names)
    torch.manual_seed(1)
    unet = UNet3DConditionModel(
        sample_size=16,
        block_out_channels=(64, 128, 192),
        layers_per_block=2,
        cross_attention_dim=128,
        attention_head_dim=32,
        norm_num_groups=32,
        down_block_types=("CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "DownBlock3D"),
        up_block_types=("UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"),
    )
    for name, p in unet.named_parameters():
        if ".conv4." in name:  # created as zeros, which would hide the temporal convolutions from a comparison
            torch.nn.init.normal_(p, std=0.02)
    unet.save_pretrained(at("unet"))
    AutoencoderKL(
        block_out_channels=[8, 16, 16, 16],
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=128,
    ).save_pretrained(at("vae"))
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
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=1,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            bos_token_id=start,
            eos_token_id=end,
            pad_token_id=end,
            projection_dim=128,
        )
    ).save_pretrained(at("text_encoder"))
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
            "sample": torch.randn(1, 4, 8, 16, 16),
            "timestep": torch.tensor([601]),
            "encoder_hidden_states": torch.randn(1, TOKENS, 128),
        },
        at("input.safetensors"),
    )


if __name__ == "__main__":
    main()
