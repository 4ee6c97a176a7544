"""Runs ONNX files in onnxruntime, as anyone would.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install numpy onnx onnxruntime
    /tmp/venv/bin/python crates/convert/tests/run_onnx.py LEVEL FOLDER...

LEVEL is onnxruntime's graph optimisation: `none`, or `all`, which is its default. Each folder has a file, `net`, and
`images`, the bytes of as many images as there are. Written are `logits`, numbers of 32 bits, and `about`, as JSON: what
the file says of itself.
"""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime as ort

LEVELS = {
    "none": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
# Images of a call: more than one, and not a divisor of the usual counts.
BATCH = 48


def run(level, folder):
    path = lambda name: os.path.join(folder, name)
    model = onnx.load(path("net"))
    onnx.checker.check_model(model, full_check=True)
    options = ort.SessionOptions()
    options.graph_optimization_level = LEVELS[level]
    session = ort.InferenceSession(path("net"), options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    pixels = np.fromfile(path("images"), np.uint8).reshape(-1, *given.shape[1:])
    if given.type == "tensor(float)":
        pixels = pixels.astype(np.float32)
    batch = given.shape[0] if isinstance(given.shape[0], int) else BATCH
    batches = [session.run(["logits"], {"images": pixels[at : at + batch]})[0] for at in range(0, len(pixels), batch)]
    np.concatenate(batches).astype("<f4").tofile(path("logits"))
    about = {
        "domains": sorted({node.domain for node in model.graph.node}),
        "input": [given.name, given.type, given.shape],
        "metadata": session.get_modelmeta().custom_metadata_map,
        "opset": model.opset_import[0].version,
        "output": [[value.name, value.type, value.shape] for value in session.get_outputs()],
    }
    with open(path("about"), "w") as file:
        json.dump(about, file)


for folder in sys.argv[2:]:
    run(sys.argv[1], folder)
