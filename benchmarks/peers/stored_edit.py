"""Times one whole edit by diffusers' UNet that stores the source's attention in host memory: the rival of `freemask edit`.

    python stored_edit.py [--case 8x64x64] [--steps 50] [--ways overlapped stream compute plain] [--json F]

DDIM inversion (one item, the source prompt), then guided denoising (two items, guidance 7.5), with random weights in zeroscope's layout and
random latents and prompts. While inverting, each step records, in float16: the maps of cross and spatial self attention with at most 2048
queries a frame, the maps of temporal attention, and its queries and keys. What is recorded is computed by an explicit softmax, all else by
SDPA. While denoising, the conditional item takes the source's maps as the preset "attribute" does: cross (through a token matrix) in the
first 0.8 of the steps, self and temporal in the first 0.9; only these are fetched, nothing is recorded, and the unconditional item is left to
SDPA. After each step the latents outside the object are the source's (a mask from the recorded maps of one level).

The store is pinned before the clock starts (pin_s). Ways, which differ in where a record goes:

    overlapped  to pinned memory and back by a second stream, a step ahead when it is fetched
    stream      to pinned memory and back, in the order of the computation
    compute     nowhere; fusion takes the last record that a way before left on the GPU
    plain       nothing is recorded or fused: SDPA everywhere

Seconds are wall-clock from a synchronised GPU to a synchronised GPU. copies_s is how long all records take there and back with nothing
else running.
--between runs a command before each way and after the last, with {n} for 0, 1, ...: another program that takes turns.
--tiny takes a small UNet, --device cpu runs without a GPU (ways overlapped and plain), to try the program. --check compares a fused pass whose
source equals its edit with one that is not fused. Exit code 3: diffusers is not installed.
"""

import argparse
import json
import mmap
import shlex
import subprocess
import time

import torch
import torch.nn.functional as F
from cuda_forward import TOKENS, ZEROSCOPE, random_unet

TINY = {"block_out_channels": (32, 64, 128, 128), "cross_attention_dim": 64, "attention_head_dim": 16, "norm_num_groups": 8}
MAX_TOKENS = 2048
GUIDANCE = 7.5
WINDOWS = {"cross": 0.8, "self": 0.9, "temporal": 0.9}
KINDS = ("cross", "self", "temporal", "query", "key")
THRESHOLD = 0.3


class Layout:
    """Where a record's tensors lie: kind by kind, so that one copy fetches a kind."""

    def __init__(self, shapes):
        """shapes: {(kind, layer): shape} of one step, in float16."""
        self.places, self.kinds, start = {}, {}, 0
        for kind in KINDS:
            begin = start
            for key, shape in shapes.items():
                if key[0] == kind:
                    self.places[key] = (start, shape)
                    start += shape.numel()
            self.kinds[kind] = slice(begin, start)
        self.size = start

    def view(self, record, key):
        start, shape = self.places[key]
        return record[start : start + shape.numel()].view(shape)


def pinned(count):
    """float16 [count] in memory of large pages that the GPU copies from and to directly."""
    memory = mmap.mmap(-1, 2 * count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_HUGEPAGE)
    tensor = torch.frombuffer(memory, dtype=torch.float16)
    tensor.zero_()
    status = torch.cuda.cudart().cudaHostRegister(tensor.data_ptr(), tensor.nbytes, 0)
    if int(status) != 0:
        raise MemoryError(f"{2 * count} bytes could not be pinned: {status}")
    return tensor


