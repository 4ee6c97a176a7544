"""Opens a packed file as anyone would, without this project, and rebuilds its weights.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install numpy safetensors
    /tmp/venv/bin/python crates/runtime/tests/rebuild.py FILE

Prints, for each convolution, its shape, how many weights are positive, and the sum of
weight x (place + 1) over all of them, which no other order of the bits would give.
"""

import json
import sys

import numpy as np
from safetensors import safe_open


def bits(file, name, shape):
    """A plane of bits, one for each weight."""
    rows = file.get_tensor(name)
    count = int(np.prod(shape[1:]))
    return np.unpackbits(rows, axis=1, bitorder="little", count=count).reshape(shape)


def weights(file, node, shape):
    """The weights of a convolution, (out, in, kernel, kernel), as float64."""
    name = node["name"].replace(" ", ".")
    tensors = [key.removeprefix(name + ".") for key in file.keys() if key.startswith(name + ".")]
    if "weight" in tensors:
        return file.get_tensor(f"{name}.weight").astype(np.float64)
    if "integers" in tensors:
        integers = file.get_tensor(f"{name}.integers").astype(np.float64)
    else:
        integers = 2.0 * bits(file, f"{name}.signs", shape) - 1.0
    if "nonzero" in tensors:
        integers *= bits(file, f"{name}.nonzero", shape)
    scale = file.get_tensor(f"{name}.scale").astype(np.float64)
    return integers * scale.reshape(-1, 1, 1, 1)


def main():
    with safe_open(sys.argv[1], framework="numpy") as file:
        metadata = file.metadata()
        assert (metadata["format"], metadata["version"]) == ("onebit", "2"), metadata
        graph = json.loads(metadata["graph"])
        # Channels of what each node gives, by its name.
        channels = {"image": graph["input"][0]}
        before, index = "image", 0
        for node in graph["nodes"]:
            read = channels[node.get("from", [before])[0]]
            before = node["name"]
            channels[before] = node.get("out", node.get("channels", read))
            if node["op"] != "conv":
                continue
            w = weights(file, node, (node["out"], read, node["kernel"], node["kernel"]))
            places = np.arange(1, w.size + 1, dtype=np.float64)
            shape = " ".join(map(str, w.shape))
            print(index, shape, int((w > 0).sum()), repr(float(w.ravel() @ places)))
            index += 1


main()
