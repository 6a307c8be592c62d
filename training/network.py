"""An additive temporal network: each cue group has filters of its own, and the score is the sum.

One grouped convolution over +-4.4 s of rarities (channels.py) is all: its non-linearity is in the
channels. Deeper nets (four dilated layers, hidden units in each group) fit the games they know
better and lose on games they do not; docs/adr/0010 has the numbers.
"""
import torch
from torch import nn

from channels import GROUPS, WIDTH

COUNT = len(GROUPS)
WINDOWS = (5, 15, 45)  # samples: what a channel was over 1, 3 and 9 s, centred
TAPS = max(WINDOWS)
PRIOR = ("level", "amplitude", 7)  # loudness over 1.4 s: what is known without training


def boxes():
    """(windows, TAPS): centred means as filters."""
    out = torch.zeros(len(WINDOWS), TAPS)
    for row, width in zip(out, WINDOWS):
        row[(TAPS - width) // 2:(TAPS + width) // 2] = 1 / width
    return out


def prior_kernel():
    """(COUNT, WIDTH, 1, TAPS): the filter that gives the smoothed loudness alone."""
    group, channel, width = PRIOR
    out = torch.zeros(COUNT, WIDTH, 1, TAPS)
    at = GROUPS[group][1].index(channel)
    out[list(GROUPS).index(group), at, 0, (TAPS - width) // 2:(TAPS + width) // 2] = 1 / width
    return out


class Net(nn.Module):
    """(batch, COUNT * WIDTH, 1, time) -> (batch, COUNT, 1, time): the part of each group."""

    def __init__(self, kernel, offsets):
        """kernel (COUNT, WIDTH, 1, TAPS); offsets (COUNT): what is taken away from each part."""
        super().__init__()
        self.filter = nn.Conv2d(COUNT * WIDTH, COUNT, (1, TAPS), padding=(0, TAPS // 2),
                                groups=COUNT)
        self.filter.weight = nn.Parameter(kernel, requires_grad=False)
        self.filter.bias = nn.Parameter(-offsets, requires_grad=False)

    def forward(self, x):
        return self.filter(x)
