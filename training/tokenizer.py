"""The tokenizer of the built-in model: CLIP's byte-level BPE, grown until every word of a caption is one token."""

import itertools
import json
import os
from collections import Counter

import shapeworld as sw

LENGTH = 32
START, END = "<|startoftext|>", "<|endoftext|>"
# Words that no caption holds; they only make sure that a prompt with them keeps one token for each word.
SPARE = (
    "turning bouncing wooden golden cyan gray bird boat house background object day evening dark light with and the of in"
)


def corpus():
    """Word counts over every caption of one object, and the words that only other prompts use."""
    count = Counter(word for word in SPARE.split())
    phrases = itertools.product(sw.STYLES, sw.COLORS, sw.SHAPES, sw.MOTIONS, ["on " + b for b in sw.BACKGROUNDS[:-1]] + ["at night"])
    for style, color, shape, motion, place in phrases:
        count.update(f"{style}a {color} {shape} {motion} {place}".split())
    return count


def byte_symbols():
    """CLIP's 256 printable stand-ins for bytes, in its order."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = [byte for byte in range(256) if byte not in kept]
    return [chr(byte) for byte in kept] + [chr(256 + place) for place, _ in enumerate(moved)]


def joined(pieces, pair):
    out = []
    for piece in pieces:
        if out and (out[-1], piece) == pair:
            out[-1] += piece
        else:
            out.append(piece)
    return out


def build():
    """Returns the vocabulary (token to id) and the merges, most frequent pair first, ties in order of their text."""
    words = corpus()
    pieces = {word: [*word[:-1], word[-1] + "</w>"] for word in words}
    symbols = byte_symbols()
    tokens, merges = symbols + [symbol + "</w>" for symbol in symbols], []
    while True:
        pairs = Counter()
        for word, parts in pieces.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        tokens.append(best[0] + best[1])
        pieces = {word: joined(parts, best) for word, parts in pieces.items()}
    tokens = list(dict.fromkeys(tokens + [START, END]))
    return {token: place for place, token in enumerate(tokens)}, merges


class WordEncoder:
    """Token ids of captions, whose words are one token each: start, words, end, then the end token as padding."""

    def __init__(self):
        self.vocabulary, self.merges = build()
        self.start, self.end = self.vocabulary[START], self.vocabulary[END]

    def __call__(self, caption):
        ids = [self.start] + [self.vocabulary[word + "</w>"] for word in caption.split()] + [self.end]
        if len(ids) > LENGTH:
            raise ValueError(f"'{caption}' has {len(ids)} tokens, the text encoder takes {LENGTH}")
        return ids + [self.end] * (LENGTH - len(ids))


def write(folder, encoder):
    """Writes the four files of a CLIPTokenizer."""
    os.makedirs(folder, exist_ok=True)
    special = dict(bos_token=START, eos_token=END, pad_token=END, unk_token=END)
    config = dict(
        add_prefix_space=False, do_lower_case=True, errors="replace", model_max_length=LENGTH, tokenizer_class="CLIPTokenizer", **special
    )
    files = {
        "vocab.json": json.dumps(encoder.vocabulary, ensure_ascii=False),
        "merges.txt": "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in encoder.merges),
        "tokenizer_config.json": json.dumps(config, indent=2, sort_keys=True),
        "special_tokens_map.json": json.dumps(special, indent=2),
    }
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
