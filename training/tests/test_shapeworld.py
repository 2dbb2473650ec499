"""What the renderer promises: the same scenes and pixels everywhere, exact masks, edits that change one thing.

    python -m unittest tests.test_shapeworld        (in training/)
"""

import pathlib
import sys
import unittest

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))

import shapeworld as sw
from shapeworld.hashing import hashed, uniform, uniform_grids
from shapeworld.noise import COARSE, FINE, STARS, smooth, weights

LEFT, RIGHT, UP, DOWN, SPINNING, GROWING, SHRINKING, STILL = range(8)
SIZES = [(128, 128), (96, 160)]


def alone(**changes):
    """A plain scene with one object."""
    scene = dict(sw.sample_config(4, 0), style=0, **changes)
    scene.pop("color2", None)
    scene.pop("shape2", None)
    return scene


def centroid(mask):
    rows, columns = torch.nonzero(mask, as_tuple=True)
    return columns.float().mean().item(), rows.float().mean().item()


class Hashing(unittest.TestCase):
    """The same constants stand in SceneTest.java."""

    def test_known_values(self):
        self.assertEqual(hashed(0, 0, 0), 2558736989570252433)
        self.assertEqual(hashed(2**64 - 1, 12, 2**40), 3326427567209381921)
        self.assertEqual(uniform(7, 3, 11), 0.43667548063955486)

    def test_tensors_hash_as_integers_do(self):
        seeds = [0, 1, 2**63 - 1, 2**64 - 1, 0x9E3779B97F4A7C15]
        grids = uniform_grids(seeds, 2, 3, 5, "cpu")
        for b, seed in enumerate(seeds):
            for cell in range(15):
                self.assertEqual(grids[b].flatten()[cell].item(), (hashed(seed, 2, cell) >> 40) * 2.0**-24)


class Sampling(unittest.TestCase):
    def test_known_scene(self):
        self.assertEqual(sw.sample_config(20, 7), dict(
            style=1, color=5, shape=2, motion=7, bg=5,
            seed=5966640703547296766, size=0.5046865065780896, px=0.328693325728725, py=0.13461649002948312, phase=0.9062367296849335,
        ))
        self.assertEqual(sw.caption(sw.sample_config(20, 7)), "a pencil sketch of a purple triangle standing still at night")

    def test_shares(self):
        scenes = [sw.sample_config(9, index) for index in range(10_000)]
        two = [c for c in scenes if "color2" in c]
        self.assertAlmostEqual(len(two) / len(scenes), 0.25, delta=0.015)
        self.assertTrue(all(c["color2"] != c["color"] and c["shape2"] != c["shape"] for c in two))
        for style, share in enumerate([0.64, 0.12, 0.12, 0.12]):
            self.assertAlmostEqual(sum(c["style"] == style for c in scenes) / len(scenes), share, delta=0.015)
        for key, count in [("color", 9), ("shape", 8), ("motion", 8), ("bg", 6)]:
            for value in range(count):
                self.assertAlmostEqual(sum(c[key] == value for c in scenes) / len(scenes), 1 / count, delta=0.015)

    def test_captions(self):
        scene = alone(color=0, shape=6, motion=LEFT, bg=0)
        self.assertEqual(sw.caption(scene), "a red car moving left on grass")
        scene.update(style=2, color2=4, shape2=3, bg=5)
        self.assertEqual(sw.caption(scene), "a neon painting of a red car moving left and a blue star at night")


class Noise(unittest.TestCase):
    def test_known_values(self):
        seed = [1234567]
        known = {
            COARSE: [-0.05129, 0.834316, 0.956468],
            FINE: [0.541239, -0.01825, 0.875244],
            STARS: [0.165261, 0.321496, 0.669672],
        }
        for grid, expected in known.items():
            noise = smooth(seed, grid, 96, 160, "cpu")
            self.assertEqual(tuple(noise.shape), (1, 1, 96, 160))
            for (row, column), value in zip([(0, 0), (41, 77), (95, 159)], expected):
                self.assertAlmostEqual(noise[0, 0, row, column].item(), value, places=5)

    def test_weights_add_up_to_one(self):
        for cells, size in [(10, 128), (20, 96), (16, 7), (10, 1)]:
            sums = weights(cells, size, "cpu").sum(1)
            self.assertTrue(torch.allclose(sums, torch.ones(size), atol=1e-6))


