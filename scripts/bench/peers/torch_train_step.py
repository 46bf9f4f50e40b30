"""A training step of one of torchvision's networks in PyTorch, behind lines of JSON: the peer of the bench `train-step`."""
import json
import sys
import time

import numpy
import torch
import torchvision
from torch import nn
from torch.nn import functional

step = None


class Network(nn.Module):
    def __init__(self, name, dim, classes):
        super().__init__()
        self.backbone = getattr(torchvision.models, name)(weights=None)
        last = "fc" if hasattr(self.backbone, "fc") else "classifier"
        head = getattr(self.backbone, last)
        features = (head if last == "fc" else head[-1]).in_features
        setattr(self.backbone, last, nn.Identity())
        self.bottleneck = nn.Linear(features, dim)
        self.class_weights = nn.Parameter(torch.zeros(classes, dim))
        self.class_biases = nn.Parameter(torch.zeros(classes))
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, pixels, alpha):
        images = (pixels.permute(0, 3, 1, 2).float() / 255 - self.mean) / self.deviation
        embedding = functional.normalize(self.bottleneck(self.backbone(images)))
        return alpha * embedding @ functional.normalize(self.class_weights).T + self.class_biases


def create(network, weights, pixels, size, dim, classes, batchSize, alpha, learningRate, momentum, threads):
    """`weights` and `pixels` are files: float32 of all parameters, class weights last, and uint8 of the batch."""
    global step
    torch.set_num_threads(threads)
    model = Network(network, dim, classes).train()
    initial = torch.from_numpy(numpy.fromfile(weights, dtype=numpy.float32))
    layers = [*model.backbone.parameters(), *model.bottleneck.parameters()]
    parameters = [*layers, model.class_biases, model.class_weights]
    count = sum(parameter.numel() for parameter in parameters)
    if count != len(initial):
        return {"parameters": count}
    nn.utils.vector_to_parameters(initial, parameters)
    optimizer = torch.optim.SGD(parameters, lr=learningRate, momentum=momentum)
    batch = torch.from_numpy(numpy.fromfile(pixels, dtype=numpy.uint8).reshape(batchSize, size, size, 3))
    labels = torch.arange(batchSize) % classes

    def run_step():
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(model(batch, alpha), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    step = run_step
    return {"parameters": count}


def run(steps):
    start, used = time.perf_counter(), time.process_time()
    losses = [step() for _ in range(steps)]
    return {
        "ms": (time.perf_counter() - start) * 1000,
        "cpuMs": (time.process_time() - used) * 1000,
        "losses": losses,
    }


print(json.dumps({"name": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(globals()[question.pop("do")](**question)), flush=True)
