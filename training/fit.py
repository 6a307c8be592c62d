"""Fits the network to a set of recordings."""
import numpy as np
import torch
from torch.nn import functional as F

from channels import GROUPS, WIDTH
from network import COUNT, TAPS, WINDOWS, Net, boxes, prior_kernel

STEPS = 150
RATE = 0.02
PAIRS = 1500       # moments of one recording that are compared in a step
SHRINK = 0.3       # of the squared weights: what is known of one game is little about another
CLEAR = 1.0        # weight by which one moment must be better than the other


def smoothed(inputs):
    """(channels, time) -> (channels * windows, time): each channel over each window."""
    x = F.conv1d(torch.tensor(inputs)[:, None], boxes()[:, None], padding=TAPS // 2)
    return x.reshape(-1, inputs.shape[1])


def examples(recordings):
    """[(inputs, truth, share)]: every game counts the same, whatever its number of recordings."""
    known = [r for r in recordings if r.has_highlights]
    games = [r.game for r in known]
    return [(smoothed(v.inputs)[:, ::2], torch.tensor(v.truth[::2], dtype=torch.float32),
             1 / games.count(r.game) / (1 + len(r.variants)))
            for r in known for v in [r, *r.variants]]


def ranking_loss(score, truth):
    """Which of two moments of one recording is the better one, by how much."""
    i, j = (torch.randint(0, len(truth), (PAIRS,)) for _ in range(2))
    better = torch.clamp(truth[i] - truth[j], -3, 3)
    counts = (better.abs() > CLEAR) * better.abs()
    wrong = F.softplus((score[j] - score[i]) * torch.sign(better))
    return (wrong * counts).sum() / ((counts > 0).sum() + 1)


def fit(recordings, seed=0):
    """The same recordings and seed give the same net on one machine.

    Two judges are added up, each with a standard deviation of 1 on the recordings: what was
    learned, and loudness, which is right about most games that nobody has labelled.
    """
    torch.manual_seed(seed)
    data = examples(recordings)
    weights = torch.zeros(COUNT * WIDTH * len(WINDOWS), requires_grad=True)
    optimizer = torch.optim.Adam([weights], lr=RATE)
    for _ in range(STEPS):
        loss = SHRINK * (weights ** 2).sum()
        for inputs, truth, share in data:
            loss = loss + share * ranking_loss(weights @ inputs, truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    learned = torch.einsum("cw,wt->ct", weights.detach().reshape(COUNT * WIDTH, -1), boxes())
    learned = learned.reshape(COUNT, WIDTH, 1, TAPS)
    kernel = sum(k / deviation(k, recordings) for k in (learned, prior_kernel()))
    return Net(kernel, torch.tensor(middles(kernel, recordings)))


def all_parts(kernel, recordings):
    """(groups, samples of all recordings)."""
    net = Net(kernel, torch.zeros(COUNT))
    return np.concatenate([parts_of(net, r) for r in recordings], 1)


def deviation(kernel, recordings):
    return float(all_parts(kernel, recordings).sum(0).std())


def middles(kernel, recordings):
    return np.median(all_parts(kernel, recordings), 1).astype(np.float32)


def parts_of(net, recording):
    """(groups, samples): what each group adds."""
    with torch.no_grad():
        return net(torch.tensor(recording.inputs[None, :, None]))[0, :, 0].numpy()


def units(net, recordings):
    """{group: one robust deviation of its part}, for comparing groups."""
    parts = np.concatenate([parts_of(net, r) for r in recordings], 1)
    spread = 1.4826 * np.median(np.abs(parts - np.median(parts, 1, keepdims=True)), 1)
    return dict(zip(GROUPS, np.maximum(spread, 1e-3).tolist()))