class Rendering(unittest.TestCase):
    def test_known_pixels(self):
        rgb, first, second = sw.render(sw.sample_config(20, 238), 8, 128, 128)
        levels = (rgb * 255).round().int()
        places = {
            (0, 61, 59): (238, 213, 29),
            (0, 99, 32): (30, 71, 222),
            (7, 61, 91): (242, 217, 30),
            (0, 0, 0): (209, 179, 123),
            (7, 127, 64): (224, 193, 137),
        }
        for (frame, row, column), expected in places.items():
            for channel in range(3):
                self.assertAlmostEqual(levels[frame, channel, row, column].item(), expected[channel], delta=1)
        self.assertEqual([int(m.sum()) for m in (first[0], first[7], second[0])], [1018, 1003, 1056])

    def test_a_batch_draws_what_single_scenes_do(self):
        scenes = [sw.sample_config(6, index) for index in range(12)]
        rgb, first, second = sw.render_batch(scenes, 3, 48, 64)
        for b, scene in enumerate(scenes):
            one = sw.render(scene, 3, 48, 64)
            self.assertTrue(torch.allclose(rgb[b], one[0], atol=1e-5))
            self.assertTrue(torch.equal(first[b], one[1]) and torch.equal(second[b], one[2]))

    def test_shapes_and_range(self):
        for frames, h, w in [(1, 128, 128), (8, 96, 160), (16, 72, 104), (5, 75, 101)]:
            rgb, first, second = sw.render_batch([sw.sample_config(6, i) for i in range(4)], frames, h, w)
            self.assertEqual(tuple(rgb.shape), (4, frames, 3, h, w))
            self.assertEqual(tuple(first.shape), (4, frames, h, w))
            self.assertEqual((first.dtype, second.dtype), (torch.bool, torch.bool))
            self.assertTrue(0 <= rgb.min() and rgb.max() <= 1)
            self.assertFalse((first & second).any())

    def test_motions_are_what_their_words_say(self):
        for h, w in SIZES:
            for motion in range(8):
                _, mask, _ = sw.render(alone(motion=motion), 8, h, w)
                (x0, y0), (x1, y1) = centroid(mask[0]), centroid(mask[7])
                growth = mask[7].sum().item() / mask[0].sum().item()
                right, down = (x1 - x0) / h, (y1 - y0) / h
                if motion in (LEFT, RIGHT):
                    self.assertGreater(right * (1 if motion == RIGHT else -1), 0.2)
                elif motion in (UP, DOWN):
                    self.assertGreater(down * (1 if motion == DOWN else -1), 0.2)
                elif motion == GROWING:
                    self.assertGreater(growth, 2)
                elif motion == SHRINKING:
                    self.assertLess(growth, 0.5)
                else:
                    self.assertAlmostEqual(growth, 1, delta=0.1)

    def test_only_water_moves_behind_an_object_that_stands_still(self):
        for bg in range(6):
            rgb, _, _ = sw.render(alone(motion=STILL, bg=bg), 4, 64, 64)
            self.assertEqual(torch.equal(rgb[0], rgb[1]), bg != 2)


class IdealEdits(unittest.TestCase):
    REACH = 4  # pixels that a plain object's soft edge goes beyond its mask, farthest at a star's tips

    def test_color_and_shape_change_nothing_far_from_the_object(self):
        for index in range(12):
            source = dict(sw.sample_config(5, index), style=0)
            for edit in (dict(source, color=(source["color"] + 1) % 9), dict(source, shape=(source["shape"] + 1) % 8)):
                before, after = sw.render(source, 3, 64, 64), sw.render(edit, 3, 64, 64)
                near = (before[1] | after[1]).float().unsqueeze(1)
                near = torch.nn.functional.max_pool2d(near, 2 * self.REACH + 1, 1, self.REACH)[:, 0] > 0
                changed = (before[0] != after[0]).any(1)
                self.assertTrue(changed.any())
                self.assertFalse((changed & ~near).any())


if __name__ == "__main__":
    unittest.main()
