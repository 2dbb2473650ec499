"""Reference implementation of the attention plan on top of diffusers modules.

    python plan_reference.py --model DIR --in X.safetensors --plan plan.json --out Y.safetensors

X holds `latents` [1,4,F,h,w] (scaled, level 0) and optionally `mask`, `mask.cross`, `mask.self`, `mask.temporal`,
`mask.blend` ([F,h,w] or [T,F,h,w]). Y gets `inverted` and `edited`, both [T+1,4,F,h,w], float32.

Written for clarity and independently of the engine: attention is materialised, every layer is a diffusers module
whose attention processor is replaced. It makes the expected outputs of the fixtures in golden/edit and
golden/edit-shapeworld. Needs torch, diffusers, transformers and safetensors.
"""

import argparse
import json
import os

import torch
from diffusers import DDIMScheduler, UNet3DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTokenizer

TYPES = ("cross", "self", "temporal", "blend")
KEYS = {
    "": {"source", "target", "steps", "guidance", "cross", "equalizer", "self", "temporal", "masks", "latent_blend"},
    "cross": {"mapper", "window", "word_windows", "mask", "order", "max_tokens"},
    "self": {"mode", "window", "mask", "max_tokens"},
    "temporal": {"mode", "window", "mask", "polarity", "max_tokens"},
    "masks": set(TYPES),
    "masks.*": {
        "words", "level", "layers", "level_layers", "record", "threshold", "pool", "soft", "subtract", "subtract_threshold"
    },
    "latent_blend": {"window"},
}


class PlanError(ValueError):
    """The plan or its inputs are wrong; the message names the key or the word."""


# --- model -----------------------------------------------------------------------------------------------------------


class Model:
    """UNet, text encoder, tokenizer and scheduler of a model directory, in float32 on the CPU."""

    def __init__(self, directory):
        at = lambda name: os.path.join(directory, name)
        self.unet = UNet3DConditionModel.from_pretrained(at("unet"), torch_dtype=torch.float32).eval()
        self.text = CLIPTextModel.from_pretrained(at("text_encoder"), dtype=torch.float32).eval()
        self.tokenizer = CLIPTokenizer.from_pretrained(at("tokenizer"))
        self.scheduler_directory = at("scheduler")
        self.length = self.text.config.max_position_embeddings
        self.controls = Controls(self.unet)

    def ids(self, prompt):
        """Token ids with start and end, without padding."""
        ids = self.tokenizer(prompt).input_ids
        if len(ids) > self.length:
            raise PlanError(f"prompt '{prompt}' has {len(ids)} tokens, the text encoder takes {self.length}")
        return ids

    def embed(self, prompt):
        ids = self.ids(prompt)
        ids = ids + [self.tokenizer.pad_token_id] * (self.length - len(ids))
        return self.text(torch.tensor([ids])).last_hidden_state

    def heads(self, layer):
        return self.unet.get_submodule(layer).heads

    def noise(self, latents, timestep, text):
        return self.unet(latents, torch.tensor(timestep), text).sample


# --- prompts ---------------------------------------------------------------------------------------------------------


class Prompt:
    """A prompt, its words (split at white space) and the token positions of each word's pieces."""

    def __init__(self, model, text):
        self.text = text.strip()
        self.words = self.text.split()
        self.ids = model.ids(self.text)
        self.places, position = [], 1
        for word in self.words:
            pieces = model.tokenizer(word).input_ids[1:-1]
            self.places.append(list(range(position, position + len(pieces))))
            position += len(pieces)
        assert position + 1 == len(self.ids), "words do not tile the prompt's tokens"

    def tokens(self, word):
        """Positions of all pieces of every occurrence."""
        found = [p for w, places in zip(self.words, self.places) if w == word for p in places]
        if not found:
            raise PlanError(f"'{word}' is not a word of '{self.text}'")
        return found


def replace_matrix(source, target, length):
    """R[w, n] of Prompt-to-Prompt's replacement edit."""
    if len(source.words) != len(target.words):
        raise PlanError(
            f"cross.mapper replace needs equal word counts: source has {len(source.words)}, target {len(target.words)}"
        )
    swaps = [
        (source.places[i], target.places[i]) for i in range(len(source.words)) if source.words[i] != target.words[i]
    ]
    r = torch.zeros(length, length)
    i = j = 0
    for rows, columns in swaps:
        while i < rows[0]:
            r[i, j] = 1
            i, j = i + 1, j + 1
        if len(rows) == len(columns):
            for row, column in zip(rows, columns):
                r[row, column] = 1
        else:
            for column in columns:
                r[rows, column] = 1 / len(columns)
        i, j = i + len(rows), j + len(columns)
    # After the last swap the diagonal is that of the target; columns run to the end unless the rows end first.
    while i < length and j < length:
        r[j, j] = 1
        i, j = i + 1, j + 1
    return r


