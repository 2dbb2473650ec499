"""What every training program needs: the device, a log, checkpoints that are whole or absent, and a clock."""

import math
import os
import time

import torch

_START = time.time()


def device():
    if torch.cuda.is_available():
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
        return "cuda"
    return "cpu"


def log(*parts):
    print(f"[{time.time() - _START:7.1f}]", *parts, flush=True)


def save(value, path):
    """Writes a checkpoint under another name first, so that a reader never sees half of one."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    torch.save(value, path + ".part")
    os.replace(path + ".part", path)


def load(path):
    """Reads a checkpoint, or the weights of one network from safetensors in float32."""
    if path.endswith(".safetensors"):
        from safetensors.torch import load_file

        return {name: value.float() for name, value in load_file(path, device=device()).items()}
    return torch.load(path, map_location=device())


class Progress:
    """Counts steps up to a number of steps or for a number of seconds, whichever is given (seconds win)."""

    def __init__(self, steps, seconds=None, done=0):
        self.steps, self.seconds, self.step, self.first = steps, seconds, done, done
        self.begin = time.time()

    def elapsed(self):
        return time.time() - self.begin

    def fraction(self):
        return min(1.0, self.elapsed() / self.seconds if self.seconds else self.step / self.steps)

    def done(self):
        return self.fraction() >= 1

    def cosine(self, warm_up, floor=0.02):
        """The share of the peak learning rate: rises over `warm_up` steps, then falls along half a cosine to `floor`."""
        fall = floor + (1 - floor) * (0.5 + 0.5 * math.cos(math.pi * self.fraction()))
        return fall * min(1.0, (self.step + 1) / warm_up)

    def rate(self):
        return f"{1e3 * self.elapsed() / max(1, self.step - self.first):.1f} ms/step"
