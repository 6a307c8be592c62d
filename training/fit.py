"""Fits one network to a set of recordings."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from network import Net

SPAN = 256        # samples a piece: 51 s
BATCH = 16
PAIRS = 400       # compared within a piece
SURE_WEIGHT = 3.0  # an event of this weight is certainly a highlight


def pieces(recordings, rng):
    """One batch: a piece from each game in turn, so that no game is learned by its length. Each
    channel is stretched and shifted a little, so that no exact level is learned."""
    games = sorted({r.game for r in recordings})
    by_game = {g: [r for r in recordings if r.game == g] for g in games}
    inputs, truths = [], []
    for i in range(BATCH):
        among = by_game[games[(i + rng.randint(len(games))) % len(games)]]
        r = among[rng.randint(len(among))]
        start = rng.randint(max(1, r.inputs.shape[1] - SPAN))
        x = r.inputs[:, start:start + SPAN]
        y = r.truth[start:start + SPAN]
        x = x * np.exp(0.15 * rng.randn(len(x), 1)) + 0.15 * rng.randn(len(x), 1)
        missing = SPAN - x.shape[1]
        inputs.append(np.pad(x, ((0, 0), (0, missing))))
        truths.append(np.pad(y, (0, missing)))
    return (torch.tensor(np.stack(inputs)[:, :, None], dtype=torch.float32),
            torch.tensor(np.stack(truths), dtype=torch.float32))


def loss_of(logit, truth):
    """Is it a highlight, and which of two moments of one recording is the better one."""
    sure = torch.clamp(truth / SURE_WEIGHT, 0, 1)
    loss = F.binary_cross_entropy_with_logits(logit, sure, weight=1 + truth / SURE_WEIGHT)
    i, j = (torch.randint(0, SPAN, (len(truth), PAIRS)) for _ in range(2))
    better = torch.gather(truth, 1, i) - torch.gather(truth, 1, j)
    margin = torch.gather(logit, 1, i) - torch.gather(logit, 1, j)
    counts = (better > 1).float()
    ranking = F.softplus(0.5 - margin) * counts * torch.clamp(better, 0, 4)
    return loss + ranking.sum() / (counts.sum() + 1)


def fit(recordings, seed, steps=400, rate=3e-3, decay=1e-3):
    """A net in evaluation mode. The same recordings and seed give the same net on one machine."""
    torch.manual_seed(seed)
    rng = np.random.RandomState(seed)
    net = Net()
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    net.train()
    for _ in range(steps):
        inputs, truth = pieces(recordings, rng)
        loss = loss_of(net.logit(inputs), truth)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1)
        optimizer.step()
        schedule.step()
    return net.eval()


def parts_of(model, recording):
    """(groups, samples): what each group adds."""
    with torch.no_grad():
        return model(torch.tensor(recording.inputs[None, :, None]))[0, :, 0].numpy()
