"""Masked self attention on a CUDA device against what PyTorch offers, in one run in which all take turns.

Each way is captured in a CUDA graph of several calls that rotate among sets of inputs, so that neither launches from Python nor one set in
the cache are what is measured. A turn is a replay between two events; the order of the turns alternates. Times are medians, in microseconds
of one call. Every way but the unmasked ones is compared with float64 before it is timed.

    python self_attention_cuda.py --launcher build/benchmarks/libself_attention_launcher.so --mask-frames masks/ --json out.json

--mask-frames: pictures of one real mask a frame (white = edit), reduced to the grid of the queries by their centres.
"""

import argparse
import ctypes
import json
import math
import pathlib
import statistics
import subprocess

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

SETS = 4
CALLS = 8


class Operand(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("outer", ctypes.c_int64), ("head", ctypes.c_int64), ("row", ctypes.c_int64)]


class SelfAttention(ctypes.Structure):
    """kernels/cuda/self_attention.h"""

    _fields_ = (
        [("element", ctypes.c_int32), ("unit", ctypes.c_int32)]
        + [(name, ctypes.c_int64) for name in ("frames", "heads", "queries", "keys", "dim")]
        + [("scale", ctypes.c_float)]
        + [(name, Operand) for name in ("q0", "k0", "q2", "k2", "v2", "out")]
        + [("mask", ctypes.c_void_p), ("runs", ctypes.c_void_p)]
    )


ELEMENTS = {torch.float32: 0, torch.bfloat16: 1, torch.float16: 2}
UNITS = {"hopper": 1, "ampere": 2}


class Launcher:
    def __init__(self, path):
        self.library = ctypes.CDLL(str(pathlib.Path(path).resolve()))
        self.library.launcher_params_size.restype = ctypes.c_size_t
        self.library.launcher_workspace.restype = ctypes.c_size_t
        self.library.launcher_workspace.argtypes = [ctypes.c_int64, ctypes.c_int64]
        self.library.launcher_run.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        if self.library.launcher_params_size() != ctypes.sizeof(SelfAttention):
            raise SystemExit(f"{path} is of another version than this script")

    def bind(self, inputs, mask, unit):
        def operand(x):
            return Operand(x.data_ptr(), 0 if x.shape[0] == 1 else x.stride(0), x.stride(1), x.stride(2))

        frames, heads, queries, dim = inputs.q0.shape
        runs = torch.empty(self.library.launcher_workspace(frames, queries), dtype=torch.uint8, device="cuda")
        params = SelfAttention(ELEMENTS[inputs.q0.dtype], UNITS[unit], frames, heads, queries, queries, dim)
        params.scale = math.log2(math.e) / math.sqrt(dim)
        for name in ("q0", "k0", "q2", "k2", "v2", "out"):
            setattr(params, name, operand(getattr(inputs, name)))
        params.mask, params.runs = mask.data_ptr(), runs.data_ptr()

        def call(keep=(inputs, mask, runs)):
            error = self.library.launcher_run(ctypes.byref(params), torch.cuda.current_stream().cuda_stream)
            if error != 0:
                raise RuntimeError(f"CUDA error {error}")
            return inputs.out

        return call


class Inputs:
    """As a model has them: memory [F,N,H,D] seen as [F,H,N,D]."""

    def __init__(self, frames, heads, queries, dim, dtype):
        def tokens():
            return torch.randn(frames, queries, heads, dim, device="cuda").to(dtype).transpose(1, 2)

        self.q0, self.k0, self.q2, self.k2, self.v2 = (tokens() for _ in range(5))
        self.out = torch.full_like(self.q0, math.nan)


# ---- masks [F,N], 1 takes the edit ----


