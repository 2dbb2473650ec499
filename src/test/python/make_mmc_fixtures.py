"""Expected masks, confusion counts and MIoU of the tiny model's cross maps, for WordMapTraceIT.

    python make_mmc_fixtures.py GOLDEN      (needs numpy, safetensors, torch)

Reads GOLDEN/tiny/attn.safetensors, whose head-mean probabilities come from diffusers, and writes
GOLDEN/mmc/expected.json; and GOLDEN/mmc/resized.json, a mask and a ground truth of unequal sizes with
the MIoU after nearest resize of the mask (ConfusionTest). Nothing here comes from the Java code: maps are summed over a word's
tokens, pooled and resized by torch, and counted by numpy.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open

FRAME = 64
THRESHOLDS = [0.2, 0.3, 0.4, 0.5, 0.6]
WORDS = {"bear": [2], "walking": [4], "bear walking": [2, 4]}
# No value may be this near a threshold: f32 arithmetic in another order could take the other side.
MARGIN = 1e-5


def truth(frames: int) -> np.ndarray:
    """A disc of radius 14 that moves 6 pixels to the right in each frame."""
    f, y, x = np.mgrid[0:frames, 0:FRAME, 0:FRAME]
    return (x - 20 - 6 * f) ** 2 + (y - 30) ** 2 <= 14**2


def relative(probabilities: torch.Tensor, tokens: list[int], pool: bool) -> np.ndarray:
    side = int(round(probabilities.shape[1] ** 0.5))
    word = probabilities[:, :, tokens].sum(-1).reshape(-1, 1, side, side)
    if pool:
        word = torch.nn.functional.max_pool2d(word, 3, 1, 1)
    word = torch.nn.functional.interpolate(word, (FRAME, FRAME), mode="nearest")
    return (word / word.amax((2, 3), keepdim=True))[:, 0].numpy()


def resized() -> dict:
    """An ellipse and a disc, the mask at another size and aspect than the ground truth."""
    y, x = np.mgrid[0:58, 0:93]
    ground_truth = (x - 50) ** 2 + (y - 27) ** 2 <= 17**2
    y, x = np.mgrid[0:33, 0:41]
    mask = ((x - 20) / 9) ** 2 + ((y - 17) / 12) ** 2 <= 1
    large = torch.nn.functional.interpolate(
        torch.from_numpy(mask).float()[None, None], ground_truth.shape, mode="nearest"
    )[0, 0].bool().numpy()  # fmt: skip
    both, none = (large & ground_truth).sum(), (~large & ~ground_truth).sum()
    different = (large != ground_truth).sum()
    rows = lambda values: ["".join("01"[int(v)] for v in row) for row in values]
    return {
        "mask": rows(mask),
        "truth": rows(ground_truth),
        "object_iou": float(both / (both + different)),
        "miou": float((both / (both + different) + none / (none + different)) / 2),
    }


def main() -> None:
    golden = Path(sys.argv[1])
    cases = []
    with safe_open(golden / "tiny/attn.safetensors", "pt") as file:
        layers = [n for n in file.keys() if n.endswith(".attn2.mean_heads") and ".attentions." in n]
        for name in layers:
            probabilities = file.get_tensor(name)
            object_mask = truth(probabilities.shape[0])
            for word, tokens in WORDS.items():
                for pool in (False, True):
                    values = relative(probabilities, tokens, pool)
                    for threshold in THRESHOLDS:
                        assert np.abs(values - threshold).min() > MARGIN, (name, word, threshold)
                        mask = values > threshold
                        tp = int((mask & object_mask).sum())
                        fp = int((mask & ~object_mask).sum())
                        fn = int((~mask & object_mask).sum())
                        tn = int((~mask & ~object_mask).sum())
                        cases.append(
                            {
                                "layer": name.removesuffix(".mean_heads"),
                                "words": word.split(),
                                "pool": pool,
                                "threshold": threshold,
                                "counts": [tp, fp, fn, tn],
                                "object_iou": tp / (tp + fp + fn),
                                "miou": (tp / (tp + fp + fn) + tn / (tn + fp + fn)) / 2,
                            }
                        )
    out = golden / "mmc"
    out.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (out / "expected.json").write_text(f"[\n{lines}\n]\n")
    (out / "resized.json").write_text(json.dumps(resized(), indent=1) + "\n")
    print(len(cases), "cases,", len({c["miou"] for c in cases}), "different values of MIoU")


if __name__ == "__main__":
    main()
