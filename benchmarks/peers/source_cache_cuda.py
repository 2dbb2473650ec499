"""Times the source branch of an edit on one GPU: replayed as an item of the batch, and taken from a cache.

    python source_cache_cuda.py --library libfmk.so [--case 8x64x64] [--windows attribute style shape] [--places host device file] ..

A case is frames x height x width of the latents; the weights are random, in zeroscope's layout. windows: what a preset fuses while all its
windows are open. The ways take turns, in two orders, and each runs as many steps as --steps says without
waiting in between, as an edit does; a number is the wall-clock time of a step, the end of all copies included:

    invert, record      one item; the same, and the source's queries and keys are kept
    replay, cached      source, unconditional and edit; unconditional and edit, and a record of the source
    without             unconditional and edit without fusion: what no source branch at all would take

copies_gb_per_s is the rate of a gigabyte of pinned memory from and to the GPU, difference that of cached from replayed noise relative to
max(1, largest value). --places: where the cache is; file means in --directory. Exit code 3: diffusers, whose names the weights have, is not
installed.
"""

import argparse
import ctypes as c
import json
import statistics
import time

import torch
from cuda_forward import TIMESTEP, TOKENS, ZEROSCOPE, random_unet

import fmk

ITEM, RECORD, CACHED = 0, 1, 2
PLACES = {"host": 0, "device": 1, "file": 2}
# By preset (src/main/java/io/freemask/edit/Preset.java): the modes and limits of cross, self and temporal attention.
WINDOWS = {
    "attribute": {"cross_mode": 1, "self_mode": 1, "self_max_tokens": 2048, "temporal_mode": 1},
    "style": {"cross_mode": 1, "temporal_mode": 1},
    "shape": {"cross_mode": 1, "self_mode": 1, "self_max_tokens": 2048, "temporal_mode": 2, "temporal_max_tokens": 1024},
}


class Edit:
    def __init__(self, unet, shape, windows):
        self.unet, self.library, self.shape, self.windows = unet, unet.library, shape, windows
        torch.manual_seed(2)
        upload = lambda *sizes: unet.upload(torch.randn(1, *sizes), torch.float16)
        self.source, self.edit = upload(4, *shape), upload(4, *shape)
        self.texts = [upload(TOKENS, ZEROSCOPE["cross_attention_dim"]) for _ in range(3)]
        self.cache = c.c_void_p()

    def plan(self, source=ITEM, record=0):
        plan = self.library.struct(fmk.AttentionPlan, "fmk_attention_plan_init")
        plan.token_count = TOKENS
        for name, value in self.windows.items():
            setattr(plan, name, value)
        plan.source, plan.source_record, plan.source_cache = source, record, self.cache
        if source == CACHED:
            plan.edit_item = 1
        return plan

    def record_bytes(self):
        size = c.c_uint64()
        self.library.call(
            "fmk_unet_source_bytes",
            self.unet.handle,
            c.byref(self.plan()),
            *(c.c_int64(n) for n in (*self.shape, TOKENS)),
            c.byref(size),
        )
        return size.value

    def open_cache(self, size, place, directory):
        params = self.library.struct(fmk.SourceCacheParams, "fmk_source_cache_params_init")
        params.bytes = size
        params.place = PLACES[place]
        params.directory = directory.encode()
        self.library.call("fmk_source_cache_create", self.unet.context, c.byref(params), c.byref(self.cache))

    def close_cache(self):
        self.library.c.fmk_source_cache_destroy(self.cache)
        self.cache = c.c_void_p()

    def step(self, way, record):
        source, empty, target = self.texts
        latents, texts, plan = {
            "invert": lambda: ([self.source], [source], None),
            "record": lambda: ([self.source], [source], self.plan(RECORD, record)),
            "replay": lambda: ([self.source, self.edit, self.edit], self.texts, self.plan()),
            "cached": lambda: ([self.edit] * 2, [empty, target], self.plan(CACHED, record)),
            "without": lambda: ([self.edit] * 2, [empty, target], None),
        }[way]()
        return self.unet.forward(latents, texts, TIMESTEP, plan)

    def run(self, way, records):
        for record in records:
            self.unet.free(self.step(way, record))

    def noise(self, way):
        out = self.step(way, 0)
        values = [self.unet.read(h, [1, 4, *self.shape]) for h in out[-2:]]
        self.unet.free(out)
        return torch.cat(values)


