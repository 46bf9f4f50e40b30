"""Remakes losses.json: every loss and its gradients by PyTorch, from the formulas of the papers, on a few small batches.

With Debian's python3-torch and python3-numpy, in the project's root:

    /usr/bin/python3 test/references/losses/make-reference.py

Written for likeness with the papers: distances where they have distances, angles where they have angles, a loop over
anchors where they sum over anchors, in float64. Nothing here is shared with the graphs under test but the hyper-parameters.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

DIM = 5
CLASSES = 7
SHARPER = 4


def cross_entropy(logits, labels, smoothing=0.0):
    targets = torch.full_like(logits, smoothing / CLASSES)
    targets[torch.arange(len(labels)), labels] += 1 - smoothing
    return -(targets * torch.log_softmax(logits, 1)).sum(1).mean()


def cosines(x, w):
    return F.normalize(x, dim=1) @ F.normalize(w, dim=1).T


def squared_distances(x, y):
    return ((x[:, None] - y[None]) ** 2).sum(2)


def softmax(x, w, b, y, alpha, smoothing=0.0):
    return cross_entropy(alpha * x @ w.T + b, y, smoothing)


def ln(x, w, b, y, alpha):
    return cross_entropy(alpha * cosines(x, w) + b, y)


def bn(x, w, b, y, alpha):
    return cross_entropy(alpha / DIM**0.5 * x @ F.normalize(w, dim=1).T + b, y)


def norm_softmax(x, w, b, y, alpha):
    e = torch.exp(cosines(x, w) * alpha - alpha)
    return -torch.log(e[torch.arange(len(y)), y] / e.sum(1)).mean()


def cosface(x, w, b, y, alpha, margin=0.35):
    s = cosines(x, w)
    losses = []
    for i, own in enumerate(y):
        lead = alpha * (s[i, own] - margin)
        others = torch.stack([alpha * s[i, m] for m in range(CLASSES) if m != own])
        losses.append(torch.logsumexp(torch.cat([lead[None], others]), 0) - lead)
    return torch.stack(losses).mean()


def arcface(x, w, b, y, alpha, margin=0.5):
    s = cosines(x, w)
    losses = []
    for i, own in enumerate(y):
        theta = torch.acos(s[i, own])
        widened = torch.cos(theta + margin) if theta + margin < np.pi else s[i, own] - margin * np.sin(margin)
        others = torch.stack([alpha * s[i, m] for m in range(CLASSES) if m != own])
        losses.append(torch.logsumexp(torch.cat([alpha * widened[None], others]), 0) - alpha * widened)
    return torch.stack(losses).mean()


def proxy_nca(x, w, b, y, alpha):
    return cross_entropy(-alpha * squared_distances(F.normalize(x, dim=1), F.normalize(w, dim=1)), y)


def log_one_plus_sum(terms):
    """log(1 + sum exp(terms)); log 1 without any."""
    zero = torch.zeros((), dtype=torch.float64)
    return torch.logsumexp(torch.stack([zero, *terms]), 0)


def proxy_anchor(x, w, b, y, alpha, delta=0.1):
    s = cosines(x, w)
    present = sorted(set(y.tolist()))
    n = range(len(y))
    pull = sum(log_one_plus_sum([-alpha * (s[i, p] - delta) for i in n if y[i] == p]) for p in present)
    push = sum(log_one_plus_sum([alpha * (s[i, p] + delta) for i in n if y[i] != p]) for p in range(CLASSES))
    return pull / len(present) + push / CLASSES


def triplet(x, w, b, y, alpha, margin=0.2):
    unit = F.normalize(x, dim=1)
    d = squared_distances(unit, unit)
    # Compared after rounding: a tie is a tie, whatever the last bits of its distances say.
    known = [[round(value, 6) for value in row] for row in d.tolist()]
    n = range(len(y))
    losses = []
    for a in n:
        negatives = [k for k in n if y[k] != y[a]]
        if not negatives:
            continue
        for p in n:
            if p == a or y[p] != y[a]:
                continue
            beyond = [k for k in negatives if known[a][k] > known[a][p]]
            chosen = min(beyond, key=lambda k: known[a][k]) if beyond else max(negatives, key=lambda k: known[a][k])
            losses.append(torch.relu(d[a, p] - d[a, chosen] + margin))
    return torch.stack(losses).mean() if losses else (x * 0).sum()


def multi_similarity(x, w, b, y, alpha, pull=2.0, push=50.0, base=0.5, margin=0.1):
    s = cosines(x, x)
    n = range(len(y))
    total = (x * 0).sum()
    for i in n:
        positives = [k for k in n if k != i and y[k] == y[i]]
        negatives = [k for k in n if y[k] != y[i]]
        least = min((s[i, k].item() for k in positives), default=np.inf)
        most = max((s[i, k].item() for k in negatives), default=-np.inf)
        mined_positives = [k for k in positives if s[i, k].item() < most + margin]
        mined_negatives = [k for k in negatives if s[i, k].item() > least - margin]
        total = total + log_one_plus_sum([-pull * (s[i, k] - base) for k in mined_positives]) / pull
        total = total + log_one_plus_sum([push * (s[i, k] - base) for k in mined_negatives]) / push
    return total / len(y)


LOSSES = {
    "sm": (softmax, 1),
    "sm-ls": (lambda *batch: softmax(*batch, smoothing=0.1), 1),
    "ln": (ln, 16),
    "bn": (bn, 16),
    "hln": (ln, 4),
    "hbn": (bn, 4),
    "normsoftmax": (norm_softmax, 20),
    "cosface": (cosface, 64),
    "arcface": (arcface, 64),
    "proxynca++": (proxy_nca, 9),
    "proxy-anchor": (proxy_anchor, 32),
    "triplet": (triplet, 1),
    "multi-similarity": (multi_similarity, 1),
}


def batches():
    random = np.random.RandomState(5)

    def batch(labels, embedding=None):
        """Random numbers are multiples of 1/64, so that float32 has them exactly."""
        drawn = random.normal(size=(len(labels), DIM))
        rounded = lambda values: (np.round(values * 64) / 64).tolist()
        return {
            "labels": labels,
            "embedding": rounded(drawn) if embedding is None else embedding,
            "weights": rounded(random.normal(size=(CLASSES, DIM))),
            "biases": rounded(random.normal(size=CLASSES) / 2),
        }

    def along(*axes):
        """Vectors along axes, of growing length: their similarities are exactly 0, 1 and -1, so many are tied."""
        return [[float(np.sign(a)) * (n + 1) if abs(a) - 1 == i else 0.0 for i in range(DIM)] for n, a in enumerate(axes)]

    pairs = [0, 3, 1, 0, 4, 1, 3, 3, 4, 0]
    near = np.random.RandomState(6)
    centres = near.normal(size=(CLASSES, DIM))
    trained = np.round((centres[pairs] + 0.4 * near.normal(size=(len(pairs), DIM))) * 64) / 64
    opposite = batch(pairs)
    opposite["embedding"] = [
        [-2 * value + (1 if i == n % DIM else 0) for i, value in enumerate(opposite["weights"][label])]
        for n, label in enumerate(pairs)
    ]
    return {
        "several of each class": batch(pairs),
        "classes that are nearly apart": batch(pairs, trained.tolist()),
        "some classes alone in the batch": batch([2, 0, 0, 6, 0, 4, 4, 1]),
        "ties and copies": batch([0, 1, 0, 2, 1, 0, 2, 3], along(1, 1, 2, -1, 2, 1, 3, 3)),
        "one class only": batch([5, 5, 5]),
        "no two of a class": batch([3, 0, 6, 1]),
        "embeddings opposite to their class": opposite,
        "a large scale": batch(pairs),
    }


def evaluate(loss, batch, alpha):
    x, w, b = (torch.tensor(batch[name], dtype=torch.float64, requires_grad=True) for name in ("embedding", "weights", "biases"))
    value = loss(x, w, b, torch.tensor(batch["labels"]), alpha)
    value.backward()
    short = lambda gradient: None if gradient is None else np.vectorize(lambda v: float(f"{v:.8g}"))(gradient.numpy()).tolist()
    return {"alpha": alpha, "loss": value.item(), "embedding": short(x.grad), "weights": short(w.grad), "biases": short(b.grad)}


torch.set_num_threads(1)
BATCHES = batches()
results = {
    variant: {name: evaluate(loss, batch, alpha * (SHARPER if "large" in name else 1)) for name, batch in BATCHES.items()}
    for variant, (loss, alpha) in LOSSES.items()
}
target = Path(__file__).parent / "losses.json"
target.write_text(json.dumps({"dim": DIM, "classes": CLASSES, "batches": BATCHES, "results": results}) + "\n")
