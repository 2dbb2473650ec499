"""The three networks of the built-in model, as diffusers and transformers configure them."""

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet3DConditionModel

from tokenizer import LENGTH

WIDTH = 128  # of a text state
SCHEDULE = dict(
    num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
    clip_sample=False, set_alpha_to_one=False, steps_offset=1,
)  # fmt: skip


def make_vae():
    """An autoencoder of one frame: [3,H,W] to [4,H/8,W/8]."""
    return AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4, sample_size=128,
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        block_out_channels=[32, 64, 128, 128], layers_per_block=1, norm_num_groups=8,
    )  # fmt: skip


def make_unet():
    """Eleven spatial transformers: two at 16x16 and two at 8x8 on the way down, one at 4x4, three and three on the way up."""
    return UNet3DConditionModel(
        sample_size=16, in_channels=4, out_channels=4,
        down_block_types=("CrossAttnDownBlock3D", "CrossAttnDownBlock3D", "DownBlock3D"),
        up_block_types=("UpBlock3D", "CrossAttnUpBlock3D", "CrossAttnUpBlock3D"),
        block_out_channels=(32, 64, 128), layers_per_block=2, cross_attention_dim=WIDTH, attention_head_dim=32,
        norm_num_groups=8,
    )  # fmt: skip


def make_scheduler(prediction):
    """`prediction` is epsilon or v_prediction."""
    return DDIMScheduler(prediction_type=prediction, **SCHEDULE)


class WordStates(torch.nn.Module):
    """A CLIP text encoder of no layers: every token's state knows its word and its place, not its neighbours.

    A text encoder with layers mixes the words, and word maps then do not show where a word's object is.
    """

    def __init__(self, vocabulary):
        super().__init__()
        self.token_embedding = torch.nn.Embedding(vocabulary, WIDTH)
        self.position_embedding = torch.nn.Embedding(LENGTH, WIDTH)
        self.final_layer_norm = torch.nn.LayerNorm(WIDTH)
        torch.nn.init.normal_(self.token_embedding.weight, std=0.02)
        torch.nn.init.normal_(self.position_embedding.weight, std=0.02)

    def forward(self, ids):
        return self.final_layer_norm(self.token_embedding(ids) + self.position_embedding.weight)
