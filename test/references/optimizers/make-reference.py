"""Remakes updates.json: what PyTorch's optimizers make of given gradients.

With Debian's python3-torch, in the project's root:

    /usr/bin/python3 test/references/optimizers/make-reference.py

A matrix and a vector get random gradients for some steps at changing learning rates; only the matrix decays. Computed in
float64. Each run names its settings as trainer/optimize/optimizers.ts does.
"""

import json
from pathlib import Path

import torch

RATES = [0.1, 0.1, 0.05, 0.02, 0.02, 0.2]
DIMS = {"matrix": [2, 3], "vector": [4]}

RUNS = [
    ({"name": "sgd", "momentum": 0}, 0.0),
    ({"name": "sgd", "momentum": 0}, 0.1),
    ({"name": "sgd", "momentum": 0.9}, 0.1),
    ({"name": "sgd", "momentum": 0.8, "nesterov": True}, 0.1),
    ({"name": "adam"}, 0.0),
    ({"name": "adam", "epsilon": 0.01}, 0.1),
    ({"name": "adam", "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-6}, 0.1),
    ({"name": "adamw"}, 0.0),
    ({"name": "adamw", "beta1": 0.8, "epsilon": 1e-3}, 0.1),
    ({"name": "rmsprop"}, 0.1),
    ({"name": "rmsprop", "decay": 0.9, "epsilon": 0.01}, 0.0),
    ({"name": "rmsprop", "decay": 0.95, "momentum": 0.9}, 0.1),
]


def optimizer_of(settings, groups):
    rest = {key: value for key, value in settings.items() if key != "name"}
    if settings["name"] == "sgd":
        return torch.optim.SGD(groups, lr=1, **rest)
    eps = rest.get("epsilon", 1e-8)
    if settings["name"] == "rmsprop":
        return torch.optim.RMSprop(groups, alpha=rest.get("decay", 0.99), eps=eps, momentum=rest.get("momentum", 0))
    betas = (rest.get("beta1", 0.9), rest.get("beta2", 0.999))
    adam = torch.optim.Adam if settings["name"] == "adam" else torch.optim.AdamW
    return adam(groups, betas=betas, eps=eps)


def train(settings, weight_decay, start, gradients):
    weights = {name: torch.tensor(values, dtype=torch.float64, requires_grad=True) for name, values in start.items()}
    groups = [
        {"params": [weights["matrix"]], "weight_decay": weight_decay},
        {"params": [weights["vector"]], "weight_decay": 0.0},
    ]
    optimizer = optimizer_of(settings, groups)
    steps = []
    for rate, step in zip(RATES, gradients):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for name, weight in weights.items():
            weight.grad = torch.tensor(step[name], dtype=torch.float64)
        optimizer.step()
        steps.append({name: rounded(weight.detach()) for name, weight in weights.items()})
    return {"settings": settings, "weightDecay": weight_decay, "weights": steps}


def rounded(values):
    return [round(value, 8) for value in values.flatten().tolist()] if values.dim() == 1 else list(map(rounded, values))


torch.manual_seed(1)
start = {name: rounded(torch.randn(dims)) for name, dims in DIMS.items()}
gradients = [{name: rounded(torch.randn(dims)) for name, dims in DIMS.items()} for _ in RATES]
runs = [train(settings, decay, start, gradients) for settings, decay in RUNS]
target = Path(__file__).parent / "updates.json"
target.write_text(json.dumps({"rates": RATES, "start": start, "gradients": gradients, "runs": runs}) + "\n")
