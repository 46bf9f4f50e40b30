"""Exports torchvision's networks with random weights: python3 export-torchvision.py FOLDER [NAME ...], Debian's python3-torchvision.

Each network is written for several operator sets, as users have them from years of exporters: with the batch free and with
the batch fixed at 1. Nothing of this is committed; `survey-backbones.ts` beside this file says which of them import, run and train.
"""

import sys
import warnings
from pathlib import Path

import torch
import torchvision

NETWORKS = [
    "resnet18",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet_b0",
    "densenet121",
    "squeezenet1_1",
    "shufflenet_v2_x0_5",
    "googlenet",
    "regnet_y_400mf",
    "mnasnet0_5",
    "convnext_tiny",
    "vit_b_16",
    "swin_t",
]
OPERATOR_SETS = [9, 11, 13, 16, 17]


def randomize_statistics(network):
    """Running statistics and norms' scales as after some training, so that leaving one out is seen."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.8, 1.2)


def export(network, path, opset, free_batch):
    image = torch.randn(1, 3, 224, 224)
    axes = {"input": {0: "batch"}, "output": {0: "batch"}} if free_batch else None
    torch.onnx.export(
        network, image, str(path), opset_version=opset, input_names=["input"], output_names=["output"], dynamic_axes=axes
    )


def main(folder, names):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for name in names or NETWORKS:
        torch.manual_seed(1)
        network = torchvision.models.get_model(name, weights=None).eval()
        randomize_statistics(network)
        for opset in OPERATOR_SETS:
            for free_batch in (True, False):
                path = folder / f"{name}-{opset}-{'free' if free_batch else 'fixed'}.onnx"
                try:
                    export(network, path, opset, free_batch)
                    print(path.name, flush=True)
                except Exception as error:
                    path.unlink(missing_ok=True)
                    print(path.name, "cannot be exported:", str(error).splitlines()[0][:120], flush=True)


main(Path(sys.argv[1]), sys.argv[2:])
