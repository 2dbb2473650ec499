"""Writes the model in the layout that diffusers reads: one folder for each part, weights in float16."""

import hashlib
import json
import os

import torch
from safetensors.torch import save_file
from transformers import CLIPTextConfig

import tokenizer
from models import WIDTH

PARTS = {
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet3DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def half(module):
    return {name: value.half().contiguous().cpu() for name, value in module.state_dict().items()}


def text_names(name):
    return name if name.startswith("final_layer_norm") else "embeddings." + name


def export(folder, encoder, unet, text, vae, factor, scheduler):
    """`unet`, `text` and `vae` are networks with the weights to write; `factor` scales latents."""
    at = lambda *names: os.path.join(folder, *names)
    for part in PARTS:
        os.makedirs(at(part), exist_ok=True)
    vae.register_to_config(scaling_factor=factor)
    vae.save_config(at("vae"))
    unet.save_config(at("unet"))
    scheduler.save_config(at("scheduler"))
    tokenizer.write(at("tokenizer"), encoder)
    config = CLIPTextConfig(
        vocab_size=len(encoder.vocabulary), hidden_size=WIDTH, intermediate_size=4 * WIDTH, projection_dim=WIDTH, num_hidden_layers=0,
        num_attention_heads=4, max_position_embeddings=tokenizer.LENGTH, hidden_act="quick_gelu", architectures=["CLIPTextModel"],
        bos_token_id=encoder.start, eos_token_id=encoder.end, pad_token_id=encoder.end, dtype="float16",
    )  # fmt: skip
    config.save_pretrained(at("text_encoder"))
    with open(at("model_index.json"), "w") as file:
        json.dump({"_class_name": "TextToVideoSDPipeline", "_diffusers_version": "0.40.0", **PARTS}, file, indent=2)
    save_file(half(unet), at("unet", "diffusion_pytorch_model.safetensors"), metadata={"format": "pt"})
    save_file(half(vae), at("vae", "diffusion_pytorch_model.safetensors"), metadata={"format": "pt"})
    words = {text_names(name): value for name, value in half(text).items()}
    save_file(words, at("text_encoder", "model.safetensors"), metadata={"format": "pt"})


def write_manifest(folder):
    """MANIFEST lists every file of the model as sha256sum prints it."""
    lines = []
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            relative = os.path.relpath(path, folder)
            if relative not in ("MANIFEST", "README.md"):
                with open(path, "rb") as file:
                    lines.append(f"{hashlib.sha256(file.read()).hexdigest()}  {relative}\n")
    with open(os.path.join(folder, "MANIFEST"), "w") as file:
        file.writelines(sorted(lines, key=lambda line: line.split("  ")[1]))


def read(folder, where="cpu"):
    """Networks in float32, the word encoder's states, the scheduler and the latents' factor of an exported model."""
    from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel
    from safetensors.torch import load_file

    from models import WordStates

    vae = AutoencoderKL.from_pretrained(os.path.join(folder, "vae"), torch_dtype=torch.float32).to(where).eval()
    unet = UNet3DConditionModel.from_pretrained(os.path.join(folder, "unet"), torch_dtype=torch.float32).to(where).eval()
    words = load_file(os.path.join(folder, "text_encoder", "model.safetensors"))
    text = WordStates(words["embeddings.token_embedding.weight"].shape[0]).to(where)
    text.load_state_dict({name.removeprefix("embeddings."): value.float() for name, value in words.items()})
    scheduler = DDIMScheduler.from_pretrained(os.path.join(folder, "scheduler"))
    return unet, text.eval(), vae, scheduler, vae.config.scaling_factor