def refine_mapper(source, target, length):
    """(pi, a) of Prompt-to-Prompt's refinement edit: global alignment, gap 0, match 1, mismatch -1."""
    x, y = source.ids, target.ids
    score = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    move = [["left"] * (len(y) + 1)] + [["up"] + [None] * len(y) for _ in x]
    for i in range(1, len(x) + 1):
        for j in range(1, len(y) + 1):
            options = {
                "left": score[i][j - 1],
                "up": score[i - 1][j],
                "diagonal": score[i - 1][j - 1] + (1 if x[i - 1] == y[j - 1] else -1),
            }
            move[i][j] = max(options, key=options.get)  # the first of equals: left, up, diagonal
            score[i][j] = options[move[i][j]]
    pi = list(range(length))
    i, j = len(x), len(y)
    while j > 0:
        if i > 0 and move[i][j] == "diagonal":
            i, j = i - 1, j - 1
            pi[j] = i
        elif i > 0 and move[i][j] == "up":
            i -= 1
        else:
            j -= 1
            pi[j] = -1
    a = [0.0 if p < 0 else 1.0 for p in pi]
    return torch.tensor(pi), torch.tensor(a)


# --- plan ------------------------------------------------------------------------------------------------------------


def check_keys(section, where, allowed):
    for key in section:
        if key not in allowed:
            raise PlanError(f"unknown key '{where + '.' if where else ''}{key}'")


def check_value(section, where, key, allowed):
    if section and key in section and section[key] not in allowed:
        raise PlanError(f"{where}.{key}: one of {', '.join(allowed)}, not '{section[key]}'")


def steps_of(window, n):
    return range(int(window[0] * n), int(window[1] * n))


