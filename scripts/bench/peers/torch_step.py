"""A training step of the small residual network in PyTorch, behind lines of JSON: the peer of the bench `step`."""
import json
import math
import sys
import time

import torch
from torch import nn
from torch.nn import functional

step = None


class Block(nn.Module):
    def __init__(self, wide, width, stride):
        super().__init__()
        self.inner = convolution(wide, width, 3, stride)
        self.outer = convolution(width, width, 3, 1)
        same = wide == width and stride == 1
        self.shortcut = nn.Identity() if same else convolution(wide, width, 1, stride)

    def forward(self, x):
        return torch.relu(self.outer(torch.relu(self.inner(x))) + self.shortcut(x))


class Network(nn.Module):
    def __init__(self, network, dim, classes):
        super().__init__()
        widths, stem = network["widths"], network["stem"]
        layers = [convolution(3, widths[0], stem["kernel"], stem["stride"]), nn.ReLU()]
        wide = widths[0]
        for stage, (width, blocks) in enumerate(zip(widths, network["blocks"])):
            for block in range(blocks):
                layers.append(Block(wide, width, 2 if stage > 0 and block == 0 else 1))
                wide = width
        if network["pooling"] == "average":
            layers.append(nn.AdaptiveAvgPool2d(1))
        self.features = nn.Sequential(*layers, nn.Flatten())
        with torch.no_grad():
            count = self.features(torch.zeros(2, 3, network["size"], network["size"])).shape[1]
        self.bottleneck = nn.Linear(count, dim)
        self.class_weights = nn.Parameter(torch.randn(classes, dim) / math.sqrt(dim))
        self.class_biases = nn.Parameter(torch.zeros(classes))

    def forward(self, pixels, alpha):
        x = pixels.permute(0, 3, 1, 2).float() * (2 / 255) - 1
        embedding = functional.normalize(self.bottleneck(self.features(x)))
        weights = functional.normalize(self.class_weights)
        return alpha * embedding @ weights.T + self.class_biases


def convolution(wide, width, kernel, stride):
    return nn.Sequential(
        nn.Conv2d(wide, width, kernel, stride, (kernel - 1) // 2, bias=False), nn.BatchNorm2d(width)
    )


def create(network, dim, classes, batchSize, alpha, learningRate, momentum, threads, seed):
    global step
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    model = Network(network, dim, classes).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=learningRate, momentum=momentum)
    pixels = torch.randint(0, 256, (batchSize, network["size"], network["size"], 3), dtype=torch.uint8)
    labels = torch.arange(batchSize) % classes

    def run_step():
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(model(pixels, alpha), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    step = run_step
    return {"parameters": sum(parameter.numel() for parameter in model.parameters())}


def run(steps):
    start = time.perf_counter()
    for _ in range(steps):
        loss = step()
    return {"ms": (time.perf_counter() - start) * 1000, "loss": loss}


print(json.dumps({"name": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(globals()[question.pop("do")](**question)), flush=True)
