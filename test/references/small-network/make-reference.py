"""Remakes losses.json: the small network of the tests, rebuilt in PyTorch and trained for the same 20 steps.

With Debian's python3-torch, python3-onnx and python3-numpy, in the project's root:

    npx tsx test/references/small-network/write-initial.ts /tmp/small-network
    /usr/bin/python3 test/references/small-network/make-reference.py /tmp/small-network

The first writes the first weights and all batches, the second trains and writes losses.json beside itself. It computes in
float64, so that the reference has no rounding of its own: training multiplies differences, in float32 PyTorch's too.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper

SIZE = 16
NORM_EPSILON = {"backbone": 1e-5, "bottleneck": 1e-3}


def norm(w, x, scope, suffix="", kind="backbone", scale=None):
    scale = w[f"{scope}/scale{suffix}"] if scale is None else scale
    return F.batch_norm(x, None, None, scale, w[f"{scope}/shift{suffix}"], training=True, eps=NORM_EPSILON[kind])


def block(w, x, scope, stride):
    inner = F.relu(norm(w, F.conv2d(x, w[f"{scope}/weight"], stride=stride, padding=1), scope))
    outer = norm(w, F.conv2d(inner, w[f"{scope}/weight_2"], padding=1), scope, "_2")
    if stride == 1:
        return F.relu(outer + x)
    return F.relu(outer + norm(w, F.conv2d(x, w[f"{scope}/weight_3"], stride=stride), scope, "_3"))


def features(w, pixels):
    x = (pixels.permute(0, 3, 1, 2).double() / 255 - 0.5) * 2
    x = F.relu(norm(w, F.conv2d(x, w["stem/weight"], padding=1), "stem"))
    x = block(w, block(w, x, "stage1.1", 1), "stage2.1", 2)
    return x.mean((2, 3))


def logits(w, x, variant, alpha):
    f = F.linear(x, w["bottleneck/weight"], w["bottleneck/bias"])
    classes, biases = w["loss/class_weights"], w["loss/class_biases"]
    if variant == "sm":
        return f @ classes.T + biases
    unit = F.normalize(classes, dim=1)
    if variant == "hln":
        return alpha * F.normalize(f, dim=1) @ unit.T + biases
    f = norm(w, f, "bottleneck", kind="bottleneck", scale=torch.ones(f.shape[1], dtype=torch.float64))
    return alpha / f.shape[1] ** 0.5 * f @ unit.T + biases


def initial_weights(path):
    tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    fixed = ("running", "constant", "bottleneck/scale")
    return {
        name: torch.tensor(array, dtype=torch.float64).requires_grad_()
        for name, array in tensors.items()
        if not any(part in name for part in fixed)
    }


def train(folder, run):
    w = initial_weights(folder / f"{run['variant']}.onnx")
    matrices = [value for value in w.values() if value.dim() > 1]
    vectors = [value for value in w.values() if value.dim() == 1]
    groups = [{"params": matrices, "weight_decay": run["weightDecay"]}, {"params": vectors, "weight_decay": 0}]
    optimizer = torch.optim.SGD(groups, lr=1, momentum=run["momentum"])
    pixels = np.fromfile(folder / f"{run['variant']}.pixels", np.uint8).reshape(-1, run["batchSize"], SIZE, SIZE, 3)
    losses = []
    for batch, step in zip(pixels, run["steps"]):
        for group in optimizer.param_groups:
            group["lr"] = step["learningRate"]
        answers = logits(w, features(w, torch.tensor(batch)), run["variant"], step["alpha"])
        loss = F.cross_entropy(answers, torch.tensor(step["labels"]), label_smoothing=run["labelSmoothing"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(round(loss.item(), 7))
    return losses


torch.set_num_threads(1)
source = Path(sys.argv[1])
runs = json.loads((source / "runs.json").read_text())
target = Path(__file__).parent / "losses.json"
target.write_text(json.dumps({run["variant"]: train(source, run) for run in runs}, indent=1) + "\n")
