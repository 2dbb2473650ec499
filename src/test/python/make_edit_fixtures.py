"""Makes the fixtures of golden/edit and golden/edit-shapeworld with plan_reference.py.

    python make_edit_fixtures.py tiny       --model DIR --out DIR
    python make_edit_fixtures.py shapeworld --model DIR --clips DIR --out DIR
    python make_edit_fixtures.py random     --model DIR [--clips DIR] --out DIR --seed 1 --count 30

Each case is a folder with plan.json, in.safetensors and out.safetensors. A case is refused when rounding decides it:
when a derived map comes within 1e-4 of its threshold, or when a change of the input by 1e-6 moves the result by
more than a fifth of the gate (5e-4 times the largest value, at least 1), or when the control changes nothing.
"""

import argparse
import copy
import json
import os
import random

import torch
from safetensors.torch import save_file

from plan_reference import Edit, Model

BEAR = ("a bear is walking", "a tiger is walking")
SNOW = ("a bear is walking", "a tiger is walking in the snow")
CAR = ("a red car moving right on grass", "a blue car moving right on grass")
SEARCH = "search"  # a threshold to be chosen where the maps' values leave the largest gap


def clip_latents(model_directory, clips, name, frames, height, width):
    """Scaled latents and the object's mask at latent size of a part of a clip."""
    from diffusers import AutoencoderKL
    import numpy as np
    from PIL import Image

    entry = next(c for c in json.load(open(os.path.join(clips, "clips.json"))) if c["name"] == name)
    strip = lambda f: torch.from_numpy(np.array(Image.open(os.path.join(clips, f))).astype("float32"))
    h, w, n = entry["height"], entry["width"], entry["frames"]
    pixels = strip(entry["rgb"]).view(n, h, w, 3).permute(0, 3, 1, 2) / 127.5 - 1
    mask = strip(entry["mask"]).view(n, h, w)
    pick = [i * n // frames for i in range(frames)]
    top, left = (h - 8 * height) // 2, (w - 8 * width) // 2
    cut = lambda x: x[pick][..., top : top + 8 * height, left : left + 8 * width]
    vae = AutoencoderKL.from_pretrained(os.path.join(model_directory, "vae"), torch_dtype=torch.float32).eval()
    z = vae.encode(cut(pixels)).latent_dist.mean * vae.config.scaling_factor
    soft = torch.nn.functional.avg_pool2d(cut(mask), 8)
    return z.permute(1, 0, 2, 3)[None].contiguous(), soft


class Case:
    def __init__(self, name, size, plan, prompts=BEAR, steps=4, guidance=7.5, masks=None, clip=None):
        self.name, self.size, self.masks, self.clip = name, size, masks or {}, clip
        self.plan = {"source": prompts[0], "target": prompts[1], "steps": steps, "guidance": guidance, **plan}


def inputs_of(case, directory, clips):
    frames, h, w = case.size
    g = torch.Generator().manual_seed(sum(map(ord, case.name)))
    if case.clip:
        z, soft = clip_latents(directory, clips, case.clip, frames, h, w)
    else:
        z, soft = torch.randn(1, 4, frames, h, w, generator=g) * 0.8, None
    inputs = {"latents": z}
    for key, kind in case.masks.items():
        shape = (case.plan["steps"], frames, h, w) if "step" in kind else (frames, h, w)
        if soft is not None and "object" in kind:
            m = soft.expand(shape)
        else:  # a disc that moves with frame and step, in part soft
            y, x = torch.meshgrid(torch.linspace(-1, 1, h), torch.linspace(-1, 1, w), indexing="ij")
            t = torch.arange(frames).view(-1, 1, 1) * 0.25 - 0.3
            t = t + 0.15 * torch.arange(shape[0]).view(-1, 1, 1, 1) if "step" in kind else t
            m = (0.9 - ((x - t) ** 2 + (y + 0.5 * t) ** 2).sqrt() * 0.9 + 0.2 * torch.rand(shape, generator=g)).clamp(
                0, 1
            )
        inputs[key] = (m if "soft" in kind else (m > 0.45).float()).contiguous()
    return inputs


def choose_thresholds(edit, data):
    for kind, part in (data.get("masks") or {}).items():
        if part.get("threshold") != SEARCH:
            continue
        values = torch.cat([m.flatten() for (key, *_), m in edit.maps.items() if key == kind]).sort().values
        middle = values[len(values) // 4 : 3 * len(values) // 4]
        gap = int((middle[1:] - middle[:-1]).argmax())
        part["threshold"] = round(float(middle[gap] + middle[gap + 1]) / 2, 6)


def with_threshold(data, value):
    data = copy.deepcopy(data)
    for part in (data.get("masks") or {}).values():
        if part.get("threshold") == SEARCH:
            part["threshold"] = value
    return data


def make(case, model, directory, clips, out):
    data, inputs = case.plan, inputs_of(case, directory, clips)
    if SEARCH in [p.get("threshold") for p in (data.get("masks") or {}).values()]:
        trial = Edit(model, with_threshold(data, 0.5), inputs)
        trial.run()
        choose_thresholds(trial, data)
    edit = Edit(model, data, inputs)
    inverted, edited = edit.run()
    gate = 5e-4 * max(1.0, float(edited.abs().max()))
    ratio = lambda x: float((x - edited).abs().max()) / gate
    noise = torch.randn(inputs["latents"].shape, generator=torch.Generator().manual_seed(7))
    moved = ratio(Edit(model, data, {**inputs, "latents": inputs["latents"] + 1e-6 * noise}).run()[1])
    plain = {k: data[k] for k in ("source", "target", "steps", "guidance")}
    changed = ratio(Edit(model, plain, inputs).run()[1])
    margin = edit.margin()
    coverage = {
        k: float(
            sum(
                (m > data["masks"][k].get("threshold", 0.3)).float().mean()
                for (q, *_), m in edit.maps.items()
                if q == k
            )
            / max(1, sum(q == k for q, *_ in edit.maps))
        )
        for k in data.get("masks") or {}
    }
    controlled = any(v and v.get("mode") != "off" for k, v in data.items() if k not in plain)
    good = margin > 1e-4 and moved < 0.2 and (changed > 2 or not controlled)
    print(
        f"{case.name:36s} margin {margin:8.2g} moved {moved:7.4f} changed {changed:9.1f} max "
        f"{float(edited.abs().max()):6.2f} coverage { {k: round(v, 2) for k, v in coverage.items()} }"
        f"{'' if good else '  REFUSED'}",
        flush=True,
    )
    if good:
        folder = os.path.join(out, case.name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "plan.json"), "w", encoding="utf-8") as f:
            json.dump(data, f, indent=1, ensure_ascii=False)
            f.write("\n")
        save_file(inputs, os.path.join(folder, "in.safetensors"))
        save_file(
            {"inverted": inverted.contiguous(), "edited": edited.contiguous()}, os.path.join(folder, "out.safetensors")
        )
    return good


def cross(mapper, window=(0, 0.8), **more):
    return {"mapper": mapper, "window": list(window), **more}


def part(words, record, level=None, **more):
    where = {"level": level if level == "all" else list(level)} if level else {}
    return {"words": words, **where, "record": record, "threshold": SEARCH, **more}


def tiny_cases():
    up0, up1 = (f"up_blocks.1.attentions.{i}.transformer_blocks.0.attn2" for i in (0, 1))
    mid = "mid_block.attentions.0.transformer_blocks.0.attn2"
    hard, soft, step = {"mask": "hard"}, {"mask": "soft"}, {"mask": "step"}
    in_window = {"mode": "map", "window": [0, 0.6]}
    long_a = "a small bear with a red hat and a blue scarf is slowly walking over the old wooden bridge near the lake"
    long_b = (
        "one very large kookaburra with a red hat and a long blue scarf is slowly walking over the old bridge "
        "made of stone near the deep lake in the mountains"
    )
    return [
        Case("replace", (3, 8, 8), {"cross": cross("replace")}),
        Case(
            "replace-pieces",
            (2, 6, 10),
            {"cross": cross("replace", mask=True)},
            ("a bear is walking fast", "a kookaburra is walking away"),
            masks=hard,
        ),
        Case(
            "replace-fewer-pieces",
            (2, 9, 11),
            {"cross": cross("replace", (0, 1))},
            ("a tyrannosaurus and a hovercraft", "a dog and a kookaburra"),
            steps=3,
        ),
        Case(
            "replace-repeated",
            (2, 8, 8),
            {"cross": cross("replace", (0, 1), mask=True)},
            ("a bear and a bear see a bear", "a tiger and a bear see the kookaburra"),
            masks=soft,
        ),
        Case(
            "replace-blend-then-map",
            (2, 12, 8),
            {"cross": cross("replace", mask=True, order="blend-then-map")},
            ("a kookaburra is walking", "a bear is flying"),
            masks=hard,
        ),
        Case("refine-insert", (3, 8, 8), {"cross": cross("refine", (0, 0.9))}, SNOW),
        Case("refine-drop", (2, 6, 10), {"cross": cross("refine", mask=True)}, SNOW[::-1], steps=5, masks=hard),
        Case(
            "refine-default-mapper",
            (2, 9, 11),
            {"cross": {"window": [0, 0.7]}},
            ("a bear, a man's dog", "an old bear, a man's hovercraft"),
        ),
        Case(
            "refine-blend-then-map",
            (2, 8, 8),
            {"cross": cross("refine", mask=True, order="blend-then-map")},
            SNOW,
            masks=soft,
        ),
        Case(
            "refine-exchanged",
            (2, 6, 10),
            {"cross": cross("refine", (0, 1))},
            ("a bear sees one tiger", "one tiger sees a bear"),
            steps=3,
        ),
        Case("refine-long", (1, 6, 10), {"cross": cross("refine", (0, 1))}, (long_a, long_b), steps=3),
        Case(
            "refine-full-length",
            (1, 8, 8),
            {"cross": cross("refine", (0, 1))},
            ("bear " * 20, "tiger bear " * 37 + "snow"),
            steps=3,
        ),
        Case("none-mask", (3, 6, 10), {"cross": cross("none", mask=True)}, SNOW, masks=soft),
        Case(
            "word-windows",
            (2, 8, 8),
            {
                "cross": cross(
                    "refine", (0.2, 0.6), word_windows={"kookaburra": [0, 1], "a": [0.5, 0.9], "snow": [0, 0]}
                )
            },
            ("a bear walks a mile in snow", "a kookaburra walks a mile in snow"),
            steps=6,
        ),
        Case(
            "equalizer",
            (2, 9, 11),
            {"cross": cross("refine", mask=True), "equalizer": {"kookaburra": 3, "a": 0.25, "snow": 0.0}},
            ("a bear in a wood", "a kookaburra in a snow wood"),
            masks=hard,
        ),
        Case(
            "equalizer-windows",
            (2, 8, 8),
            {
                "cross": cross("refine", (0, 0.5), word_windows={"snow": [0, 1]}),
                "equalizer": {"tiger": 3, "snow": 0.2},
            },
            SNOW,
        ),
        Case(
            "equalizer-none-window",
            (2, 8, 8),
            {"cross": cross("none", (0.25, 0.75)), "equalizer": {"walking": 4.5}},
            steps=6,
        ),
        Case(
            "cross-max-tokens",
            (2, 8, 8),
            {
                "cross": cross("replace", max_tokens=63),
                "self": {**in_window, "max_tokens": 64},
                "temporal": {"mode": "map", "window": [0, 1], "max_tokens": 16},
            },
        ),
        Case("self", (3, 6, 10), {"self": {"mode": "map", "window": [0, 0.75]}}),
        Case("self-soft", (2, 9, 11), {"self": {"mode": "map", "window": [0.3, 1], "mask": True}}, masks=soft, steps=5),
        Case("temporal-map", (5, 6, 10), {"temporal": {"mode": "map", "window": [0, 0.9]}}),
        Case(
            "temporal-map-source-inside",
            (4, 9, 11),
            {"temporal": {"mode": "map", "window": [0, 0.9], "mask": True, "polarity": "source_inside"}},
            masks=soft,
        ),
        Case(
            "temporal-map-edit-inside",
            (4, 8, 8),
            {"temporal": {"mode": "map", "window": [0, 1], "mask": True, "polarity": "edit_inside"}},
            masks=step,
        ),
        Case("temporal-qk", (5, 6, 10), {"temporal": {"mode": "qk", "window": [0, 0.9]}}),
        Case(
            "temporal-qk-source-inside",
            (4, 9, 11),
            {"temporal": {"mode": "qk", "window": [0.2, 1], "mask": True}},
            masks=soft,
            steps=5,
        ),
        Case(
            "temporal-qk-edit-inside",
            (4, 12, 8),
            {"temporal": {"mode": "qk", "window": [0, 1], "mask": True, "polarity": "edit_inside"}},
            masks=hard,
        ),
        Case(
            "steps-masks",
            (3, 9, 11),
            {
                "cross": cross("replace", (0, 1), mask=True),
                "self": {**in_window, "mask": True},
                "temporal": {"mode": "qk", "window": [0, 0.9], "mask": True},
                "latent_blend": {"window": [0, 1]},
            },
            masks={"mask": "soft step"},
            steps=5,
        ),
        Case(
            "masks-by-type",
            (3, 8, 8),
            {
                "cross": cross("refine", mask=True),
                "self": {**in_window, "mask": True},
                "temporal": {"mode": "map", "window": [0, 0.99], "mask": True},
                "latent_blend": {"window": [0.1, 1]},
            },
            SNOW,
            masks={"mask": "hard", "mask.cross": "soft", "mask.temporal": "step soft", "mask.blend": "soft"},
            steps=5,
        ),
        Case("latent-blend", (3, 6, 10), {"latent_blend": {"window": [0.2, 0.9]}}, masks=soft, steps=6),
        Case(
            "latent-blend-derived",
            (3, 8, 8),
            {
                "cross": cross("replace"),
                "latent_blend": {"window": [0, 1]},
                "masks": {"blend": part(["bear"], "aware", (4, 4))},
            },
            steps=5,
        ),
        Case(
            "derived-aware-odd",
            (3, 9, 11),
            {
                "cross": cross("refine", mask=True),
                "self": {**in_window, "mask": True},
                "masks": {
                    "cross": part(["bear", "walking"], "aware", (5, 6)),
                    "self": part(["bear"], "aware", (9, 11), pool=False),
                },
            },
            SNOW,
            steps=5,
        ),
        Case(
            "derived-fixed-layers",
            (2, 12, 8),
            {
                "cross": cross("replace", mask=True),
                "temporal": {"mode": "qk", "window": [0, 0.99], "mask": True},
                "masks": {
                    "cross": part(["kookaburra"], 3, layers=[up1]),
                    "temporal": part(["kookaburra", "walking"], 0, layers=[up0, up1], pool=False),
                },
            },
            ("a kookaburra is walking", "a bear is walking"),
        ),
        Case(
            "derived-all-average",
            (2, 8, 6),
            {
                "cross": cross("replace", mask=True),
                "temporal": {"mode": "map", "window": [0, 1], "mask": True},
                "masks": {
                    "cross": part(["kookaburra"], "average", level="all"),
                    "temporal": {**part(["kookaburra"], 1, pool=False), "level_layers": [mid, up1]},
                },
            },
            ("a kookaburra is walking", "a bear is walking"),
        ),
        Case(
            "derived-soft-subtract",
            (2, 6, 8),
            {
                "self": {"mode": "map", "window": [0, 1], "mask": True},
                "masks": {
                    "self": {
                        **part(["bear"], "aware", (6, 8)),
                        "soft": True,
                        "subtract": ["walking"],
                        "subtract_threshold": 0.8,
                    }
                },
            },
            steps=3,
        ),
        Case(
            "derived-repeated-word",
            (2, 8, 8),
            {
                "self": {"mode": "map", "window": [0, 1], "mask": True},
                "masks": {"self": part(["bear", "bear"], 1, (8, 8))},
            },
            ("a bear and a bear", "a tiger and a bear"),
            steps=3,
        ),
        Case(
            "derived-and-given",
            (3, 6, 10),
            {
                "cross": cross("refine", mask=True, max_tokens=60),
                "self": {**in_window, "mask": True},
                "temporal": {"mode": "qk", "window": [0, 0.99], "mask": True, "max_tokens": 59},
                "latent_blend": {"window": [0.2, 0.8]},
                "masks": {"cross": part(["bear"], "aware", (3, 5))},
            },
            masks={"mask": "soft", "mask.cross": "hard"},
            steps=6,
        ),
        Case(
            "one-frame",
            (1, 9, 11),
            {
                "cross": cross("refine", mask=True),
                "self": {**in_window, "mask": True},
                "temporal": {"mode": "qk", "window": [0, 0.99], "mask": True},
                "latent_blend": {"window": [0, 1]},
            },
            SNOW,
            masks=soft,
            steps=5,
        ),
        Case(
            "one-step",
            (2, 8, 8),
            {"cross": cross("replace", (0, 1)), "temporal": {"mode": "qk", "window": [0, 1]}},
            steps=1,
        ),
        Case(
            "seven-steps",
            (2, 6, 10),
            {"cross": cross("replace", (0, 0.58)), "self": {"mode": "map", "window": [0, 0.29]}},
            steps=7,
            guidance=3,
        ),
        Case("truncated-window", (1, 4, 6), {"self": {"mode": "map", "window": [0, 0.58]}}, steps=50, guidance=1.5),
        Case("guidance-one-same-prompt", (3, 8, 8), {}, (BEAR[0], BEAR[0]), guidance=1.0, steps=6),
        Case(
            "guidance-zero",
            (2, 6, 10),
            {"cross": cross("replace"), "latent_blend": {"window": [0, 1]}},
            guidance=0,
            masks=hard,
            steps=4,
        ),
        Case(
            "no-control",
            (2, 9, 11),
            {
                "cross": None,
                "equalizer": None,
                "self": {"mode": "off", "window": [0, 1]},
                "temporal": None,
                "masks": None,
                "latent_blend": None,
            },
            SNOW,
        ),
        Case(
            "white-space",
            (2, 8, 8),
            {"cross": cross("replace", mask=True)},
            ("  a bear  is walking ", "a  tiger is\twalking  "),
            masks=hard,
        ),
        Case(
            "late-windows",
            (2, 8, 8),
            {
                "cross": cross("replace", (0.5, 0.9)),
                "self": {"mode": "map", "window": [0.6, 0.9]},
                "temporal": {"mode": "map", "window": [0.7, 1]},
            },
            steps=6,
        ),
        Case(
            "shape-preset",
            (4, 12, 8),
            {
                "cross": cross("replace", (0, 0.5), mask=True, order="map-then-blend", max_tokens=2048),
                "self": {"mode": "map", "window": [0, 0.3], "mask": True, "max_tokens": 2048},
                "temporal": {
                    "mode": "qk",
                    "window": [0, 0.99],
                    "mask": True,
                    "polarity": "source_inside",
                    "max_tokens": 1024,
                },
                "masks": {
                    "cross": part(["bear"], "aware", (12, 8)),
                    "self": part(["bear"], "aware", (12, 8)),
                    "temporal": part(["bear"], 2, (12, 8)),
                },
            },
            steps=6,
        ),
    ]


def shapeworld_cases():
    in_window = {"mode": "map", "window": [0, 0.6]}
    soft, hard = {"mask": "object soft"}, {"mask": "object"}
    return [
        ("grass-0", 3, 16, 16, "attribute"),
        ("sand-0", 2, 12, 10, "shape"),
        ("water-0", 3, 9, 13, "style"),
        ("snow-0", 2, 16, 12, "parity"),
        ("bricks-0", 1, 11, 11, "derived"),
        ("night-0", 2, 10, 14, "blend"),
        ("grass-1", 2, 11, 13, "words"),
        ("sand-1", 2, 12, 12, "none"),
        ("snow-1", 4, 8, 8, "layers"),
        ("water-1", 2, 12, 20, "levels"),
    ], {
        "attribute": lambda w: Case(
            "attribute",
            None,
            {
                "cross": cross("replace", (0, 0.8), mask=True),
                "self": {**in_window, "mask": True, "max_tokens": 2048},
                "temporal": {"mode": "map", "window": [0, 0.9]},
            },
            guidance=5,
            masks=hard,
        ),
        "shape": lambda w: Case(
            "shape",
            None,
            {
                "cross": cross("replace", (0, 0.5), mask=True),
                "self": {"mode": "map", "window": [0, 0.4], "mask": True},
                "temporal": {"mode": "qk", "window": [0, 0.99], "mask": True, "max_tokens": 1024},
                "masks": {
                    "cross": part([w[2]], "aware", (6, 5)),
                    "self": part([w[1], w[2]], "aware", (12, 10)),
                    "temporal": part([w[2]], 1, (12, 10)),
                },
            },
            steps=5,
            guidance=7.5,
        ),
        "style": lambda w: Case(
            "style",
            None,
            {
                "cross": cross("refine", (0, 0.9)),
                "temporal": {"mode": "map", "window": [0, 0.9]},
                "equalizer": {"sketch": 2.0},
            },
            guidance=4,
        ),
        "parity": lambda w: Case(
            "parity",
            None,
            {
                "cross": cross("refine", (0, 0.5), mask=True, order="blend-then-map"),
                "self": {"mode": "map", "window": [0, 0.3], "mask": True, "max_tokens": 2048},
                "temporal": {"mode": "qk", "window": [0, 0.99], "mask": True, "max_tokens": 100},
            },
            guidance=4,
            masks=soft,
        ),
        "derived": lambda w: Case(
            "derived-defaults",
            None,
            {
                "cross": cross("replace", (0, 1), mask=True),
                "self": {**in_window, "mask": True},
                "masks": {k: {"words": [w[1], w[2]], "level": [11, 11], "record": "aware"} for k in ("cross", "self")},
            },
            steps=3,
        ),
        "blend": lambda w: Case(
            "blend",
            None,
            {
                "temporal": {"mode": "qk", "window": [0.2, 0.99], "mask": True, "polarity": "edit_inside"},
                "latent_blend": {"window": [0.2, 1]},
                "masks": {"blend": part([w[2]], 2, (5, 7)), "temporal": part([w[1]], "aware", (10, 14), pool=False)},
            },
            steps=6,
            guidance=4,
        ),
        "words": lambda w: Case(
            "words",
            None,
            {
                "cross": cross("refine", (0, 0.4), word_windows={"zeppelin": [0, 1], "a": [0.5, 1]}, max_tokens=117),
                "equalizer": {"zeppelin": 2.5, w[1]: 0.5},
            },
            guidance=6,
        ),
        "none": lambda w: Case(
            "mapper-none",
            None,
            {"cross": cross("none", mask=True), "self": {**in_window, "max_tokens": 36}},
            guidance=2,
            masks=soft,
        ),
        "layers": lambda w: Case(
            "layers",
            None,
            {
                "cross": cross("replace", mask=True),
                "temporal": {"mode": "map", "window": [0, 1], "mask": True},
                "masks": {
                    "cross": part(
                        [w[2]],
                        0,
                        layers=[
                            "up_blocks.1.attentions.2.transformer_blocks.0.attn2",
                            "down_blocks.1.attentions.0.transformer_blocks.0.attn2",
                        ],
                    ),
                    "temporal": part(
                        [w[2]], "aware", layers=["mid_block.attentions.0.transformer_blocks.0.attn2"], pool=False
                    ),
                },
            },
        ),
        "levels": lambda w: Case(
            "levels",
            None,
            {
                "cross": cross("refine", mask=True, max_tokens=60),
                "self": {**in_window, "mask": True, "max_tokens": 59},
                "temporal": {
                    "mode": "map",
                    "window": [0, 0.8],
                    "mask": True,
                    "polarity": "edit_inside",
                    "max_tokens": 15,
                },
                "latent_blend": {"window": [0, 0.8]},
            },
            steps=5,
            masks={"mask": "object", "mask.self": "object soft", "mask.temporal": "step soft"},
        ),
    }


COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black"]
SHAPES = ["circle", "square", "triangle", "star", "heart", "ring", "car", "fish"]


def recolour(words, rng):
    return [rng.choice([c for c in COLOURS if c != w]) if w in COLOURS else w for w in words]


def build_shapeworld(clips):
    entries = {c["name"]: c for c in json.load(open(os.path.join(clips, "clips.json")))}
    places, makers = shapeworld_cases()
    rng, cases = random.Random(5), []
    for clip, f, h, w, kind in places:
        words = entries[clip]["caption"].split()
        case = makers[kind](words)
        target = recolour(words, rng)
        if kind == "style":
            target = "a pencil sketch of".split() + words
        if kind == "parity":
            target = target + ["and", "a", "red", "fish"]
        if kind == "words":
            target = [words[0], words[1], "zeppelin"] + words[3:] + ["with", "a", "ring"]
        if kind == "none":
            target = words[:2] + [rng.choice([s for s in SHAPES if s != words[2]])] + words[3:]
        case.size, case.clip = (f, h, w), clip
        case.plan["source"], case.plan["target"] = " ".join(words), " ".join(target)
        cases.append(case)
    return cases


NOUNS = ["bear", "kookaburra", "tiger", "hovercraft", "man's", "dog,", "tyrannosaurus", "a", "snow", "zeppelin"]


def random_prompt(rng):
    n = rng.randint(2, 7)
    words = []
    while len(words) < n:
        words += [rng.choice(["a", "the", "one"]), rng.choice(NOUNS)] + rng.sample(["walking", "and", "in", "over"], 1)
    return words[:n]


def random_case(rng, name, clips):
    """Any combination of the plan's rules; with clips on a ShapeWorld clip."""
    steps, frames = rng.choice([2, 3, 4, 4, 5, 6]), rng.choice([1, 2, 3, 4])
    h, w = rng.choice([(8, 8), (9, 11), (6, 10), (12, 8), (7, 5), (10, 13), (11, 6)])
    if clips:
        entry = rng.choice([c for c in json.load(open(os.path.join(clips, "clips.json"))) if c["height"] == 128])
        source = entry["caption"].split()
    else:
        source = random_prompt(rng)
    mapper = rng.choice(["replace", "refine", "none", None])
    target = recolour(source, rng) if clips else list(source)
    for _ in range(rng.randint(1, 3)):
        target[rng.randrange(len(target))] = rng.choice(SHAPES + COLOURS + ["zeppelin"] if clips else NOUNS)
    if mapper != "replace":
        for _ in range(rng.randint(0, 2)):
            target.insert(rng.randrange(len(target) + 1), rng.choice(["big", "in"] if clips else NOUNS))
        if len(target) > 2 and rng.random() < 0.3:
            target.pop(rng.randrange(len(target)))
    window = lambda low=0.5: [rng.choice([0, 0, 0, 0.2, 0.34]), round(rng.uniform(low, 1), 2)]
    tokens = lambda: rng.choice([h * w, h * w - 1, 10000])
    level = lambda n: [-(-h // 2**n), -(-w // 2**n)]
    plan, masks = {}, {}
    maybe = lambda section, key, value, p=0.5: section.__setitem__(key, value) if rng.random() < p else None
    if rng.random() < 0.75 or mapper == "replace":
        plan["cross"] = {"window": window()}
        if mapper:
            plan["cross"]["mapper"] = mapper
        maybe(plan["cross"], "mask", True, 0.6)
        maybe(plan["cross"], "order", rng.choice(["map-then-blend", "blend-then-map"]))
        maybe(plan["cross"], "max_tokens", tokens(), 0.3)
        maybe(plan["cross"], "word_windows", {rng.choice(target): window(0.2)}, 0.3)
        maybe(plan, "equalizer", {rng.choice(target): round(rng.uniform(0, 3), 1)}, 0.3)
    if rng.random() < 0.6:
        plan["self"] = {"mode": "map", "window": window()}
        maybe(plan["self"], "mask", True, 0.7)
        maybe(plan["self"], "max_tokens", tokens(), 0.3)
    if rng.random() < 0.7:
        plan["temporal"] = {"mode": rng.choice(["map", "qk"]), "window": window()}
        maybe(plan["temporal"], "mask", True, 0.7)
        maybe(plan["temporal"], "polarity", rng.choice(["source_inside", "edit_inside"]), 0.7)
        maybe(plan["temporal"], "max_tokens", tokens(), 0.3)
    maybe(plan, "latent_blend", {"window": [rng.choice([0, 0.2]), rng.choice([0.8, 1])]}, 0.35)
    used = [k for k in ("cross", "self", "temporal") if plan.get(k, {}).get("mask")]
    used += ["blend"] if "latent_blend" in plan else []
    plan["masks"] = {}
    for kind in used:
        if rng.random() < 0.5:
            record = rng.choice(["aware", "aware", rng.randrange(steps)])
            plan["masks"][kind] = part(
                rng.sample(sorted(set(source)), rng.choice([1, 1, 2])), record, level(rng.choice([0, 1]))
            )
            maybe(plan["masks"][kind], "pool", rng.choice([True, False]))
        elif rng.random() < 0.5:
            masks[f"mask.{kind}"] = rng.choice(["hard", "soft", "soft step", "step"])
        else:
            masks["mask"] = rng.choice(["hard", "soft", "soft step"])
    if not plan["masks"]:
        del plan["masks"]
    case = Case(
        name, (frames, h, w), plan, (" ".join(source), " ".join(target)), steps, rng.choice([0, 1, 2, 4, 5, 7.5]), masks
    )
    case.clip = entry["name"] if clips else None
    return case


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("set", choices=["tiny", "shapeworld", "random"])
    for name in ("model", "out", "clips", "only"):
        parser.add_argument(f"--{name}", required=name in ("model", "out"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=30)
    a = parser.parse_args()
    torch.set_grad_enabled(False)
    model = Model(a.model)
    rng, made = random.Random(a.seed), 0
    if a.set == "random":
        while made < a.count:
            made += make(random_case(rng, f"random-{a.seed}-{made:03d}", a.clips), model, a.model, a.clips, a.out)
        return
    for case in tiny_cases() if a.set == "tiny" else build_shapeworld(a.clips):
        if not a.only or case.name in a.only.split(","):
            made += make(case, model, a.model, a.clips, a.out)
    print(f"{made} cases")


if __name__ == "__main__":
    main()
