"""Expected PSNR, SSIM, dilation and frame differences of small noisy clips, for the tests of io.freemask.eval.metric.

    python make_metric_fixtures.py RESOURCES      (needs numpy, scipy, scikit-image)

Writes RESOURCES/metrics/expected.json. Nothing here comes from the Java code: SSIM is the full map of scikit-image, PSNR its
peak_signal_noise_ratio of the region's pixels, dilation that of scipy.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import grey_dilation
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

FRAMES, HEIGHT, WIDTH = 3, 17, 21


def clips() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    f, y, x = np.mgrid[0:FRAMES, 0:HEIGHT, 0:WIDTH]
    base = np.stack([120 + 90 * np.sin(x / 3 + f), 10 * y + 4 * f, 6 * x + 5 * y], -1)
    first = np.clip(base + rng.normal(0, 6, base.shape), 0, 255).astype(np.uint8)
    second = np.clip(base * 0.9 + 10 + rng.normal(0, 14, base.shape), 0, 255).astype(np.uint8)
    return first, second


def ssim_map(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return structural_similarity(
        a, b, channel_axis=-1, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )[1]


def main() -> None:
    first, second = clips()
    _, y, x = np.mgrid[0:FRAMES, 0:HEIGHT, 0:WIDTH]
    mask = (x - 8 - 2 * np.arange(FRAMES)[:, None, None]) ** 2 + (y - 7) ** 2 <= 25
    soft = np.random.default_rng(6).random((FRAMES, HEIGHT, WIDTH)).round(3) * (np.random.default_rng(7).random(mask.shape) > 0.9)
    maps = np.stack([ssim_map(a, b) for a, b in zip(first, second, strict=True)])
    expected = {
        "width": WIDTH,
        "height": HEIGHT,
        "frames": FRAMES,
        "first": [frame.tobytes().hex() for frame in first],
        "second": [frame.tobytes().hex() for frame in second],
        "mask": mask.astype(int).ravel().tolist(),
        "psnr": {
            "all": peak_signal_noise_ratio(first, second, data_range=255),
            "inside": peak_signal_noise_ratio(first[mask], second[mask], data_range=255),
            "outside": peak_signal_noise_ratio(first[~mask], second[~mask], data_range=255),
        },
        "ssim": {"all": maps.mean(), "inside": maps[mask].mean(), "outside": maps[~mask].mean()},
        "change": {
            "first": np.abs(np.diff(first.astype(float), axis=0)).mean(),
            "second": np.abs(np.diff(second.astype(float), axis=0)).mean(),
        },
        "soft": soft.ravel().tolist(),
        "dilated": grey_dilation(soft, size=(1, 5, 5), mode="constant", cval=0).ravel().tolist(),
    }
    out = Path(sys.argv[1]) / "metrics" / "expected.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(expected) + "\n")


if __name__ == "__main__":
    main()
