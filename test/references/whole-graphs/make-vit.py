"""Remakes small-vit.onnx: a Vision Transformer of the usual make, small, with seeded random weights, as PyTorch exports it.

With Debian's python3-torch and python3-onnx, in the project's root:

    /usr/bin/python3 test/references/whole-graphs/make-vit.py
"""

from pathlib import Path

import torch
from torch import nn

SIZE, PATCH, WIDTH, HEADS, DEPTH = 32, 8, 32, 4, 2


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        batch, tokens, width = x.shape
        heads = self.qkv(x).reshape(batch, tokens, 3, HEADS, width // HEADS).permute(2, 0, 3, 1, 4)
        q, k, v = heads.unbind(0)
        shares = (q @ k.transpose(-2, -1) * (width // HEADS) ** -0.5).softmax(-1)
        return self.proj((shares @ v).transpose(1, 2).reshape(batch, tokens, width))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attn = Attention()
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch_embed = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.cls_token = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.pos_embed = nn.Parameter(torch.randn(1, (SIZE // PATCH) ** 2 + 1, WIDTH))
        self.blocks = nn.Sequential(*[Block() for _ in range(DEPTH)])
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, pixels):
        patches = self.patch_embed(pixels).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls_token.expand(pixels.shape[0], -1, -1), patches], 1)
        return self.norm(self.blocks(tokens + self.pos_embed))[:, 0]


torch.manual_seed(1)
network = VisionTransformer().eval()
with torch.no_grad():
    for value in network.parameters():
        # Norms begin at exactly 1 and 0, where mistakes about scale and shift would not show.
        if value.dim() == 1:
            value.add_(0.2 * torch.randn_like(value))
torch.onnx.export(
    network,
    torch.zeros(2, 3, SIZE, SIZE),
    str(Path(__file__).parent / "small-vit.onnx"),
    opset_version=17,
    input_names=["pixels"],
    output_names=["features"],
    dynamic_axes={"pixels": {0: "N"}, "features": {0: "N"}},
)