class Store:
    """The records of all steps in host memory, and two of them on the GPU."""

    def __init__(self, layout, steps, device):
        self.layout, self.cuda = layout, device == "cuda"
        allocate = pinned if self.cuda else lambda count: torch.zeros(count, dtype=torch.float16)
        self.records = [allocate(layout.size) for _ in range(steps)]
        self.buffers = [torch.zeros(layout.size, dtype=torch.float16, device=device) for _ in range(2)]
        self.turn = 0
        self.copier = torch.cuda.Stream() if self.cuda else None

    def begin(self, way):
        self.way, self.ahead = way, None

    def _elsewhere(self):
        self.copier.wait_stream(torch.cuda.current_stream())
        return torch.cuda.stream(self.copier)

    def put(self, record, key, tensor):
        if self.way == "compute":
            return
        place = self.layout.view(self.records[record], key)
        if self.way == "overlapped" and self.cuda:
            with self._elsewhere():
                place.copy_(tensor, non_blocking=True)
            tensor.record_stream(self.copier)
        else:
            place.copy_(tensor, non_blocking=True)

    def _copy(self, record, kinds, buffer):
        for kind in kinds:
            part = self.layout.kinds[kind]
            self.buffers[buffer][part].copy_(self.records[record][part], non_blocking=True)

    def fetch(self, record, kinds, following):
        """Has these kinds of a record on the GPU for the work that comes next; following: the next step's (record, kinds), if any."""
        if self.way == "compute":
            return
        if self.way == "stream" or not self.cuda:
            self._copy(record, kinds, self.turn)
            return
        self.turn = 1 - self.turn
        if self.ahead is None:
            with self._elsewhere():
                self._copy(record, kinds, self.turn)
        torch.cuda.current_stream().wait_stream(self.copier)
        self.ahead = following
        if following:
            with self._elsewhere():
                self._copy(*following, 1 - self.turn)

    def get(self, key):
        return self.layout.view(self.buffers[self.turn], key)


class Control:
    """What the attention layers do in the pass that runs: "plain", "observe" shapes, "record", or "fuse" the kinds in `open`."""

    def __init__(self):
        self.mode, self.record, self.open = "plain", 0, ()
        self.shapes, self.store, self.tokens = {}, None, None

    def keep(self, kind, layer, tensor):
        if self.mode == "observe":
            self.shapes[kind, layer] = tensor.shape
        else:
            self.store.put(self.record, (kind, layer), tensor)


def attention_map(query, key, scale):
    """softmax(query keyT scale): [n,heads,rows,channels] twice -> [n,heads,rows,columns]."""
    n, heads, rows, channels = query.shape
    empty = query.new_empty(())
    scores = torch.baddbmm(
        empty, query.reshape(n * heads, rows, channels), key.reshape(n * heads, -1, channels).mT, beta=0, alpha=scale
    )
    return scores.softmax(-1).view(n, heads, rows, -1)


class Processor:
    def __init__(self, control, kind, layer):
        self.control, self.kind, self.layer = control, kind, layer

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        rows_query, rows_key, rows_value = attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context)
        split = lambda x: x.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
        query, key, value = split(rows_query), split(rows_key), split(rows_value)
        control = self.control
        controlled = self.kind == "temporal" or self.kind in ("cross", "self") and query.shape[2] <= MAX_TOKENS
        if controlled and control.mode in ("observe", "record"):
            source = attention_map(query, key, attn.scale)
            control.keep(self.kind, self.layer, source)
            if self.kind == "temporal":
                control.keep("query", self.layer, rows_query)
                control.keep("key", self.layer, rows_key)
            out = source.to(value.dtype) @ value
        elif controlled and control.mode == "fuse" and self.kind in control.open:
            half = len(query) // 2
            source = control.store.get((self.kind, self.layer)).to(value.dtype)
            if self.kind == "cross":
                source = source @ control.tokens
            free = F.scaled_dot_product_attention(query[:half], key[:half], value[:half])
            out = torch.cat([free, source @ value[half:]])
        else:
            out = F.scaled_dot_product_attention(query, key, value)
        return attn.to_out[0](out.transpose(1, 2).flatten(2))


def controlled_by(unet, control):
    processors = {}
    for name in unet.attn_processors:
        if name.startswith("transformer_in"):
            processors[name] = Processor(control, "uncontrolled", name)
        elif "temp_attentions" in name:
            processors[name] = Processor(control, "temporal", name)
        else:
            processors[name] = Processor(control, "self" if "attn1" in name else "cross", name)
    unet.set_attn_processor(processors)


