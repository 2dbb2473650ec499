"""Makes golden/p2p/examples.json with the original code of Prompt-to-Prompt.

    python make_p2p_fixtures.py --p2p DIR --model DIR --out examples.json

`--p2p` is a clone of github.com/google/prompt-to-prompt, of which seq_aligner.py and ptp_utils.py are run; `--model`
a model directory whose tokenizer holds the genuine CLIP vocabulary. The original splits prompts at single spaces, so
it gets prompts that are stripped and joined by one space. Stops when plan_reference.py differs anywhere.
"""

import argparse
import json
import os
import types
from typing import Dict, Optional, Tuple, Union

import numpy as np
import torch

import plan_reference

LENGTH = 77
ABOUT = [
    "Made by seq_aligner.py and ptp_utils.py of Prompt-to-Prompt on stripped prompts whose words are joined by one space.",
    "replace: [source token, target token, weight] of each entry that is not 0; null where word counts differ (an error).",
    "refine: pi and a of the target's tokens with start and end; behind them pi[n] = n and a[n] = 1.",
    "alphas: steps [first, end) in which a token's alpha is 1, in a table of steps + 1 rows; tokens: those unlike default.",
]

# name, source, target, equalizer, window, word windows
EXAMPLES = [
    ("same length, one word", "a bear is walking", "a tiger is walking", {"tiger": 2.0}, [0, 0.5], {}),
    (
        "insertion at the end",
        "a bear is walking",
        "a tiger is walking in the snow",
        {"snow": 3.0, "tiger": 0.5},
        [0, 0.8],
        {"snow": [0, 0.2]},
    ),
    (
        "words dropped",
        "a tiger is walking in the deep snow",
        "a tiger in snow",
        {"snow": 0.5},
        [0.2, 0.9],
        {"tiger": [0, 1.0]},
    ),
    (
        "one piece to four",
        "a bear is walking",
        "a kookaburra is walking",
        {"kookaburra": 4.0},
        [0, 0.7],
        {"kookaburra": [0.1, 0.3]},
    ),
    (
        "four pieces to one",
        "one kookaburra eats a zeppelin",
        "one bear eats a zeppelin",
        {"zeppelin": 2.5},
        [0, 1.0],
        {},
    ),
    ("equal piece counts above one", "a hovercraft over water", "a ukiyo over water", {"ukiyo": 20.0}, [0, 0.9], {}),
    (
        "three pieces to four",
        "the tyrannosaurus met a hovercraft today",
        "the kookaburra met a hovercraft today",
        {"hovercraft": 1.5},
        [0, 0.6],
        {"hovercraft": [0.4, 0.9]},
    ),
    (
        "several swaps with different lengths",
        "a bear and a kookaburra near a hovercraft",
        "a tyrannosaurus and a fox near a giraffe",
        {"a": 0.5},
        [0, 0.55],
        {"a": [0, 0.3]},
    ),
    ("repeated word kept", "a bear and a bear", "a tiger and a tiger", {"tiger": 2.0}, [0, 0.5], {"tiger": [0.5, 1.0]}),
    (
        "repeated word, one occurrence swapped",
        "the cat saw the cat",
        "the cat saw the kookaburra",
        {"the": 1.5},
        [0, 0.45],
        {},
    ),
    (
        "repeated multi-piece word",
        "a fox and a fox run",
        "a kookaburra and a kookaburra run",
        {"kookaburra": 0.25},
        [0, 0.8],
        {"kookaburra": [0.25, 0.75]},
    ),
    ("equal prompts", "a zeppelin is flying", "a zeppelin is flying", {"flying": 5.0}, [0, 1.0], {}),
    ("all words differ", "red fish", "blue kookaburra", {"blue": 2.0}, [0, 0.3], {}),
    ("swap at the first word", "kookaburra sits here", "bear sits here", {"bear": 1.25}, [0, 0.65], {}),
    (
        "swap at the last word",
        "here sits one bear",
        "here sits one tyrannosaurus",
        {"tyrannosaurus": 1.25},
        [0, 0.65],
        {},
    ),
    ("insertion in front", "bear walking", "photo of a bear walking", {"photo": 2.0}, [0, 0.9], {}),
    ("shared word moves", "snow falls on a bear", "a bear in falling snow", {"falling": 2.0}, [0.1, 0.9], {}),
    (
        "insertion beside a repeated word",
        "a dog a dog",
        "a dog a big dog a dog",
        {"dog": 2.0},
        [0, 0.5],
        {"big": [0, 0.1]},
    ),
    ("punctuation in words", "a bear, in snow", "a tiger, in snow", {"tiger,": 2.0}, [0, 0.5], {}),
    ("trailing space", "a girl jump on the bed", "a boy jump on the bed ", {"boy": 2.0}, [0, 0.5], {}),
    ("leading and double spaces", " a  bear is walking", "a tiger   is walking ", {"tiger": 2.0}, [0, 0.5], {}),
    ("upper case swap", "A Bear is walking", "A Tiger is walking", {"Tiger": 2.0}, [0, 0.5], {}),
    ("two words change places", "fox bear run", "bear fox run", {"fox": 2.0}, [0, 0.5], {}),
    (
        "twenty words",
        "the quick brown fox jumps over one lazy dog and then a bear eats the very sweet honey of the bees",
        "the quick brown kookaburra jumps over one lazy cat and then a hovercraft eats the very sweet honey of the bees",
        {"the": 0.1},
        [0, 0.95],
        {"the": [0, 0.5], "cat": [0.5, 1.0]},
    ),
]


