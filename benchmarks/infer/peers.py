"""The same network for onnxruntime and for PyTorch."""

import os
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


def onnx_model(network):
    """Batch norms are nodes of their own, which onnxruntime folds into a convolution before them."""
    nodes, initializers = [], []

    def constant(name, array):
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name

    def node(kind, inputs, name, **attributes):
        nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def norm(x, index):
        scale, offset = network.norms[index]
        parts = [scale, offset, np.zeros_like(scale), np.ones_like(scale)]
        names = [constant(f"norm{index}.{part}", value) for part, value in enumerate(parts)]
        return node("BatchNormalization", [x, *names], f"norm{index}", epsilon=0.0)

    def conv(x, index):
        conv = network.convs[index]
        k = conv.weight.shape[2]
        weight = constant(f"conv{index}.weight", conv.weight)
        return node("Conv", [x, weight], f"conv{index}", kernel_shape=[k, k], pads=[k // 2] * 4, strides=[conv.stride] * 2)

    x = conv(norm("pixels", 0), 0)
    last = len(network.convs) - 1
    for index in range(1, last, 2):
        y = conv(node("Relu", [norm(x, index)], f"relu{index}"), index)
        y = conv(node("Relu", [norm(y, index + 1)], f"relu{index + 1}"), index + 1)
        if network.convs[index].stride == 2:
            x = node("AveragePool", [x], f"pool{index}", kernel_shape=[3, 3], pads=[1] * 4, strides=[2, 2], count_include_pad=0)
            pads = numpy_helper.from_array(np.array([0, 0, 0, 0, 0, network.convs[index].weight.shape[1], 0, 0]), f"pads{index}")
            initializers.append(pads)
            x = node("Pad", [x, pads.name], f"widen{index}")
        x = node("Add", [x, y], f"add{index}")
    x = conv(node("Relu", [norm(x, last)], f"relu{last}"), last)
    x = node("GlobalAveragePool", [norm(x, last + 1)], "mean")
    node("Flatten", [x], "logits", axis=1)
    classes = network.convs[last].weight.shape[0]
    graph = helper.make_graph(
        nodes,
        "wide ResNet",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", 3, 32, 32])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", classes])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


class Images(CalibrationDataReader):
    """Single images for the calibration."""

    def __init__(self, images):
        self.images = iter(images)

    def get_next(self):
        image = next(self.images, None)
        return None if image is None else {"pixels": image[None]}


def int8_model(model, images):
    """Static quantisation to QDQ nodes: unsigned activations, signed weights with a scale per channel."""
    with tempfile.TemporaryDirectory() as folder:
        path = lambda name: os.path.join(folder, name)
        onnx.save(model, path("float.onnx"))
        quant_pre_process(path("float.onnx"), path("folded.onnx"))
        quantize_static(
            path("folded.onnx"),
            path("int8.onnx"),
            Images(images),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return onnx.load(path("int8.onnx"))


def session(model, threads):
    """onnxruntime's own choice of everything but the number of threads."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


class Torch(torch.nn.Module):
    """In channels-last order, in which PyTorch's convolutions are fastest; norms after a convolution are folded into it."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.last = len(network.convs) - 1
        last = torch.channels_last
        self.weights = [torch.tensor(conv.weight).contiguous(memory_format=last) for conv in network.convs]
        self.norms = [[torch.tensor(part).reshape(1, -1, 1, 1) for part in norm] for norm in network.norms]
        self.biases = [None] * len(self.weights)
        for index in [*range(1, self.last, 2), self.last]:
            scale, offset = network.norms[index + 1]
            folded = network.convs[index].weight * scale.reshape(-1, 1, 1, 1)
            self.weights[index] = torch.tensor(folded).contiguous(memory_format=last)
            self.biases[index] = torch.tensor(offset)

    def conv(self, x, index):
        weight = self.weights[index]
        stride = self.network.convs[index].stride
        return torch.nn.functional.conv2d(x, weight, self.biases[index], stride, weight.shape[2] // 2)

    def norm(self, x, index):
        scale, offset = self.norms[index]
        return torch.addcmul(offset, x, scale)

    def forward(self, x):
        x = self.conv(self.norm(x, 0), 0)
        for index in range(1, self.last, 2):
            y = self.conv(self.norm(x, index).relu_(), index).relu_()
            y = self.conv(y, index + 1)
            if self.network.convs[index].stride == 2:
                x = torch.nn.functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
                x = torch.nn.functional.pad(x, (0, 0, 0, 0, 0, x.shape[1]))
            x = y.add_(x)
        x = self.conv(self.norm(x, self.last).relu_(), self.last)
        return x.mean((2, 3))
