"""The most memory that a process holds that trains ResNet-50 in PyTorch, behind lines of JSON: the peer of the bench `memory`."""
import json
import re
import sys
from pathlib import Path

import torch
import torchvision
from torch.nn import functional


def train(size, batchSize, steps, threads):
    torch.set_num_threads(threads)
    model = torchvision.models.resnet50(weights=None).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9, weight_decay=1e-4)
    images = torch.randn(batchSize, 3, size, size)
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(model(images), torch.arange(batchSize)).backward()
        optimizer.step()
    kilobytes = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text()).group(1)
    return {"peakMb": round(int(kilobytes) * 1024 / 1e6)}


print(json.dumps({"name": f"PyTorch {torch.__version__}"}), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(globals()[question.pop("do")](**question)), flush=True)
