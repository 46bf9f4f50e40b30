"""Remakes gradients.json: the gradients of whole networks, from their ONNX files executed in PyTorch with its autograd.

With Debian's python3-torch, python3-onnx and python3-numpy, in the project's root:

    /usr/bin/python3 test/references/whole-graphs/make-reference.py ../shared/backbones

It computes in float64, so that the reference has no rounding of its own. Of each gradient it keeps its norm, its products
with a few vectors of random signs and a few elements: the products' differences say how far another gradient is off as a
whole. Whatever is random is a hash of a position, so that the test in TypeScript makes the same numbers.

Where an activation lies at a kink of Relu or Clip, as near as float32 rounds, rounding decides which slope it has, and
gradients of the same network differ by 1e-3: PyTorch's in float32 from its own in float64, too. So of a number of random
images those are taken whose activations all keep the widest distance from the kinks. `rounding` is the relative error
of PyTorch's own gradient in float32: large only where a gradient is a sum that nearly cancels, as that of a shift whose
mean the next norm takes out again.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import helper, numpy_helper

BACKBONES = Path(sys.argv[1])
HERE = Path(__file__).parent
# How many products and elements are kept of a gradient, and how many images are tried.
PROJECTIONS, ELEMENTS, TRIES = 4, 3, 64
# Streams of random numbers; each product and each try has one of its own.
WEIGHTS, POSITIONS, PRODUCTS, IMAGES = 2, 5, 10, 100

RUNS = [
    {"name": "small-vit", "file": HERE / "small-vit.onnx", "input": [2, 3, 32, 32], "norms": "frozen"},
    {"name": "small-opset9", "file": HERE / "small-opset9.onnx", "input": [2, 3, 32, 32], "norms": "frozen"},
    {"name": "mobilenetv2", "file": BACKBONES / "mobilenetv2-features.onnx", "input": [1, 3, 64, 64], "norms": "frozen"},
    {"name": "squeezenet", "file": BACKBONES / "squeezenet1.1.onnx", "input": [1, 3, 227, 227], "norms": "frozen"},
    {"name": "resnet50v2, norms frozen", "file": BACKBONES / "resnet50v2-stage3.onnx", "input": [1, 3, 64, 64], "norms": "frozen"},
    {"name": "resnet50v2, norms trained", "file": BACKBONES / "resnet50v2-stage3.onnx", "input": [2, 3, 64, 64], "norms": "trained"},
]


def hashed(count, stream):
    """`count` numbers in [0, 1): position and stream mixed by the integer hash lowbias32."""
    x = np.arange(count, dtype=np.uint32) + np.uint32(stream * 0x9E3779B9 & 0xFFFFFFFF)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return (x ^ (x >> np.uint32(16))) / 2.0**32


def signs(count, stream):
    return np.where(hashed(count, stream) < 0.5, -1.0, 1.0)


def images(dims, stream):
    """Uniform in -2..2, as wide as normalised pixels."""
    return torch.tensor(hashed(math.prod(dims), stream).reshape(dims) * 4 - 2)


def spatial(a, x):
    assert a.get("auto_pad", b"NOTSET") == b"NOTSET" and not (a.get("ceil_mode") and a.get("pads"))
    top, left, bottom, right = a.get("pads", [0, 0, 0, 0])
    return F.pad(x, (left, right, top, bottom)) if a.get("pads") else x


def conv(a, x, w, b=None):
    return F.conv2d(spatial(a, x), w, b, a.get("strides", 1), 0, a.get("dilations", 1), a.get("group", 1))


def max_pool(a, x):
    """The smallest number around the image, which must not win, is below all of the image's own."""
    lowest = x.detach().min() - 1
    lifted = spatial(a, x - lowest)
    return F.max_pool2d(lifted, a["kernel_shape"], a["strides"], ceil_mode=bool(a.get("ceil_mode"))) + lowest


def batch_norm(a, x, scale, shift, mean, variance, training):
    return F.batch_norm(x, mean, variance, scale, shift, training=training, momentum=0, eps=a.get("epsilon", 1e-5))


def take(x, starts, ends, axes, steps=None):
    for start, end, axis, step in zip(starts, ends, axes, steps if steps is not None else [1] * len(starts)):
        x = x[(slice(None),) * int(axis) + (slice(int(start), int(end), int(step)),)]
    return x


