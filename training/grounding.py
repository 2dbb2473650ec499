"""Teaches chosen cross-attention layers to look at a word where the word's object is.

Two ideas come from TokenCompose (arXiv 2312.03626): attention maps are compared with masks for each token, and for
each pixel, so that neither the words' share of the attention nor its place can shrink away.
"""

import torch
import torch.nn.functional as F

from fast_layers import ExplicitAttention, cross_layers

# Inside an object its colour word and its shape word get this much of the attention each; the rest reads the others.
SHARE = 0.3
# Only layers of the way up are taught, so that layers differ in how well they localise, as in large models.
TAUGHT = "up_blocks"


class Grounding:
    """Records the taught layers' maps during a forward pass and compares them with masks."""

    def __init__(self, unet):
        self.maps = []
        for name, module in cross_layers(unet).items():
            if name.startswith(TAUGHT):
                module.set_processor(ExplicitAttention(self.maps.append))

    def clear(self):
        self.maps.clear()

    def loss(self, masks, places, counted):
        """Mean over layers of the binary cross-entropy between each word's map and its share of the object.

        masks [B,2,F,h,w] of the latent grid; places [B,2,2]; counted [B,2]: which objects of which clips count.
        """
        b, _, f, h, w = masks.shape
        total = masks.new_zeros(())
        weight = counted.float() / counted.float().sum().clamp(min=1)
        for found in self.maps:  # [B*F, cells, tokens]
            factor = round((h * w / found.shape[1]) ** 0.5)
            target = SHARE * F.avg_pool2d(masks.flatten(0, 1), factor).unflatten(0, (b, 2))
            grid = found.view(b, f, -1, found.shape[-1])
            words = grid.gather(-1, places.view(b, 1, 1, 4).expand(-1, f, grid.shape[2], -1))
            words = words.clamp(1e-6, 1 - 1e-6).permute(0, 3, 1, 2).unflatten(1, (2, 2))  # [B, object, word, F, cells]
            wanted = target.flatten(3).unsqueeze(2)
            entropy = -(wanted * words.log() + (1 - wanted) * torch.log1p(-words))
            total = total + (entropy.mean((2, 3, 4)) * weight).sum()
        return total / len(self.maps)
