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


def weights(file, index, layout):
    """The weights of a convolution, (out, in, kernel, kernel), as float64."""
    k = layout["kernel"]
    shape = (layout["out_channels"], layout["in_channels"], k, k)
    if layout["weights"] == "real":
        return file.get_tensor(f"convs.{index}.weight").astype(np.float64)
    rows = file.get_tensor(f"convs.{index}.signs")
    bits = np.unpackbits(rows, axis=1, bitorder="little", count=int(np.prod(shape[1:])))
    signs = 2.0 * bits.reshape(shape) - 1.0
    scale = file.get_tensor(f"convs.{index}.scale").astype(np.float64)
    return signs * scale.reshape(-1, 1, 1, 1)


def main():
    with safe_open(sys.argv[1], framework="numpy") as file:
        metadata = file.metadata()
        assert (metadata["format"], metadata["version"]) == ("onebit", "1"), metadata
        for index, layout in enumerate(json.loads(metadata["structure"])["convs"]):
            w = weights(file, index, layout)
            places = np.arange(1, w.size + 1, dtype=np.float64)
            shape = " ".join(map(str, w.shape))
            print(index, shape, int((w > 0).sum()), repr(float(w.ravel() @ places)))


main()
