"""Times UNet forward passes on one GPU: the native engine, with CUDA graphs (native) and without (launched), diffusers in eager mode (SDPA)
and diffusers under torch.compile.

    python cuda_forward.py --library libfmk.so [--case 2x8x64x64 ..] [--peers native eager compile] [--dtype float16] [--json F]

All peers live in one process, hold the same random weights in zeroscope's layout (1.41 billion parameters), get the same inputs and take
turns, each turn in another order. A case is batch x frames x height x width of the latents. A run is one forward pass from inputs that lie
on the GPU to the end of the work, in wall-clock time. first_s is the first pass, compilation included; activations_gib is the most memory
that a pass takes beyond the weights while it runs, kept_gib what a recorded pass keeps for itself between runs. --check adds the largest
difference of the outputs relative to max(1, largest value), --profile DIR a table of kernels of each peer and, as JSON, their microseconds,
after all cases have been timed. Exit code 3: diffusers is not
installed.
"""

import argparse
import json
import os
import statistics
import sys
import time

try:
    import torch
    from diffusers import UNet3DConditionModel
except ImportError as e:
    print(f"cuda_forward: skipped, {e.name} is not installed (pip install torch diffusers)", file=sys.stderr)
    sys.exit(3)

import fmk
from self_attention_cuda import ceilings

TOKENS = 77
TIMESTEP = 601
ZEROSCOPE = {"sample_size": 32, "cross_attention_dim": 1024, "attention_head_dim": 64}


def random_unet(dtype, config, device="cuda"):
    """diffusers' UNet with random weights of a trained model's scale."""
    with torch.device("meta"):
        unet = UNet3DConditionModel(**config)
    unet = unet.to(dtype).to_empty(device=device).eval().requires_grad_(False)
    generator = torch.Generator(device).manual_seed(1)
    for name, p in unet.named_parameters():
        if p.dim() > 1:
            p.normal_(0, p[0].numel() ** -0.5, generator=generator)
        elif "norm" in name and name.endswith("weight"):
            p.normal_(1, 0.1, generator=generator)
        else:
            p.normal_(0, 0.02, generator=generator)
    return unet


class Native:
    def __init__(self, unet, library, dtype, graphs):
        os.environ["FREEMASK_CUDA_GRAPHS"] = "on" if graphs else "off"
        weights = {name: tensor.cpu() for name, tensor in unet.state_dict().items()}
        self.unet = fmk.UNet(fmk.Library(library), unet.config, weights, dtype)
        self.dtype = dtype

    def load(self, sample, text):
        self.shape = [1, *sample.shape[1:]]
        self.latents = [self.unet.upload(x[None].contiguous().cpu(), self.dtype) for x in sample]
        self.text = [self.unet.upload(x[None].contiguous().cpu(), self.dtype) for x in text]

    def run(self):
        self.unet.free(self.unet.forward(self.latents, self.text, TIMESTEP))

    def output(self):
        out = self.unet.forward(self.latents, self.text, TIMESTEP)
        values = torch.cat([self.unet.read(h, self.shape) for h in out])
        self.unet.free(out)
        return values

    def unload(self):
        self.unet.free(self.latents + self.text)


class Diffusers:
    def __init__(self, unet, compiled):
        self.unet = torch.compile(unet, dynamic=False) if compiled else unet

    def load(self, sample, text):
        self.sample, self.text = sample, text
        self.timestep = torch.tensor(TIMESTEP, device="cuda")

    def _forward(self):
        return self.unet(self.sample, self.timestep, self.text, return_dict=False)[0]

    def run(self):
        self._forward()

    def output(self):
        return self._forward().float().cpu()

    def unload(self):
        del self.sample, self.text


def timed(run):
    torch.cuda.synchronize()
    start = time.perf_counter()
    run()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1e3


