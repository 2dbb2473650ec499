"""Times forward passes of diffusers' UNet3DConditionModel, one for each line `run` on standard input.

    python diffusers_forward.py MODEL_DIR [--input X.safetensors] [--threads 2] [--dtype float32]

The line protocol, which every peer of compare_forward.py speaks: the peer prints `ready NAME` when it has loaded and
run once; for each line `run` it runs one forward pass and prints the milliseconds it took; for a line `save PATH` it
writes the last output as `out`, float32, to the safetensors file PATH and prints `saved`; at `quit`, or at the end of
the input, it ends. X holds `sample`, `timestep` and `encoder_hidden_states` (default: MODEL_DIR/input.safetensors).
Exit code 3: diffusers is not installed.
"""

import argparse
import os
import sys
import time

try:
    import diffusers
    import torch
    from safetensors.torch import load_file, save_file
except ImportError as e:
    print(
        f"diffusers_forward: skipped, {e.name} is not installed (pip install torch diffusers transformers)",
        file=sys.stderr,
    )
    sys.exit(3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--input")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    dtype = getattr(torch, a.dtype)
    unet = diffusers.UNet3DConditionModel.from_pretrained(os.path.join(a.model, "unet"), torch_dtype=dtype).eval()
    x = load_file(a.input or os.path.join(a.model, "input.safetensors"))
    sample, text, timestep = x["sample"].to(dtype), x["encoder_hidden_states"].to(dtype), x["timestep"][0]
    with torch.inference_mode():
        out = unet(sample, timestep, text).sample
        print(f"ready diffusers-{diffusers.__version__}-torch-{torch.__version__}-{a.dtype}", flush=True)
        for line in sys.stdin:
            command, _, argument = line.strip().partition(" ")
            if command == "run":
                start = time.perf_counter()
                out = unet(sample, timestep, text).sample
                print(f"{(time.perf_counter() - start) * 1e3:.3f}", flush=True)
            elif command == "save":
                save_file({"out": out.float().contiguous()}, argument)
                print("saved", flush=True)
            elif command == "quit":
                return
            else:
                sys.exit(f"diffusers_forward: unknown command '{command}'")


if __name__ == "__main__":
    main()