def blob(frames, queries):
    """A square over a quarter of the picture, which moves by three pixels a frame."""
    side = math.isqrt(queries)
    edge = side // 2
    mask = torch.zeros(frames, side, side)
    for f in range(frames):
        left = 3 * f % (side - edge + 1)
        mask[f, left : left + edge, side // 4 : side // 4 + edge] = 1
    return mask.reshape(frames, queries)


def checkerboard(frames, queries):
    return ((torch.arange(queries)[None] + torch.arange(frames)[:, None]) % 2).float()


def real(folder, frames, queries):
    from PIL import Image

    side = math.isqrt(queries)
    pictures = sorted(pathlib.Path(folder).glob("*.png"))[:frames]
    masks = []
    for picture in pictures:
        grid = Image.open(picture).convert("L").resize((side, side), Image.NEAREST)
        masks.append(torch.tensor(list(grid.tobytes())) > 127)
    return torch.stack(masks).float()


# ---- the ways ----


def sdpa(backend):
    def way(x, mask):
        def call():
            with sdpa_kernel(backend):
                return F.scaled_dot_product_attention(x.q2, x.k2, x.v2)

        return call

    return way


def two_calls(backend):
    """What one writes without a kernel: both products of all rows, and a blend."""

    def way(x, mask):
        weight = mask[:, None, :, None].to(x.q0.dtype)

        def call():
            with sdpa_kernel(backend):
                edit = F.scaled_dot_product_attention(x.q2, x.k2, x.v2)
                source = F.scaled_dot_product_attention(x.q0, x.k0, x.v2)
            return weight * edit + (1 - weight) * source

        return call

    return way


def variable_length(x, mask):
    """Rows gathered into two calls of variable-length flash attention, and scattered. Which rows, and where a frame's begin, is worked out
    beforehand and not timed."""
    from torch.nn.attention.varlen import varlen_attn

    frames, heads, queries, dim = x.q0.shape
    flat = lambda t: t.transpose(1, 2).reshape(frames * queries, heads, dim)
    keys_start = torch.arange(frames + 1, device="cuda", dtype=torch.int32) * queries
    parts = []
    for q, k, inside in ((x.q0, x.k0, False), (x.q2, x.k2, True)):
        taken = (mask > 0) == inside
        counts = taken.sum(1)
        if int(counts.sum()) == 0:
            continue
        start = F.pad(counts.cumsum(0), (1, 0)).to(torch.int32)
        parts.append((flat(q), flat(k), taken.reshape(-1).nonzero()[:, 0], start, int(counts.max())))
    values = flat(x.v2)
    out = torch.empty(frames * queries, heads, dim, device="cuda", dtype=x.q0.dtype)

    def call():
        for q, k, rows, start, longest in parts:
            part = varlen_attn(q.index_select(0, rows), k, values, start, keys_start, longest, queries)
            out.index_copy_(0, rows, part)
        return out.view(frames, queries, heads, dim).transpose(1, 2)

    return call


compiled_flex_attention = torch.compile(flex_attention, dynamic=False)


def flex(x, mask):
    """Keys of both items one behind the other, a block mask that lets a row see its own item's, queries picked by the mask. The block mask
    is made beforehand and not timed."""
    frames, heads, queries, dim = x.q0.shape
    edit = mask > 0

    def sees(batch, head, row, key):
        return (key >= queries) == edit[batch, row]

    block_mask = create_block_mask(sees, frames, None, queries, 2 * queries, device="cuda")
    picked = edit[:, None, :, None]

    def call():
        keys = torch.cat((x.k0, x.k2), 2)
        values = torch.cat((x.v2, x.v2), 2)
        return compiled_flex_attention(torch.where(picked, x.q2, x.q0), keys, values, block_mask=block_mask)

    return call


# ---- measuring ----


def reference(x, mask):
    """float64, a frame at a time."""
    out = torch.empty(x.q0.shape, dtype=torch.float64, device="cuda")
    for f in range(out.shape[0]):

        def attention(q, k):
            scores = q[f].double() @ k[f].double().transpose(1, 2) / math.sqrt(q.shape[-1])
            return torch.softmax(scores, -1) @ x.v2[f].double()

        m = mask[f].double()[None, :, None]
        out[f] = m * attention(x.q2, x.k2) + (1 - m) * attention(x.q0, x.k0)
    return out


def graph_of(calls):
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for call in calls:
            call()
    torch.cuda.current_stream().wait_stream(stream)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for i in range(CALLS):
            calls[i % len(calls)]()
    return graph


def milliseconds(action):
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    action()
    end.record()
    return begin, end


def median_of(samples):
    return statistics.median(begin.elapsed_time(end) for begin, end in samples)


def ceilings(dtype):
    """What this GPU multiplies and copies: TFLOP/s of a large product, GB/s read and written."""
    a, b = (torch.randn(8192, 8192, device="cuda", dtype=dtype) for _ in range(2))
    source, target = (torch.randn(1 << 28, device="cuda") for _ in range(2))
    product, copy = [], []
    for _ in range(13):
        product.append(milliseconds(lambda: a @ b))
        copy.append(milliseconds(lambda: target.copy_(source)))
    torch.cuda.synchronize()
    return 2 * 8192**3 / median_of(product[3:]) / 1e9, 2 * source.nbytes / median_of(copy[3:]) / 1e6


def measure(shape, dtype, masks, launcher, units, rounds, seconds, without):
    frames, heads, queries, dim = shape
    sets = [Inputs(*shape, dtype) for _ in range(SETS)]
    ways = {
        ("sdpa cudnn", None): sdpa(SDPBackend.CUDNN_ATTENTION),
        ("sdpa flash", None): sdpa(SDPBackend.FLASH_ATTENTION),
    }
    masked = {f"freemask {unit}": lambda x, mask, unit=unit: launcher.bind(x, mask, unit) for unit in units}
    masked["two sdpa cudnn and a blend"] = two_calls(SDPBackend.CUDNN_ATTENTION)
    masked["two sdpa flash and a blend"] = two_calls(SDPBackend.FLASH_ATTENTION)
    masked["varlen flash, gather, scatter"] = variable_length
    masked["flex attention"] = flex
    ways |= {(way, name): make for way, make in masked.items() for name in masks}
    ways = {key: make for key, make in ways.items() if not any(text in key[0] for text in without)}

    exact = {name: reference(sets[0], mask.cuda()) for name, mask in masks.items()}
    graphs, rows, kept = {}, {}, []
    for (way, name), make in ways.items():
        mask = masks[name].cuda().contiguous() if name else None
        row = rows[way, name] = dict(zip(("frames", "heads", "queries", "dim"), shape)) | {"way": way, "mask": name}
        try:
            calls = [make(x, mask) for x in sets]
            if mask is not None:
                row["max error"] = (calls[0]().double() - exact[name]).abs().max().item()
            graphs[way, name] = graph_of(calls)
            kept.append(calls)  # a graph holds addresses, not tensors
        except Exception as problem:  # a peer that cannot run is a row that says so
            row["failed"] = str(problem).strip().splitlines()[0]
            torch.cuda.synchronize()

    def turn(number):
        taken = {key: milliseconds(graphs[key].replay) for key in list(graphs)[:: 1 if number % 2 else -1]}
        torch.cuda.synchronize()
        return taken

    warm = [turn(number) for number in range(3)][-1]
    seconds_of_turn = sum(begin.elapsed_time(end) for begin, end in warm.values()) / 1e3
    rounds = max(7, min(rounds, int(seconds / seconds_of_turn)))
    turns = [turn(number) for number in range(rounds)]

    flops = 4 * frames * heads * queries * queries * dim  # of one product of all rows, which a binary mask needs
    for key in graphs:
        times = sorted(begin.elapsed_time(end) * 1e3 / CALLS for begin, end in (taken[key] for taken in turns))
        rows[key]["rounds"] = rounds
        rows[key]["us"] = statistics.median(times)
        rows[key]["us p10"], rows[key]["us p90"] = times[len(times) // 10], times[len(times) * 9 // 10]
        rows[key]["TFLOP/s"] = flops / rows[key]["us"] / 1e6
    best = min(row["us"] for (way, name), row in rows.items() if name is None and "us" in row)
    for row in rows.values():
        if "us" in row:
            row["best sdpa / this"] = best / row["us"]
    return list(rows.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--launcher", required=True, help="built with -DFMK_BENCHMARKS=ON")
    parser.add_argument("--mask-frames", help="folder of mask pictures")
    parser.add_argument("--shapes", default="8,5,1024,64 8,10,1024,64 8,20,1024,64 8,5,4096,64 8,20,4096,64")
    parser.add_argument("--dtype", default="bfloat16", choices=["bfloat16", "float16"])
    parser.add_argument("--units", default="hopper,ampere")
    parser.add_argument("--without", nargs="*", default=[], help="ways to leave out, by a part of their names")
    parser.add_argument("--rounds", type=int, default=30, help="turns of each way, at most")
    parser.add_argument("--seconds", type=float, default=3, help="a shape's turns together; 7 rounds at least")
    parser.add_argument("--commit", default="", help="kept in the results")
    parser.add_argument("--json")
    options = parser.parse_args()

    dtype = getattr(torch, options.dtype)
    launcher = Launcher(options.launcher)
    product, copy = ceilings(dtype)
    driver = subprocess.run(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"], capture_output=True, text=True)
    record = {
        "gpu": torch.cuda.get_device_name(),
        "driver": driver.stdout.strip(),
        "torch": torch.__version__,
        "cudnn": torch.backends.cudnn.version(),
        "commit": options.commit,
        "dtype": options.dtype,
        "product TFLOP/s": product,
        "copy GB/s": copy,
        "rows": [],
    }
    print({key: value for key, value in record.items() if key != "rows"}, flush=True)
    for text in options.shapes.split():
        shape = tuple(int(n) for n in text.split(","))
        masks = {"blob": blob(shape[0], shape[2]), "checkerboard": checkerboard(shape[0], shape[2])}
        if options.mask_frames:
            masks["real"] = real(options.mask_frames, shape[0], shape[2])
        for row in measure(shape, dtype, masks, launcher, options.units.split(","), options.rounds, options.seconds, options.without):
            record["rows"].append(row)
            row["share of product rate"] = row["TFLOP/s"] / product if "us" in row else None
            what = f"{row['us']:9.1f} us {row['TFLOP/s']:6.1f} TFLOP/s {row['best sdpa / this']:6.3f}" if "us" in row else row["failed"]
            print(f"{text:14} {row['mask'] or '-':13} {row['way']:32} {what}  {row.get('max error', 0):.1e}", flush=True)
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