def squeeze(x, axes):
    return x.reshape([n for axis, n in enumerate(x.shape) if axis not in [int(i) % x.dim() for i in axes]])


def unsqueeze(x, axes):
    for axis in sorted(int(axis) for axis in axes):
        x = x.unsqueeze(axis)
    return x


def padded(a, x):
    """With zeros, of which there are as many in front as behind along the last two axes."""
    top, left = a["pads"][2:4]
    assert a["pads"] == [0, 0, top, left, 0, 0, top, left] and a.get("mode", b"constant") == b"constant"
    return F.pad(x, (left, left, top, top))


def constant_of_shape(a, shape):
    return torch.full(shape.tolist(), numpy_helper.to_array(a["value"]).item(), dtype=torch.int64)


OPERATORS = {
    "Add": lambda a, x, y: x + y,
    "AveragePool": lambda a, x: F.avg_pool2d(spatial(a, x), a["kernel_shape"], a["strides"]),
    "BatchNormalization": batch_norm,
    "Cast": lambda a, x: x.double() if a["to"] in (1, 11) else x.long() if a["to"] == 7 else x.bool(),
    "Clip": lambda a, x, *bounds: x.clamp(*[b.item() for b in bounds]) if bounds else x.clamp(a.get("min"), a.get("max")),
    "Concat": lambda a, *parts: torch.cat(parts, a["axis"]),
    "Constant": lambda a: tensor_of(a["value"]),
    "ConstantOfShape": constant_of_shape,
    "Conv": conv,
    "Div": lambda a, x, y: x / y if x.is_floating_point() else x // y,
    "Equal": lambda a, x, y: x == y,
    "Erf": lambda a, x: x.erf(),
    "Expand": lambda a, x, shape: x.expand(torch.broadcast_shapes(x.shape, shape.tolist())),
    "Flatten": lambda a, x: x.flatten(a.get("axis", 1)),
    "Gather": lambda a, x, index: x.select(a.get("axis", 0), int(index)),
    "Gemm": lambda a, x, w, b: x @ (w.T if a.get("transB") else w) + b,
    "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdim=True),
    "HardSigmoid": lambda a, x: (x * a.get("alpha", 0.2) + a.get("beta", 0.5)).clamp(0, 1),
    "LayerNormalization": lambda a, x, w, b: F.layer_norm(x, w.shape, w, b, a.get("epsilon", 1e-5)),
    "MatMul": lambda a, x, y: x @ y,
    "MaxPool": max_pool,
    "Mul": lambda a, x, y: x * y,
    "Pad": padded,
    "Pow": lambda a, x, y: x**y,
    "ReduceMean": lambda a, x: x.mean(a["axes"], keepdim=bool(a.get("keepdims", 1))),
    "ReduceSum": lambda a, x: x.sum(a["axes"], keepdim=bool(a.get("keepdims", 1))),
    "Relu": lambda a, x: x.relu(),
    "Reshape": lambda a, x, shape: x.reshape([n or x.shape[axis] for axis, n in enumerate(shape.tolist())]),
    "Shape": lambda a, x: torch.tensor(x.shape),
    "Sigmoid": lambda a, x: x.sigmoid(),
    "Slice": lambda a, x, *bounds: take(x, *(bounds or (a["starts"], a["ends"], a["axes"]))),
    "Softmax": lambda a, x: x.softmax(a.get("axis", -1)),
    "Split": lambda a, x, *sizes: x.split(sizes[0].tolist() if sizes else a["split"], a.get("axis", 0)),
    "Squeeze": lambda a, x, axes: squeeze(x, axes),
    "Transpose": lambda a, x: x.permute(a["perm"]),
    "Unsqueeze": lambda a, x, axes=None: unsqueeze(x, a["axes"] if axes is None else axes),
    "Upsample": lambda a, x, scales: F.interpolate(x, scale_factor=scales[2:].tolist(), mode="nearest"),
    "Where": lambda a, condition, x, y: torch.where(condition, x, y),
}


def tensor_of(proto):
    value = torch.tensor(numpy_helper.to_array(proto))
    return value.double() if value.is_floating_point() else value


