"""A small classifier of clips: what a generated or edited clip shows, by the classes that captions name."""

import torch
import torch.nn.functional as F

import shapeworld as sw

CLASSES = {"color": len(sw.COLORS), "shape": len(sw.SHAPES), "motion": len(sw.MOTIONS), "bg": len(sw.BACKGROUNDS), "style": len(sw.STYLES)}
FRAMES = 8
# A sketch and a sepia photo show no colour.
COLORED = (0, 2)


class Judge(torch.nn.Module):
    """Reads 8 frames at half size, stacked as channels; any frame size."""

    def __init__(self):
        super().__init__()
        widths = [(3 * FRAMES, 48, 1), (48, 64, 2), (64, 64, 1), (64, 96, 2), (96, 96, 1), (96, 128, 2), (128, 128, 1)]
        self.blocks = torch.nn.ModuleList(
            torch.nn.Sequential(torch.nn.Conv2d(i, o, 3, stride, 1), torch.nn.GroupNorm(8, o), torch.nn.SiLU()) for i, o, stride in widths
        )
        self.heads = torch.nn.ModuleDict({name: torch.nn.Linear(256, count) for name, count in CLASSES.items()})

    def forward(self, clips):
        """[B,8,3,H,W] in 0..1 to scores by class name."""
        return self.scores(halved(clips))

    def scores(self, x):
        x = x * 2 - 1
        for block in self.blocks:
            x = block(x)
        pooled = torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)
        return {name: head(pooled) for name, head in self.heads.items()}

    @torch.no_grad()
    def verdicts(self, clips):
        """Class numbers by class name, [B]; of 16 frames every second one is read."""
        return {name: score.argmax(1) for name, score in self(clips[:, :: clips.shape[1] // FRAMES]).items()}


def halved(clips):
    """[B,8,3,H,W] to the classifier's input [B,24,H/2,W/2]."""
    return F.avg_pool2d(clips.flatten(1, 2), 2)


def truth(configs, device):
    return {name: torch.tensor([config[name] for config in configs], device=device) for name in CLASSES}


def right(verdicts, configs):
    """Shares of clips judged right, by class; colour only over the styles that show one (None where no clip does)."""
    wanted = truth(configs, next(iter(verdicts.values())).device)
    shown = torch.tensor([config["style"] in COLORED for config in configs], device=wanted["style"].device)
    shares = {}
    for name, found in verdicts.items():
        correct = (found == wanted[name])[shown if name == "color" else slice(None)].float()
        shares[name] = round(correct.mean().item(), 4) if len(correct) else None
    return shares
