"""Compares the time of one UNet forward pass of two peers, taking turns within one run.

    python compare_forward.py --model DIR [--runs 30] [--threads 2] [--dtype float32] [--check] -- OURS...

OURS is a command that speaks the line protocol of diffusers_forward.py. The words {model}, {input}, {threads} and
{dtype} in it are filled in. Peers take turns, each turn in the other order, so that a host that speeds up or slows down
does so for both. Prints JSON: medians, minima and `ratio` = median of ours / median of diffusers; with --check also
the largest difference of the outputs relative to max(1, largest value). Exit code 3: diffusers is not installed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


class Peer:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.times = []
        self.name = self._answer("ready")

    def _answer(self, word=""):
        """The next line that starts with the word, without it; other lines before `ready` are a peer's chatter."""
        while True:
            line = self.process.stdout.readline()
            if not line:
                code = self.process.wait()
                if code != 3:
                    print(
                        f"compare_forward: a peer ended early with exit code {code}: {self.process.args}",
                        file=sys.stderr,
                    )
                sys.exit(3 if code == 3 else 1)
            if line.startswith(word):
                return line[len(word) :].strip()

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def run(self):
        self.ask("run")
        self.times.append(float(self._answer()))

    def save(self, path):
        self.ask(f"save {path}")
        self._answer("saved")

    def close(self):
        self.ask("quit")
        self.process.stdin.close()
        self.process.wait()

    def summary(self):
        return {
            "name": self.name,
            "median_ms": statistics.median(self.times),
            "min_ms": min(self.times),
            "max_ms": max(self.times),
        }


def difference(paths):
    from safetensors.torch import load_file

    ours, reference = (load_file(p)["out"] for p in paths)
    return float((ours - reference).abs().max()) / max(1.0, float(reference.abs().max()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--input")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("ours", nargs="+")
    a = parser.parse_args()
    given = a.input or os.path.join(a.model, "input.safetensors")
    words = {"{model}": a.model, "{input}": given, "{threads}": str(a.threads), "{dtype}": a.dtype}
    ours = [words.get(w, w) for w in a.ours]
    here = os.path.dirname(os.path.abspath(__file__))
    theirs = [
        sys.executable,
        os.path.join(here, "diffusers_forward.py"),
        a.model,
        "--input",
        given,
        "--threads",
        str(a.threads),
        "--dtype",
        a.dtype,
    ]
    reference = Peer(theirs)
    peers = [Peer(ours), reference]
    for turn in range(a.warmup + a.runs):
        for peer in peers if turn % 2 == 0 else peers[::-1]:
            time.sleep(0.02)  # lets the other peer's idle worker threads fall asleep
            peer.run()
    for peer in peers:
        peer.times = peer.times[a.warmup :]
    result = {
        "runs": a.runs,
        "threads": a.threads,
        "dtype": a.dtype,
        "ours": peers[0].summary(),
        "diffusers": peers[1].summary(),
    }
    result["ratio"] = round(result["ours"]["median_ms"] / result["diffusers"]["median_ms"], 4)
    if a.check:
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, f"{i}.safetensors") for i in range(2)]
            for peer, path in zip(peers, paths):
                peer.save(path)
            result["difference"] = difference(paths)
    for peer in peers:
        peer.close()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