class Edit:
    """The diffusion of one clip: zeroscope's schedule with DDIM."""

    def __init__(self, unet, control, shape, steps, device, dtype):
        self.unet, self.control, self.steps, self.dtype = unet, control, steps, dtype
        betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
        alphas = torch.cumprod(1 - betas, 0)
        taus = [1 + i * (1000 // steps) for i in range(steps)]
        self.alphas = [float(alphas[0]), *(float(alphas[t]) for t in taus)]  # level 0 is the clip
        self.timesteps = torch.tensor([0, *taus], device=device)
        generator = torch.Generator(device).manual_seed(2)
        random = lambda *sizes: torch.randn(sizes, device=device, generator=generator)
        self.clip = random(1, 4, *shape)
        text = lambda: random(1, TOKENS, unet.config.cross_attention_dim).to(dtype)
        self.source, self.prompts = text(), torch.cat([text(), text()])
        control.tokens = torch.eye(TOKENS, device=device, dtype=dtype)

    def noise(self, latents, level, text):
        return self.unet(latents.to(self.dtype), self.timesteps[level], text, return_dict=False)[0].float()

    def moved(self, latents, noise, level, to):
        a, b = self.alphas[level], self.alphas[to]
        return (latents - (1 - a) ** 0.5 * noise) * (b / a) ** 0.5 + (1 - b) ** 0.5 * noise

    def invert(self, mode):
        self.control.mode = mode
        self.levels = [self.clip]
        for k in range(self.steps):
            self.control.record = k
            noise = self.noise(self.levels[k], k + 1, self.source)
            self.levels.append(self.moved(self.levels[k], noise, k, k + 1))

    def object_mask(self):
        """[1,1,F,h,w]: the object by the maps of token 2, in all cross layers of the level nearest 256 queries, at timestep ~200."""
        layout, record = self.control.store.layout, self.control.store.records[self.steps // 5]
        layers = [key for key in layout.places if key[0] == "cross"]
        queries = min((layout.places[key][1][2] for key in layers), key=lambda n: abs(n - 256))
        chosen = [layout.view(record, key) for key in layers if layout.places[key][1][2] == queries]
        word = torch.cat([maps[..., 2].to(self.clip.device).float() for maps in chosen], 1).mean(1)  # [F,queries]
        frames, height, width = self.clip.shape[2:]
        ratio = (height * width / queries) ** 0.5
        word = F.max_pool2d(word.view(frames, 1, round(height / ratio), round(width / ratio)), 3, 1, 1)
        word = F.interpolate(word, (height, width))
        mask = word > THRESHOLD * word.amax((2, 3), keepdim=True)
        return mask.to(self.clip.dtype).transpose(0, 1)[None]

    def open_kinds(self, step):
        ends = {"cross": int(WINDOWS["cross"] * (self.steps + 1))}
        return [kind for kind, share in WINDOWS.items() if step < ends.get(kind, int(share * self.steps))]

    def denoise(self, fused, mask):
        latents = self.levels[-1]
        for s in range(self.steps):
            level = self.steps - s
            kinds = self.open_kinds(s) if fused else []
            self.control.mode, self.control.open = ("fuse", kinds) if kinds else ("plain", ())
            if kinds:
                following = (level - 2, self.open_kinds(s + 1)) if s + 1 < self.steps else None
                self.control.store.fetch(level - 1, kinds, following)
            free, guided = self.noise(latents.expand(2, -1, -1, -1, -1), level, self.prompts)[:, None]
            latents = self.moved(latents, free + GUIDANCE * (guided - free), level, level - 1)
            if mask is not None:
                latents = self.levels[level - 1] + mask * (latents - self.levels[level - 1])
        return latents


def timed(run, device):
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    value = run()
    if device == "cuda":
        torch.cuda.synchronize()
    return value, time.perf_counter() - start


def run_way(edit, way, device):
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    stored = way != "plain"
    if stored:
        edit.control.store.begin(way)
    _, inversion = timed(lambda: edit.invert("record" if stored else "plain"), device)
    mask, masking = timed(edit.object_mask, device) if stored else (None, 0.0)
    latents, denoising = timed(lambda: edit.denoise(stored, mask), device)
    result = {"way": way, "inversion_s": inversion, "denoising_s": denoising + masking, "finite": bool(latents.isfinite().all())}
    if device == "cuda":
        result["peak_gpu_gib"] = torch.cuda.max_memory_allocated() / 2**30
    return result


def take_turn(command, turn, device):
    if command is None:
        return
    if device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    subprocess.run(shlex.split(command.replace("{n}", str(turn))), check=True)


def copies_seconds(edit, device):
    """(to the host, to the GPU): all records of an edit, nothing else running."""
    store = edit.control.store
    store.begin("stream")

    def save():
        for record in store.records:
            record.copy_(store.buffers[0], non_blocking=True)

    def load():
        for s in range(edit.steps):
            kinds = edit.open_kinds(s)
            if kinds:
                store.fetch(edit.steps - 1 - s, kinds, None)

    return [timed(way, device)[1] for way in (save, load)]


def check(edit):
    """The largest difference that fusion makes where source and edit are the same, and where they are not."""
    control, level = edit.control, 1
    control.store.begin("stream")
    control.mode, control.record = "record", 0
    source = edit.noise(edit.clip, level, edit.source)
    control.store.fetch(0, list(WINDOWS), None)
    control.mode, control.open = "fuse", list(WINDOWS)
    latents = edit.clip.expand(2, -1, -1, -1, -1)
    same = edit.noise(latents, level, torch.cat([edit.prompts[:1], edit.source]))[1:]
    other = edit.noise(-latents, level, edit.prompts)[1:]
    control.mode = "plain"
    unfused = edit.noise(-latents, level, edit.prompts)[1:]
    return {"same": float((same - source).abs().max()), "another": float((other - unfused).abs().max())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--case", default="8x64x64", help="frames x height x width of the latents")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--ways", nargs="+", default=["overlapped", "stream", "compute", "plain"])
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--between", help="a command to run before each way and after the last; {n} is the turn")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json")
    a = parser.parse_args()
    dtype = torch.float16 if a.device == "cuda" else torch.float32
    control = Control()
    with torch.inference_mode():
        unet = random_unet(dtype, TINY if a.tiny else ZEROSCOPE, a.device)
        controlled_by(unet, control)
        edit = Edit(unet, control, list(map(int, a.case.split("x"))), a.steps, a.device, dtype)
        control.mode = "observe"
        edit.noise(edit.clip, 1, edit.source)
        layout = Layout(control.shapes)
        gib = {kind: 2 * a.steps * (part.stop - part.start) / 2**30 for kind, part in layout.kinds.items()}
        latents = a.steps * edit.clip.numel() * 4 / 2**30
        results = {
            "case": a.case,
            "steps": a.steps,
            "gpu": torch.cuda.get_device_name() if a.device == "cuda" else "none",
            "torch": torch.__version__,
            "weights_gib": sum(p.nbytes for p in unet.parameters()) / 2**30,
            "store_gib": {**gib, "latents (float32, on the GPU)": latents, "all": sum(gib.values()) + latents},
        }
        print(json.dumps(results), flush=True)
        control.store, results["pin_s"] = timed(lambda: Store(layout, a.steps, a.device), a.device)
        print("pinned in", results["pin_s"], flush=True)
        if a.check:
            results["check"] = check(edit)
            print(json.dumps(results["check"]), flush=True)
        control.mode = "plain"
        for _ in range(2):  # libraries choose their algorithms
            edit.noise(edit.clip, 1, edit.source)
            edit.noise(edit.clip.expand(2, -1, -1, -1, -1), 1, edit.prompts)
        results["ways"] = []
        for turn, way in enumerate(a.ways):
            take_turn(a.between, turn, a.device)
            results["ways"].append(run_way(edit, way, a.device))
            print(json.dumps(results["ways"][-1]), flush=True)
        take_turn(a.between, len(a.ways), a.device)
        results["copies_s"] = dict(zip(("to_host", "to_gpu"), copies_seconds(edit, a.device)))
        print(json.dumps(results["copies_s"]), flush=True)
    if a.json:
        with open(a.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