def profile(run, path):
    from torch.profiler import ProfilerActivity, profile as profiler

    with profiler(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as p:
        run()
        torch.cuda.synchronize()
    averages = p.key_averages()
    with open(path + ".txt", "w", encoding="utf-8") as file:
        file.write(averages.table(sort_by="self_cuda_time_total", row_limit=70, max_name_column_width=120))
    with open(path + ".json", "w", encoding="utf-8") as file:
        on_gpu = [e for e in averages if e.device_type == torch.autograd.DeviceType.CUDA]
        kernels = {e.key: (e.self_device_time_total, e.count) for e in on_gpu}
        json.dump(dict(sorted(kernels.items(), key=lambda item: -item[1][0])), file, indent=1)


def inputs(case, a):
    batch, frames, height, width = map(int, case.split("x"))
    generator = torch.Generator("cuda").manual_seed(2)
    dtype = getattr(torch, a.dtype)
    sample = torch.randn(batch, 4, frames, height, width, device="cuda", generator=generator).to(dtype)
    text = torch.randn(batch, TOKENS, a.config["cross_attention_dim"], device="cuda", generator=generator).to(dtype)
    return sample, text


def measure(peers, case, a):
    result = {"case": case, "dtype": a.dtype, "runs": a.runs, "peers": {}}
    sample, text = inputs(case, a)
    for name, peer in peers.items():
        peer.load(sample, text)
        torch.cuda.empty_cache()
        before, held = torch.cuda.memory_reserved(), torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        entry = result["peers"][name] = {"first_s": timed(peer.run) / 1e3}
        entry["activations_gib"] = (torch.cuda.max_memory_allocated() - held) / 2**30
        for _ in range(a.warmup):
            peer.run()
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
        entry["kept_gib"] = (torch.cuda.memory_reserved() - before) / 2**30
        entry["run_ms"] = []
    names = list(peers)
    for turn in range(a.runs):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            result["peers"][name]["run_ms"].append(timed(peers[name].run))
    for entry in result["peers"].values():
        times = entry.pop("run_ms")
        entry.update(median_ms=statistics.median(times), min_ms=min(times), max_ms=max(times))
    if a.check:
        outputs = {name: peer.output() for name, peer in peers.items()}
        for name, value in outputs.items():
            for other, reference in outputs.items():
                if name < other:
                    error = float((value - reference).abs().max()) / max(1.0, float(reference.abs().max()))
                    result.setdefault("difference", {})[f"{name} {other}"] = error
    for peer in peers.values():
        peer.unload()
    return result


def write(results, path):
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True)
    parser.add_argument("--case", nargs="+", default=["2x8x64x64", "2x24x40x72", "1x8x32x32"])
    parser.add_argument("--peers", nargs="+", default=["native", "eager"], choices=["native", "launched", "eager", "compile"])
    parser.add_argument("--dtype", default="float16", choices=["float16", "bfloat16", "float32"])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--profile")
    parser.add_argument("--json")
    a = parser.parse_args()
    a.config = ZEROSCOPE
    dtype = getattr(torch, a.dtype)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    product, copy = ceilings(dtype)
    results = {
        "gpu": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "cudnn": torch.backends.cudnn.version(),
        "product_tflops": product,
        "copy_gb_per_s": copy,
        "results": [],
    }
    with torch.inference_mode():
        unet = random_unet(dtype, a.config)
        makers = {
            "native": lambda: Native(unet, a.library, dtype, True),
            "launched": lambda: Native(unet, a.library, dtype, False),
            "eager": lambda: Diffusers(unet, False),
            "compile": lambda: Diffusers(unet, True),
        }
        peers = {name: makers[name]() for name in a.peers}
        for case in a.case:
            results["results"].append(measure(peers, case, a))
            print(json.dumps(results["results"][-1]), flush=True)
            write(results, a.json)
        if "native" in peers:
            runs = peers["native"].unet.attention()
            results["attention"] = {f"{operation} {kernel}": list(found) for (operation, kernel), found in runs.items()}
            print(json.dumps(results["attention"], indent=1))
            write(results, a.json)
        for name, peer in peers.items() if a.profile else ():
            for case in a.case:
                peer.load(*inputs(case, a))
                profile(peer.run, f"{a.profile}/{case}-{name}")
                peer.unload()


if __name__ == "__main__":
    main()