def timed(run):
    torch.cuda.synchronize()
    start = time.perf_counter()
    run()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1e3


def measure(unet, name, place, a):
    edit = Edit(unet, list(map(int, a.case.split("x"))), WINDOWS[name])
    size = edit.record_bytes()
    warm = 3  # launched, recorded as a graph, replayed
    count = warm + a.steps * a.rounds
    result = {"windows": name, "place": place, "case": a.case, "steps": a.steps, "rounds": a.rounds, "record_bytes": size, "cached_bytes": size * count}
    result["open_s"] = timed(lambda: edit.open_cache(size * count, place, a.directory)) / 1e3
    ways = ["invert", "record", "replay", "cached", "without"]
    result["peak_gib"] = {}
    for way in ways:
        held = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        edit.run(way, range(warm))
        torch.cuda.synchronize()
        result["peak_gib"][way] = (torch.cuda.max_memory_allocated() - held) / 2**30
    replayed, cached = edit.noise("replay"), edit.noise("cached")
    result["difference"] = float((replayed - cached).abs().max()) / max(1.0, float(replayed.abs().max()))
    result["fusion"] = float((replayed - edit.noise("without")).abs().max()) / max(1.0, float(replayed.abs().max()))
    times = {way: [] for way in ways}
    for turn in range(a.rounds):
        records = range(warm + turn * a.steps, warm + (turn + 1) * a.steps)
        order = ways if turn % 2 == 0 else ["without", "record", "cached", "replay", "invert"]  # what is taken is there
        for way in order:
            times[way].append(timed(lambda: edit.run(way, records)) / a.steps)
    result["ms"] = {way: {"median": statistics.median(t), "min": min(t), "max": max(t)} for way, t in times.items()}
    edit.close_cache()
    unet.free([edit.source, edit.edit, *edit.texts])
    return result


def copy_rates():
    host, device = torch.empty(2**30, dtype=torch.uint8, pin_memory=True), torch.empty(2**30, dtype=torch.uint8, device="cuda")
    rates = {}
    for name, copy in (("to_gpu", lambda: device.copy_(host, True)), ("from_gpu", lambda: host.copy_(device, True))):
        copy()
        rates[name] = 2**30 / min(timed(copy) for _ in range(5)) * 1e-6
    return rates


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True)
    parser.add_argument("--case", default="8x64x64")
    parser.add_argument("--windows", nargs="+", default=list(WINDOWS), choices=list(WINDOWS))
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--places", nargs="+", default=["host", "device"], choices=list(PLACES))
    parser.add_argument("--directory", default=".")
    parser.add_argument("--json")
    a = parser.parse_args()
    results = {"gpu": torch.cuda.get_device_name(), "torch": torch.__version__, "dtype": "float16", "copies_gb_per_s": copy_rates()}
    print(json.dumps(results), flush=True)
    results["results"] = []
    with torch.inference_mode():
        model = random_unet(torch.float16, ZEROSCOPE)
        weights = {name: tensor.cpu() for name, tensor in model.state_dict().items()}
        unet = fmk.UNet(fmk.Library(a.library), model.config, weights, torch.float16)
        del model
        for name in a.windows:
            for place in a.places:
                results["results"].append(measure(unet, name, place, a))
                print(json.dumps(results["results"][-1]), flush=True)
    if a.json:
        with open(a.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


if __name__ == "__main__":
    main()
