"""Reads a packed file without this project's code, as any peer would have to."""

import json
from dataclasses import dataclass

import numpy as np
from safetensors import safe_open


@dataclass
class Conv:
    """A convolution: weights (out, in, k, k), and the stride."""

    weight: np.ndarray
    stride: int


@dataclass
class Network:
    """A residual network; `norms[i]` is the (scale, offset) before convolution i, the last one after all."""

    convs: list
    norms: list


def read(path):
    """The network of a packed file; only what this benchmark measures, residual nets with symmetric padding."""
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
        assert (metadata["format"], metadata["version"]) == ("onebit", "1"), metadata
        layout = json.loads(metadata["structure"])
        assert metadata["padding"] == "symmetric" and layout["kind"] == "residual", layout
        assert layout["pool_divisor"] == "inside" and layout["stem"] == "plain", layout
        assert not layout["input_relu"] and layout["activation"] == "relu", layout
        convs = []
        for index, conv in enumerate(layout["convs"]):
            k = conv["kernel"]
            shape = (conv["out_channels"], conv["in_channels"], k, k)
            rows = file.get_tensor(f"convs.{index}.signs")
            bits = np.unpackbits(rows, axis=1, bitorder="little", count=int(np.prod(shape[1:])))
            scale = file.get_tensor(f"convs.{index}.scale").reshape(-1, 1, 1, 1)
            weight = scale * (2.0 * bits.reshape(shape).astype(np.float32) - 1.0)
            convs.append(Conv(weight.astype(np.float32), conv["stride"]))
        norms = [
            (file.get_tensor(f"norms.{i}.scale"), file.get_tensor(f"norms.{i}.offset"))
            for i in range(len(convs) + 1)
        ]
    return Network(convs, norms)


def macs(network, side=32):
    """Multiply-accumulates of an image."""
    total = 0
    for conv in network.convs:
        side = -(-side // conv.stride)
        total += conv.weight.size * side * side
    return total