def module(path, start=""):
    """The file as a module, from the line that begins with `start`: ptp_utils imports things that are not needed."""
    text = open(path, encoding="utf-8").read()
    m = types.ModuleType(os.path.basename(path))
    m.__dict__.update(torch=torch, np=np, Union=Union, Optional=Optional, Tuple=Tuple, Dict=Dict)
    exec(text[text.index(start) :], m.__dict__)
    return m


class Text:
    """The part of plan_reference.Model that prompts need."""

    def __init__(self, directory):
        from transformers import CLIPTokenizer

        self.tokenizer = CLIPTokenizer.from_pretrained(os.path.join(directory, "tokenizer"))

    def ids(self, prompt):
        return self.tokenizer(prompt).input_ids


def agree(condition, name, what):
    if not condition:
        raise SystemExit(f"'{name}': plan_reference.py and Prompt-to-Prompt differ in {what}")


def example(row, text, aligner, utils):
    name, source, target, equalizer, window, word_windows = row
    p, q = plan_reference.Prompt(text, source), plan_reference.Prompt(text, target)
    s, t = " ".join(p.words), " ".join(q.words)
    for prompt, plain in ((p, s), (q, t)):
        for i, places in enumerate(prompt.places):
            agree(list(aligner.get_word_inds(plain, i, text.tokenizer)) == places, name, "word places")
    words = {w: [int(v) for v in aligner.get_word_inds(t, w, text.tokenizer)] for w in dict.fromkeys(q.words)}
    agree(all(q.tokens(w) == v for w, v in words.items()), name, "tokens of a word")

    pi, a = (x[0] for x in aligner.get_refinement_mapper([s, t], text.tokenizer))
    own = plan_reference.refine_mapper(p, q, LENGTH)
    agree(torch.equal(pi, own[0]) and torch.equal(a, own[1]), name, "the refinement mapper")
    n = len(q.ids)
    try:
        r = aligner.get_replacement_mapper([s, t], text.tokenizer)[0]
        agree(torch.equal(r, plan_reference.replace_matrix(p, q, LENGTH)), name, "the replacement mapper")
        replace = [[int(i), int(j), round(float(r[i, j]), 7)] for i, j in r.nonzero()]
    except ValueError:
        replace = None
    alphas = []
    for steps in (10, 7, 50):
        windows = {"default_": tuple(window), **{w: tuple(v) for w, v in word_windows.items()}}
        table = utils.get_time_words_attention_alpha([s, t], steps, windows, text.tokenizer)[:, 0, 0, 0]
        ranges = []
        for token in range(LENGTH):
            on = table[:, token].nonzero()[:, 0].tolist()
            ranges.append([on[0], on[-1] + 1] if on else [0, 0])
        default = ranges[-1]
        alphas.append(
            {
                "steps": steps,
                "window": window,
                "word_windows": word_windows,
                "default": default,
                "tokens": {str(k): v for k, v in enumerate(ranges) if v != default},
            }
        )
    return {
        "name": name,
        "source": source,
        "target": target,
        "source_ids": p.ids,
        "target_ids": q.ids,
        "source_words": [list(x) for x in zip(p.words, p.places)],
        "target_words": [list(x) for x in zip(q.words, q.places)],
        "word_tokens": words,
        "refine": {"pi": pi[:n].tolist(), "a": a[:n].tolist()},
        "replace": replace,
        "equalizer": {
            "words": equalizer,
            "values": {str(i): float(np.float32(v)) for w, v in equalizer.items() for i in words[w]},
        },
        "alphas": alphas,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("p2p", "model", "out"):
        parser.add_argument(f"--{name}", required=True)
    a = parser.parse_args()
    text = Text(a.model)
    aligner = module(os.path.join(a.p2p, "seq_aligner.py"))
    utils = module(os.path.join(a.p2p, "ptp_utils.py"), "def get_word_inds")
    made = [example(row, text, aligner, utils) for row in EXAMPLES]
    with open(a.out, "w", encoding="utf-8") as f:
        json.dump({"length": LENGTH, "about": ABOUT, "examples": made}, f, ensure_ascii=False, separators=(",", ":"))
    print(f"{len(made)} examples")


if __name__ == "__main__":
    main()
