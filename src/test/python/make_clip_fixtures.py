"""Makes golden/clip: a small random CLIPModel, its tokenizer and image processor, and what transformers computes with them.

    python make_clip_fixtures.py OUT      (needs torch, transformers, safetensors, pillow)

The weights are stored as float16; expected values are those of the rounded weights in float32 on the CPU. The pictures come from a
formula, so that only the values that are compared are stored.
"""

import json
import os
import sys

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

START, END = "<|startoftext|>", "<|endoftext|>"
SOURCE, TARGET = "a red car is moving", "a blue cat"
LENGTH, IMAGE = 16, 32
# A frame whose two logits are nearer than this could be counted the other way by rounding.
MARGIN = 1e-2


def generator(seed):
    return torch.Generator().manual_seed(seed)


def picture(width, height, frame=0):
    """The formula is repeated in ClipPictures.java: stripes and blocks, so that a shift or another filter shows."""
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    waves = (x * (3 + frame) // 2 + y * (5 - frame) // 3 + c * (40 + 30 * frame)) % 256
    return np.where((x // 7 + y // 5 + frame) % 3 == c, 255 - waves, waves).astype(np.uint8)


def write_tokenizer(out):
    letters = [chr(i) for i in range(ord("a"), ord("z") + 1)]
    vocab = {token: i for i, token in enumerate(letters + [letter + "</w>" for letter in letters])}
    merges = ["c a", "ca r</w>", "ca t</w>"]
    for merge in merges:
        vocab.setdefault(merge.replace(" ", ""), len(vocab))
    for token in (START, END):
        vocab[token] = len(vocab)
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    files = {
        "vocab.json": json.dumps(vocab, indent=0) + "\n",
        "merges.txt": "#version: 0.2\n" + "\n".join(merges) + "\n",
        "tokenizer_config.json": json.dumps({"tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, **special}, indent=2) + "\n",
        "special_tokens_map.json": json.dumps(special, indent=2) + "\n",
    }
    for name, content in files.items():
        with open(os.path.join(out, name), "w") as f:
            f.write(content)
    return vocab, [tuple(merge.split(" ")) for merge in merges]


def randomise(model):
    """Every parameter gets values that matter, also those that are created as zeros or ones."""
    g = generator(2)
    for name, p in sorted(model.named_parameters()):
        r = torch.randn(p.shape, generator=g)
        if name == "logit_scale":
            p.data = torch.tensor(3.0)
        elif p.dim() > 1:
            p.data = r * (1.5 / max(1, p[0].numel()) ** 0.5)
        elif name.endswith("class_embedding"):
            p.data = r
        else:
            p.data = (1 + 0.2 * r) if name.endswith("weight") else 0.2 * r
        p.data = p.data.half().float()
    return model.eval()


def config_of(vocabulary, eos, act):
    # One layer, so that with the vision tower's two both counts are read; heads and activations differ as well.
    return CLIPConfig(
        text_config=dict(
            vocab_size=vocabulary,
            hidden_size=24,
            intermediate_size=40,
            num_hidden_layers=1,
            num_attention_heads=3,
            max_position_embeddings=LENGTH,
            hidden_act=act,
            bos_token_id=0,
            eos_token_id=eos,
            pad_token_id=1,
            projection_dim=20,
        ),
        vision_config=dict(
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            image_size=IMAGE,
            patch_size=8,
            hidden_act="quick_gelu",
            projection_dim=20,
        ),
        projection_dim=20,
    )


def write_config(path, config):
    def keep(part, names):
        values = part.to_dict()
        return {name: values[name] for name in names}

    shared = ["hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "hidden_act", "layer_norm_eps", "model_type"]
    content = {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": config.projection_dim,
        "text_config": keep(config.text_config, shared + ["vocab_size", "max_position_embeddings", "eos_token_id"]),
        "vision_config": keep(config.vision_config, shared + ["image_size", "patch_size", "num_channels"]),
    }
    with open(path, "w") as f:
        json.dump(content, f, indent=2)
        f.write("\n")


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    torch.set_grad_enabled(False)
    vocab, merges = write_tokenizer(out)
    end = vocab[END]
    # One id more than the tokenizer knows: larger than the end token, so the two conventions of the end differ where it occurs.
    legacy, modern = (config_of(len(vocab) + 1, eos, act) for eos, act in ((2, "quick_gelu"), (end, "gelu")))
    write_config(os.path.join(out, "config.json"), legacy)
    write_config(os.path.join(out, "config-modern-eos.json"), modern)
    model = randomise(CLIPModel(legacy))
    state = model.state_dict()
    other = CLIPModel(modern)
    other.load_state_dict(state)
    other.eval()

    processor = CLIPImageProcessorPil(size={"shortest_edge": IMAGE}, crop_size={"height": IMAGE, "width": IMAGE})
    with open(os.path.join(out, "preprocessor_config.json"), "w") as f:
        fields = ("do_resize", "size", "resample", "do_center_crop", "crop_size", "do_normalize", "image_mean", "image_std")
        values = {k: getattr(processor, k) for k in fields}
        values["size"], values["crop_size"] = {"shortest_edge": IMAGE}, IMAGE
        values["resample"] = int(values["resample"])
        values["feature_extractor_type"] = "CLIPFeatureExtractor"
        json.dump(values, f, indent=2)
        f.write("\n")

    expected = {}
    for name, size in {"wide": (45, 37), "tall": (71, 118), "enlarged": (29, 17)}.items():
        pixels = processor(Image.fromarray(picture(*size)), return_tensors="pt")["pixel_values"][0]
        assert pixels.shape == (3, IMAGE, IMAGE)
        # Half of every row is enough to see a shift by a pixel, and halves the file.
        expected[f"pixels.{name}"] = pixels[:, :, ::2]

    frames = [picture(45, 37, f) for f in range(4)]
    pixels = processor([Image.fromarray(f) for f in frames], return_tensors="pt")["pixel_values"]
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=LENGTH)
    ids = tokenizer([SOURCE, TARGET], padding="max_length", return_tensors="pt")["input_ids"]
    result = model(input_ids=ids, pixel_values=pixels, output_hidden_states=True)
    expected["input_ids"] = ids
    expected["image_embeds"], expected["text_embeds"] = result.image_embeds, result.text_embeds
    expected["logits_per_image"] = result.logits_per_image
    for tower, output in (("vision", result.vision_model_output), ("text", result.text_model_output)):
        for i, hidden in enumerate(output.hidden_states):
            expected[f"{tower}.hidden_states.{i}"] = hidden[:2]

    extra = len(vocab)
    both = torch.tensor([[end - 1, 3, extra, 7, end, end, 5, 6], [end - 1, 4, 9, end, extra, end, end, end]])
    expected["eos.input_ids"] = both
    expected["eos.legacy"] = model(input_ids=both, pixel_values=pixels[:1]).text_embeds
    expected["eos.modern"] = other(input_ids=both, pixel_values=pixels[:1]).text_embeds

    logits, images, texts = result.logits_per_image, result.image_embeds, result.text_embeds
    margins = (logits[:, 1] - logits[:, 0]).abs()
    assert margins.min() > MARGIN, logits
    favoured = float((logits.softmax(-1)[:, 1] > 0.5).double().mean())
    assert 0 < favoured < 1, logits
    expected["metrics"] = torch.tensor(
        [favoured, float((images[1:] * images[:-1]).sum(-1).mean()), float((images @ texts[1]).mean())]
    )
    save_file({k: v.half().contiguous() for k, v in state.items()}, os.path.join(out, "model.safetensors"), metadata={"format": "pt"})
    save_file({k: v.contiguous().clone() for k, v in expected.items()}, os.path.join(out, "expected.safetensors"))
    print("logits", logits.tolist(), "metrics", expected["metrics"].tolist())
    for name in sorted(os.listdir(out)):
        print(os.path.getsize(os.path.join(out, name)), name)


if __name__ == "__main__":
    main()