def distance_from_kinks(op, a, inputs):
    """Of the nearest activation, in units of their root mean square; infinite for operators without kinks."""
    if op not in ("Relu", "Clip", "HardSigmoid"):
        return math.inf
    x = inputs[0]
    if op == "HardSigmoid":
        alpha, beta = a.get("alpha", 0.2), a.get("beta", 0.5)
        kinks = [-beta / alpha, (1 - beta) / alpha]
    else:
        kinks = inputs[1:] or [bound for bound in (a.get("min"), a.get("max")) if bound is not None] or [0.0]
    return min((x - kink).abs().min().item() for kink in kinks) / x.square().mean().sqrt().item()


def execute(model, image, values, training, distances=None):
    values = {model.graph.input[0].name: image, **values}
    for node in model.graph.node:
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        inputs = [values[name] if name else None for name in node.input]
        if distances is not None:
            distances.append(distance_from_kinks(node.op_type, attributes, inputs))
        more = {"training": training} if node.op_type == "BatchNormalization" else {}
        made = OPERATORS[node.op_type](attributes, *inputs, **more)
        values.update(zip(node.output, made if isinstance(made, tuple) else (made,)))
    return values["features"]


def gradients(model, image, training, dtype):
    """The loss and the gradients of all parameters that it depends on, computed in `dtype`, answered in float64."""
    values = {proto.name: tensor_of(proto) for proto in model.graph.initializer}
    values = {name: v.to(dtype) if v.is_floating_point() else v for name, v in values.items()}
    parameters = {name: v.requires_grad_() for name, v in values.items() if is_parameter(model, name, v)}
    features = execute(model, image.to(dtype), values, training)
    weights = torch.tensor(signs(features.numel(), WEIGHTS), dtype=dtype).reshape(features.shape)
    loss = (features * weights).sum()
    loss.backward()
    return loss.item(), {name: v.grad.double() for name, v in parameters.items() if v.grad is not None}


def clear_of_kinks(model, dims, training):
    """The stream of random images whose activations keep the widest distance from the kinks."""
    values = {proto.name: tensor_of(proto) for proto in model.graph.initializer}
    widest = {}
    with torch.no_grad():
        for stream in range(IMAGES, IMAGES + TRIES):
            distances = [math.inf]
            execute(model, images(dims, stream), values, training, distances)
            widest[stream] = min(distances)
    best = max(widest, key=widest.get)
    print(f"images of stream {best} keep {widest[best]:.1e} from the kinks, those of others {min(widest.values()):.1e} and more")
    return best


def is_parameter(model, name, value):
    """Weights, biases, scales, shifts and embeddings; not bounds, shapes or running statistics."""
    readers = [(node, list(node.input).index(name)) for node in model.graph.node if name in node.input]
    running = all(node.op_type == "BatchNormalization" and position > 2 for node, position in readers)
    return value.is_floating_point() and value.dim() > 0 and not running


def summary(gradient, in_float32):
    flat = gradient.flatten().numpy()
    products = [float(flat @ signs(flat.size, PRODUCTS + k)) for k in range(PROJECTIONS)]
    elements = {int(i): float(flat[int(i)]) for i in hashed(ELEMENTS, POSITIONS) * flat.size}
    rounding = float((gradient - in_float32).norm() / gradient.norm())
    return {"norm": float(np.linalg.norm(flat)), "products": products, "elements": elements, "rounding": rounding}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def reference(run):
    model = onnx.load(run["file"])
    training = run["norms"] == "trained"
    stream = clear_of_kinks(model, run["input"], training)
    loss, found = gradients(model, images(run["input"], stream), training, torch.float64)
    _, in_float32 = gradients(model, images(run["input"], stream), training, torch.float32)
    parameters = {name: summary(gradient, in_float32[name]) for name, gradient in found.items()}
    rounding = {name: item["rounding"] for name, item in parameters.items() if item["rounding"] > 1e-4}
    print(run["name"], len(parameters), "parameters, loss", loss, "gradients that float32 blurs:", rounding)
    return {
        "file": run["file"].name,
        "input": run["input"],
        "stream": stream,
        "norms": run["norms"],
        "loss": loss,
        "parameters": parameters,
    }


torch.set_num_threads(1)
lines = [f"{json.dumps(run['name'])}: {json.dumps(rounded(reference(run)))}" for run in RUNS]
(HERE / "gradients.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
