"""Remakes small-opset9.onnx: a small convolutional network with seeded random weights, as PyTorch exports it for operator set 9.

Bounds, axes, pads and sizes are attributes there, Softmax joins axes, and Upsample stands for Resize. With Debian's
python3-torch and python3-onnx, in the project's root:

    /usr/bin/python3 test/references/whole-graphs/make-old-export.py
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

SIZE, WIDTH, DIM = 32, 16, 12


class Excitation(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.up = nn.Conv2d(WIDTH, 4, 1), nn.Conv2d(4, WIDTH, 1)

    def forward(self, x):
        return x * self.up(self.down(F.adaptive_avg_pool2d(x, 1)).relu()).sigmoid()


class Shuffled(nn.Module):
    """Half of the channels pass by; the others go through a depthwise convolution."""

    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2d(WIDTH // 2, WIDTH // 2, 3, groups=WIDTH // 2)
        self.norm = nn.BatchNorm2d(WIDTH // 2)

    def forward(self, x):
        kept, changed = x.chunk(2, 1)
        changed = F.hardswish(self.norm(self.depthwise(F.pad(changed, (1, 1, 1, 1)))))
        batch, _, height, width = x.shape
        both = torch.stack([kept, changed], 2)
        return both.reshape(batch, WIDTH, height, width)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTH, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(WIDTH)
        self.excitation, self.shuffled = Excitation(), Shuffled()
        self.shares = nn.Conv2d(WIDTH, 1, 1, bias=False)
        self.coarse = nn.Conv2d(WIDTH, WIDTH, 3, 2, 1)
        self.out = nn.Linear(3 * WIDTH, DIM)

    def forward(self, pixels):
        x = F.relu6(self.norm(self.stem(pixels)))
        x = self.shuffled(self.excitation(x))
        coarse = F.interpolate(self.coarse(x), scale_factor=2.0, mode="nearest")
        x = F.max_pool2d(torch.cat([x[:, 2:], coarse, x[:, :2]], 1), 2)
        x = F.avg_pool2d(x, 2)
        shares = self.shares(x[:, :WIDTH]).flatten(1).softmax(-1).unsqueeze(1)
        attended = (x[:, :WIDTH].flatten(2) * shares).sum(-1)
        return self.out(torch.cat([x.mean((2, 3)), attended], 1))


torch.manual_seed(1)
network = Network().eval()
with torch.no_grad():
    for value in network.parameters():
        if value.dim() == 1:
            value.add_(0.2 * torch.randn_like(value))
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.8, 1.2)
torch.onnx.export(
    network,
    torch.zeros(2, 3, SIZE, SIZE),
    str(Path(__file__).parent / "small-opset9.onnx"),
    opset_version=9,
    input_names=["pixels"],
    output_names=["features"],
    training=torch.onnx.TrainingMode.PRESERVE,
    do_constant_folding=False,
)
