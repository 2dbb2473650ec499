"""Draws what a forward pass costs against frames and against resolution, from the results of cuda_forward.py.

    python cost_plot.py forward-cost.json cost.svg

Two panels with milliseconds of a pass: the cases that have the first case's height and width, by frames, and those that have its frames, by
latent pixels of a frame. Beside the peers stands what the products and convolutions would take at the rate of one large product (bound):
their operations are counted on tensors without data. Needs torch and diffusers, no GPU. Prints a line of numbers for each case.
"""

import json
import sys

import torch
from cuda_forward import TIMESTEP, TOKENS, ZEROSCOPE
from diffusers import UNet3DConditionModel
from torch.utils.flop_counter import FlopCounterMode

COLOURS = {"native": "#0b6e99", "eager": "#c2571a", "bound": "#555555"}
LABELS = {"native": "freemask", "eager": "diffusers, eager", "bound": "products alone, at the rate of a large one"}
WIDTH, HEIGHT, LEFT, TOP, GAP = 330, 250, 64, 62, 92


def tera_operations(batch, frames, height, width):
    with torch.device("meta"), torch.inference_mode(), FlopCounterMode(display=False) as counter:
        text = torch.empty(batch, TOKENS, ZEROSCOPE["cross_attention_dim"])
        UNet3DConditionModel(**ZEROSCOPE)(torch.empty(batch, 4, frames, height, width), torch.tensor(TIMESTEP), text)
    return counter.get_total_flops() / 1e12


def points(results, rate):
    for entry in results:
        batch, frames, height, width = map(int, entry["case"].split("x"))
        times = {peer: value["median_ms"] for peer, value in entry["peers"].items()}
        operations = tera_operations(batch, frames, height, width)
        share = operations / rate * 1e3 / times["native"]
        each = {peer: round(time / (batch * frames), 3) for peer, time in times.items()}
        print(f"{entry['case']}: {operations:.2f} TFLOP, {share:.2f} of the product rate, ms of a frame of an item: {each}")
        yield frames, height, width, {**times, "bound": operations / rate * 1e3}


def ticks(top):
    step = next(s for e in range(-2, 6) for s in (10**e, 2 * 10**e, 5 * 10**e) if top / s <= 5)
    return [step * i for i in range(int(top / step) + 1)]


def panel(left, title, axis, rows):
    """rows: [(x, label of x, {peer: ms})], ordered by x."""
    top = 1.05 * max(max(times.values()) for _, _, times in rows)
    right = 1.06 * rows[-1][0]
    at = lambda x, y: (left + WIDTH * x / right, TOP + HEIGHT * (1 - y / top))
    out = [f'<text x="{left}" y="{TOP - 14}" font-weight="bold">{title}</text>']
    for value in ticks(top):
        x, y = at(0, value)
        out.append(f'<line x1="{x}" x2="{x + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
        out.append(f'<text x="{x - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for x, label, _ in rows:
        place, y = at(x, 0)
        out.append(f'<text x="{place:.1f}" y="{y + 18}" text-anchor="middle">{label}</text>')
    out.append(f'<text x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 40}" text-anchor="middle">{axis}</text>')
    for peer in rows[0][2]:
        line = [at(x, times[peer]) for x, _, times in rows]
        dash = ' stroke-dasharray="5 4"' if peer == "bound" else ""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[peer]}" stroke-width="2"{dash}/>')
        out.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{COLOURS[peer]}"/>' for x, y in line if peer != "bound")
    return out


def legend(peers):
    out, x = [], LEFT
    for peer in peers:
        dash = ' stroke-dasharray="5 4"' if peer == "bound" else ""
        out.append(f'<line x1="{x}" x2="{x + 26}" y1="18" y2="18" stroke="{COLOURS[peer]}" stroke-width="2"{dash}/>')
        out.append(f'<text x="{x + 32}" y="22">{LABELS[peer]}</text>')
        x += 60 + 7 * len(LABELS[peer])
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    rows = list(points(results["results"], results["product_tflops"]))
    frames, height, width, times = rows[0]
    by_frames = sorted((f, str(f), t) for f, h, w, t in rows if (h, w) == (height, width))
    by_pixels = sorted((h * w, f"{h}x{w}", t) for f, h, w, t in rows if f == frames)
    second = LEFT + WIDTH + GAP
    size = f'width="{second + WIDTH + 24}" height="{TOP + HEIGHT + 56}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12" fill="#222222">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *legend(times),
        *panel(LEFT, f"Milliseconds of a pass, latents {height}x{width}", "frames", by_frames),
        *panel(second, f"Milliseconds of a pass, {frames} frames", "latents (placed by their pixels)", by_pixels),
        "</svg>",
    ]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
