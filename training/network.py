"""An additive temporal network: each cue group has a net of its own, and the score is the sum.

Grouped convolutions keep the groups apart from the first layer to the last, so that what a group
adds to the score is known exactly. Only Conv, Relu and Add: what OpenCV's dnn runs everywhere.
"""
import torch
from torch import nn
from torch.nn import functional as F

from channels import GROUPS, WIDTH

COUNT = len(GROUPS)


class Net(nn.Module):
    """(batch, COUNT * WIDTH, 1, time) -> (batch, COUNT, 1, time): the part of each group.

    Kernel 5 with dilations 1, 2, 4, 8 reaches 6 s to each side.
    """

    def __init__(self, hidden=8, dilations=(1, 2, 4, 8), dropout=0.2, group_dropout=0.25):
        super().__init__()
        wide = COUNT * hidden
        self.first = nn.Conv2d(COUNT * WIDTH, wide, 1, groups=COUNT)
        self.over_time = nn.ModuleList(
            nn.Conv2d(wide, wide, (1, 5), padding=(0, 2 * d), dilation=(1, d), groups=wide)
            for d in dilations)
        self.across = nn.ModuleList(nn.Conv2d(wide, wide, 1, groups=COUNT) for _ in dilations)
        self.last = nn.Conv2d(wide, COUNT, 1, groups=COUNT)
        self.bias = nn.Parameter(torch.tensor(-1.5))
        self.dropout, self.group_dropout = dropout, group_dropout

    def forward(self, x):
        y = F.relu(self.first(F.dropout2d(x, self.dropout / 2, self.training)))
        for over_time, across in zip(self.over_time, self.across):
            y = y + F.dropout(F.relu(across(over_time(y))), self.dropout, self.training)
        return self.last(y)

    def logit(self, x):
        """(batch, time). In training whole groups are left out, as cues are in real recordings."""
        parts = self(x)[:, :, 0]
        if self.training:
            kept = torch.rand(parts.shape[0], COUNT, 1) > self.group_dropout
            parts = parts * kept
        return parts.sum(1) + self.bias


class Ensemble(nn.Module):
    """The mean of several nets; still additive. `offsets` (one a group) are taken away, so that a
    part of 0 is the average moment of the training data."""

    def __init__(self, nets, offsets=None):
        super().__init__()
        self.nets = nn.ModuleList(nets)
        self.offsets = nn.Parameter(torch.zeros(COUNT) if offsets is None else offsets,
                                    requires_grad=False)

    def forward(self, x):
        total = self.nets[0](x)
        for net in self.nets[1:]:
            total = total + net(x)
        return total / len(self.nets) - self.offsets.view(1, COUNT, 1, 1)