def nearest(mask, height, width):
    """Resize [F,h,w] with source index floor(i * in / out)."""
    rows = [i * mask.shape[1] // height for i in range(height)]
    columns = [i * mask.shape[2] // width for i in range(width)]
    return mask[:, rows][:, :, columns]


class Plan:
    """A validated plan for one model and one input."""

    def __init__(self, data, inputs, model):
        check_keys(data, "", KEYS[""])
        section = lambda name: data.get(name) or None
        self.steps, self.guidance = data["steps"], data["guidance"]
        if not isinstance(self.steps, int) or self.steps < 1:
            raise PlanError(f"steps: a whole number from 1, not {self.steps!r}")
        self.source, self.target = Prompt(model, data["source"]), Prompt(model, data["target"])
        self.length = model.length
        self.latents = inputs["latents"].float()
        self.given = {k: v.float() for k, v in inputs.items() if k == "mask" or k.startswith("mask.")}
        self.cross, self.self_, self.temporal, self.blend = map(section, ("cross", "self", "temporal", "latent_blend"))
        self.masks = section("masks") or {}
        for name, part in (
            ("cross", self.cross),
            ("self", self.self_),
            ("temporal", self.temporal),
            ("latent_blend", self.blend),
            ("masks", self.masks),
        ):
            check_keys(part or {}, name, KEYS[name])
        self.masks = {k: v for k, v in self.masks.items() if v is not None}
        for name, part in self.masks.items():
            check_keys(part, f"masks.{name}", KEYS["masks.*"])
        check_value(self.self_, "self", "mode", ("map", "off"))
        check_value(self.temporal, "temporal", "mode", ("map", "qk", "off"))
        check_value(self.temporal, "temporal", "polarity", ("source_inside", "edit_inside"))
        check_value(self.cross, "cross", "mapper", ("replace", "refine", "none"))
        check_value(self.cross, "cross", "order", ("map-then-blend", "blend-then-map"))
        if self.self_ and self.self_.get("mode") == "off":
            self.self_ = None
        if self.temporal and self.temporal.get("mode") == "off":
            self.temporal = None
        for name, part in (
            ("cross", self.cross),
            ("self", self.self_),
            ("temporal", self.temporal),
            ("latent_blend", self.blend),
        ):
            if part and len(part["window"]) != 2:
                raise PlanError(f"{name}.window: two numbers, not {part['window']}")
        if section("equalizer") and not self.cross:
            raise PlanError("equalizer without cross")
        for name, used in (
            ("cross", self.cross and self.cross.get("mask")),
            ("self", self.self_ and self.self_.get("mask")),
            ("temporal", self.temporal and self.temporal.get("mask")),
            ("blend", self.blend),
        ):
            if used and name not in self.masks and f"mask.{name}" not in self.given and "mask" not in self.given:
                raise PlanError(f"{name} asks for a mask, and there is neither masks.{name} nor a given mask")
        self.equalizer = torch.ones(self.length)
        for word, value in (section("equalizer") or {}).items():
            self.equalizer[self.target.tokens(word)] = value
        self.alpha = torch.zeros(self.steps, self.length)
        if self.cross:
            self._prepare_cross()
        sizes = model.controls.levels(*self.latents.shape[-2:])
        self.groups = {}
        for name, part in self.masks.items():
            tokens = sorted({t for word in part["words"] for t in self.source.tokens(word)})
            subtracted = [tuple(self.source.tokens(word)) for word in part.get("subtract", [])]
            record = part.get("record", "aware")
            if record not in ("aware", "average") and record not in range(self.steps):
                raise PlanError(f"masks.{name}.record: aware, average or 0 to {self.steps - 1}, not {record!r}")
            if "layers" in part or "level_layers" in part:
                layers = part.get("layers") or part["level_layers"]
                for layer in layers:
                    if layer not in sizes:
                        raise PlanError(f"masks.{name}.layers: no cross layer '{layer}'")
            elif part["level"] == "all":
                layers = list(sizes)
            else:
                layers = [n for n, size in sizes.items() if list(size) == list(part["level"])]
                if not layers:
                    raise PlanError(f"masks.{name}.level: no cross layer has {part['level']}")
            self.groups[name] = (tuple(tokens), {layer: sizes[layer] for layer in layers}, subtracted)

    def _prepare_cross(self):
        mapper = self.cross.get("mapper", "refine")
        if mapper == "replace":
            r = replace_matrix(self.source, self.target, self.length)
            self.map = lambda a0, a2: a0 @ r
        elif mapper == "refine":
            pi, a = refine_mapper(self.source, self.target, self.length)
            self.map = lambda a0, a2: a * a0[..., pi] + (1 - a) * a2
        else:
            self.map = lambda a0, a2: a0
        self.order = self.cross.get("order", "map-then-blend")
        everywhere = list(range(self.length))
        windows = [(everywhere, self.cross["window"])]
        windows += [(self.target.tokens(w), v) for w, v in (self.cross.get("word_windows") or {}).items()]
        for tokens, window in windows:
            self.alpha[:, tokens] = 0
            for s in steps_of(window, self.steps + 1):
                if s < self.steps:
                    self.alpha[s, tokens] = 1

    def open(self, section, s):
        return section is not None and s in steps_of(section["window"], self.steps)


# --- attention -------------------------------------------------------------------------------------------------------


class Controls:
    """Puts itself between the UNet and its attention layers; `plan` and `capture` say what happens in a forward."""

    def __init__(self, unet):
        self.step, self.plan, self.mask, self.capture = None, None, None, None
        self.sizes, self.unet = {}, unet
        processors = {}
        for name in unet.attn_processors:
            layer = name.removesuffix(".processor")
            spatial = ".attentions." in layer
            temporal = ".temp_attentions." in layer
            kind = ("self" if layer.endswith("attn1") else "cross") if spatial else "temporal" if temporal else None
            block = layer.split(".transformer_blocks")[0]
            processors[name] = Attention(self, layer, block, kind)
        self.layers = list(processors.values())  # set_attn_processor empties the dictionary
        unet.set_attn_processor(processors)
        for name, module in unet.named_modules():
            if name in {p.block for p in self.layers}:
                module.register_forward_pre_hook(
                    lambda m, inputs, name=name: self.sizes.__setitem__(name, tuple(inputs[0].shape[-2:]))
                )

    def levels(self, height, width):
        """Cross layers and their (h, w), found by running the UNet once on zeros."""
        c = self.unet.config
        self.unet(
            torch.zeros(1, c.in_channels, 1, height, width), torch.tensor(1), torch.zeros(1, 1, c.cross_attention_dim)
        )
        return {p.layer: self.sizes[p.block] for p in self.layers if p.kind == "cross"}


class Attention:
    """Attention of one layer; with a plan, item 2 takes its maps from items 0 and 2."""

    def __init__(self, controls, layer, block, kind):
        self.controls, self.layer, self.block, self.kind = controls, layer, block, kind

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None, **kwargs):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        heads = lambda x: x.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
        q, k, v = heads(attn.to_q(hidden_states)), heads(attn.to_k(context)), heads(attn.to_v(context))
        soft = lambda q_, k_: torch.softmax(q_ @ k_.transpose(-1, -2) * attn.scale, -1)
        p = soft(q, k)
        c = self.controls
        size = c.sizes.get(self.block)
        if c.capture is not None and self.kind == "cross":
            for tokens in c.capture:
                c.capture[tokens][self.layer] = p[..., list(tokens)].sum(-1).mean(1).view(-1, *size)
        if c.plan is not None and self.kind is not None:
            n = len(p) // 3
            fused = getattr(self, self.kind)(
                c.plan, size, q[:n], k[:n], p[:n], q[2 * n :], k[2 * n :], p[2 * n :], soft
            )
            p = torch.cat([p[: 2 * n], fused])
        out = (p @ v).transpose(1, 2).flatten(2)
        return attn.to_out[1](attn.to_out[0](out))

    def _controlled(self, section, size):
        limit = section.get("max_tokens")
        return limit is None or size[0] * size[1] <= limit

    def cross(self, plan, size, q0, k0, a0, q2, k2, a2, soft):
        alpha = plan.alpha[self.controls.step] if plan.cross else None
        if alpha is None or not alpha.any() or not self._controlled(plan.cross, size):
            return a2
        m = self.controls.mask("cross", size) if plan.cross.get("mask") else None
        if m is None:
            b = plan.map(a0, a2)
        else:
            m = m.flatten(1)[:, None, :, None]  # [F, 1, h*w, 1]
            if plan.order == "map-then-blend":
                b = (1 - m) * plan.map(a0, a2) + m * a2
            else:
                b = plan.map((1 - m) * a0 + m * a2, a2)
        return alpha * (b * plan.equalizer) + (1 - alpha) * a2

    def self(self, plan, size, q0, k0, s0, q2, k2, s2, soft):
        if not plan.open(plan.self_, self.controls.step) or not self._controlled(plan.self_, size):
            return s2
        if not plan.self_.get("mask"):
            return s0
        m = self.controls.mask("self", size).flatten(1)[:, None, :, None]
        return m * s2 + (1 - m) * s0

    def temporal(self, plan, size, q0, k0, p0, q2, k2, p2, soft):
        t = plan.temporal
        if not plan.open(t, self.controls.step) or not self._controlled(t, size):
            return p2
        if t.get("mask"):
            m = self.controls.mask("temporal", size).flatten(1).T[:, None, :, None]  # [h*w, 1, F, 1]
            source = m if t.get("polarity", "source_inside") == "source_inside" else 1 - m
        else:
            source = torch.ones(())
        mix = lambda x0, x2: source * x0 + (1 - source) * x2
        return mix(p0, p2) if t["mode"] == "map" else soft(mix(q0, q2), mix(k0, k2))


# --- workflow --------------------------------------------------------------------------------------------------------


class Edit:
    """Inversion and editing of one plan."""

    def __init__(self, model, data, inputs):
        self.model, self.plan = model, Plan(data, inputs, model)
        self.scheduler = DDIMScheduler.from_pretrained(model.scheduler_directory)
        self.scheduler.set_timesteps(self.plan.steps)
        self.tau = [None] + sorted(int(t) for t in self.scheduler.timesteps)  # tau[1..T]
        self.records, self.maps = [], {}  # maps: by attention type, record, size and tokens
        self.distances = []  # of compared values to their threshold

    def alpha(self, i):
        s = self.scheduler
        t = self.tau[i] if i else self.tau[1] - s.config.num_train_timesteps // self.plan.steps
        return s.alphas_cumprod[t] if t >= 0 else s.final_alpha_cumprod

    def invert(self):
        text, z, c = self.model.embed(self.plan.source.text), self.plan.latents, self.model.controls
        out = [z]
        for k in range(self.plan.steps):
            c.capture = {tokens: {} for own, _, others in self.plan.groups.values() for tokens in (own, *others)}
            noise = self.model.noise(z, self.tau[k + 1], text)
            self.records.append(c.capture)
            c.capture = None
            now, then = self.alpha(k), self.alpha(k + 1)
            if self.scheduler.config.prediction_type == "v_prediction":
                # The level that z has to come from so that a denoising step with this velocity leads to it.
                of_z = (now * then) ** 0.5 + ((1 - now) * (1 - then)) ** 0.5
                of_velocity = ((1 - now) * then) ** 0.5 - (now * (1 - then)) ** 0.5
                z = (z - of_velocity * noise) / of_z
            else:
                clean = (z - (1 - now) ** 0.5 * noise) / now**0.5
                z = then**0.5 * clean + (1 - then) ** 0.5 * noise
            out.append(z)
        return out

    def mask(self, kind, size, s):
        """[F, *size] for one attention type and step."""
        part = self.plan.masks.get(kind)
        if part is None:
            m = self.plan.given.get(f"mask.{kind}", self.plan.given.get("mask"))
            return nearest(m if m.dim() == 3 else m[s], *size)
        k = self.plan.steps - 1 - s if part.get("record", "aware") == "aware" else part["record"]
        tokens, _, subtracted = self.plan.groups[kind]
        m = self.word_map(kind, k, size, tokens)
        if not part.get("soft", False):
            m = self.larger(m, part.get("threshold", 0.3))
        for other in subtracted:
            m = m * (1 - self.larger(self.word_map(kind, k, size, other), part.get("subtract_threshold", 0.3)))
        return m

    def larger(self, m, threshold):
        self.distances.append(float((m - threshold).abs().min()))
        return (m > threshold).float()

    def word_map(self, kind, k, size, tokens):
        """A map of inversion record k (or of all of them) relative to each frame's largest value, [F, *size]."""
        key = (kind, k, size, tokens)
        if key in self.maps:
            return self.maps[key]
        part, layers = self.plan.masks[kind], self.plan.groups[kind][1]
        if "level_layers" in part:
            area = lambda s: s[0] * s[1]
            own = size if size in layers.values() else min(
                layers.values(), key=lambda s: (abs(area(s) - area(size)), -area(s))
            )  # fmt: skip
            layers = {n: s for n, s in layers.items() if s == own}
        records = self.records if k == "average" else [self.records[k]]
        total = 0
        for level in sorted(set(layers.values())):
            names = [n for n, s in layers.items() if s == level]
            heads = [self.model.heads(n) for n in names]
            maps = [torch.stack([r[tokens][n] for r in records]).mean(0) * h for n, h in zip(names, heads)]
            m = torch.stack(maps).sum(0) / sum(heads)
            if part.get("pool", True):
                m = torch.nn.functional.max_pool2d(m, 3, 1, 1)
            total = total + sum(heads) * nearest(m, *size)
        self.maps[key] = total / total.amax((1, 2), keepdim=True)
        return self.maps[key]

    def margin(self):
        """The smallest distance of a word map's value to its threshold: below about 1e-5 rounding may flip a mask."""
        return min(self.distances, default=float("inf"))

    def run(self):
        plan, c = self.plan, self.model.controls
        inverted = self.invert()
        texts = [self.model.embed(p) for p in (plan.source.text, "", plan.target.text)]
        z, edited = inverted[-1], [inverted[-1]]
        for s in range(plan.steps):
            level = plan.steps - 1 - s
            timestep = self.tau[plan.steps - s]
            if plan.alpha[s].any() or plan.open(plan.self_, s) or plan.open(plan.temporal, s):
                c.plan, c.step, c.mask = plan, s, lambda kind, size: self.mask(kind, size, s)
                _, e1, e2 = self.model.noise(torch.cat([inverted[level], z, z]), timestep, torch.cat(texts))
                c.plan = None
            else:
                e1, e2 = self.model.noise(torch.cat([z, z]), timestep, torch.cat(texts[1:]))
            noise = (e1 + plan.guidance * (e2 - e1))[None]
            z = self.scheduler.step(noise, timestep, z, eta=0.0).prev_sample
            if plan.blend:
                a, b = (int(v * plan.steps) for v in plan.blend["window"])
                if a < s + 1 < b:
                    source = inverted[level]
                    m = self.mask("blend", tuple(z.shape[-2:]), s)
                    z = source + m * (z - source)
            edited.append(z)
        return torch.cat(inverted), torch.cat(edited)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("model", "in", "plan", "out"):
        parser.add_argument(f"--{name}", required=True)
    a = vars(parser.parse_args())
    with torch.no_grad(), open(a["plan"], encoding="utf-8") as f:
        edit = Edit(Model(a["model"]), json.load(f), load_file(a["in"]))
        inverted, edited = edit.run()
    save_file({"inverted": inverted.contiguous(), "edited": edited.contiguous()}, a["out"])
    print(f"smallest distance of a derived map to its threshold: {edit.margin():.3g}")


if __name__ == "__main__":
    main()
