"""Writes src/test/resources/shapeworld/scenes.zip: scenes that every renderer has to draw alike.

scenes.json lists them. N.rgb holds uint8 [3 frames, rows, columns, 3] of every fourth pixel, N.masks the bits of
uint8 [3 frames, 2 objects, h, w], both for the first, the middle and the last frame.
"""

import json
import pathlib
import zipfile

import numpy as np
import shapeworld as sw

STREAM = 20
SIZES = [(128, 128), (96, 160), (72, 104)]
STEP = 4


def chosen():
    """Twenty scenes of a stream with every value of every attribute, then every shape without a style, moving left."""
    for number in range(20):
        scene = sw.sample_config(STREAM, number)
        scene.update(style=number % 4, shape=(number * 3) % 8, motion=(number * 5) % 8, bg=number % 6, color=number % 9)
        if scene.get("color2") == scene["color"] or scene.get("shape2") == scene["shape"]:
            del scene["color2"], scene["shape2"]
        yield number, scene
    for shape in range(8):
        yield 20 + shape, dict(sw.sample_config(STREAM, 20 + shape), style=0, shape=shape, motion=0)


def main():
    target = pathlib.Path(__file__).parent.parent / "src/test/resources/shapeworld/scenes.zip"
    listed, files = [], {}
    for number, scene in chosen():
        height, width = SIZES[number % 3]
        frames = (8, 16, 1)[number % 3 if number > 2 else 0]
        rgb, first, second = sw.render(scene, frames, height, width)
        kept = [0, frames // 2, frames - 1]
        offset = number % STEP
        picked = rgb[kept].permute(0, 2, 3, 1)[:, offset::STEP, offset::STEP]
        files[f"{number}.rgb"] = np.floor(picked.numpy() * 255 + 0.5).astype(np.uint8).tobytes()
        masks = np.stack([first[kept].numpy(), second[kept].numpy()], 1)
        files[f"{number}.masks"] = np.packbits(masks.reshape(-1)).tobytes()
        sampled = sw.sample_config(STREAM, number)
        listed.append(dict(
            scene, frames=frames, height=height, width=width, offset=offset, caption=sw.caption(scene),
            sampled=dict(sampled, caption=sw.caption(sampled)),
        ))  # fmt: skip
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        document = dict(stream=STREAM, step=STEP, scenes=listed)
        for name, data in [("scenes.json", json.dumps(document, indent=1)), *files.items()]:
            out.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    print(target, target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
