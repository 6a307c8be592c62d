#!/usr/bin/python3
"""Small networks for src/engine/detect/model_test.cpp, which writes what lies beside them.

  training/make_test_models.py      writes tests/models/*.onnx

Two groups of three channels. `sums`: a group's part is 1, 10 and 100 times its channels. `window`:
with layers over time like those of network.py. The others are what must be refused.
"""
import pathlib

import torch
from torch import nn

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "tests/models"
COUNT, WIDTH, HIDDEN = 2, 3, 4


class Sums(nn.Module):
    def __init__(self, outputs=COUNT, scale=1.0):
        super().__init__()
        self.conv = nn.Conv2d(COUNT * WIDTH, outputs, 1, groups=outputs, bias=False)
        weights = torch.tensor([1.0, 10.0, 100.0]) if outputs == COUNT else torch.ones(1)
        self.conv.weight.data[:] = scale * weights.view(1, -1, 1, 1)

    def forward(self, x):
        return self.conv(x)


class Window(nn.Module):
    def __init__(self):
        super().__init__()
        wide = COUNT * HIDDEN
        self.first = nn.Conv2d(COUNT * WIDTH, wide, 1, groups=COUNT)
        self.over_time = nn.ModuleList(
            nn.Conv2d(wide, wide, (1, 5), padding=(0, 2 * d), dilation=(1, d), groups=wide)
            for d in (1, 2, 4))
        self.across = nn.ModuleList(nn.Conv2d(wide, wide, 1, groups=COUNT) for _ in range(3))
        self.last = nn.Conv2d(wide, COUNT, 1, groups=COUNT)

    def forward(self, x):
        y = torch.relu(self.first(x))
        for over_time, across in zip(self.over_time, self.across):
            y = y + torch.relu(across(over_time(y)))
        return self.last(y) / 2 - 0.1


class HiddenNotANumber(Window):
    """Answers finite numbers all the same: where a ReLU takes what is no number as 0."""

    def __init__(self):
        super().__init__()
        self.first.weight.data[0] = float("nan")


class WholeRecording(Sums):
    """Looks at all of the time at once."""

    def forward(self, x):
        return self.conv(x) - x.mean((1, 2, 3), keepdim=True)


class FarSighted(nn.Module):
    """Keeps the number of samples, and looks at 3000 to each side."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(COUNT * WIDTH, COUNT, (1, 3), padding=(0, 3000), dilation=(1, 3000))

    def forward(self, x):
        return self.conv(x)


class Halved(nn.Module):
    """Gives every other sample."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(COUNT * WIDTH, COUNT, 1, stride=(1, 2))

    def forward(self, x):
        return self.conv(x)


def write(name, net):
    example = torch.zeros(1, COUNT * WIDTH, 1, 64)
    torch.onnx.export(net.eval(), example, str(FOLDER / f"{name}.onnx"), opset_version=13,
                      input_names=["cues"], output_names=["parts"],
                      dynamic_axes={"cues": {3: "samples"}, "parts": {3: "samples"}})


def main():
    FOLDER.mkdir(exist_ok=True)
    torch.manual_seed(3)
    write("sums", Sums())
    write("window", Window())
    write("six_outputs", Sums(outputs=COUNT * WIDTH))
    write("not_a_number", Sums(scale=float("nan")))
    write("infinite", Sums(scale=3e38))
    write("whole_recording", WholeRecording())
    write("halved", Halved())
    write("far_sighted", FarSighted())
    write("hidden_not_a_number", HiddenNotANumber())


if __name__ == "__main__":
    main()
