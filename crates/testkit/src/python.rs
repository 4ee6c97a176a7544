//! The Python that runs the scripts of tests.

use std::process::Command;

use crate::{Need, prints, ready};

/// A file of the form that exports have, run once.
const ONNX: &str = r#"
make = onnx.helper
vector = lambda name: make.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["N"])
node = make.make_node("Relu", ["images"], ["logits"])
graph = make.make_graph([node], "graph", [vector("images")], [vector("logits")])
model = make.make_model(graph, opset_imports=[make.make_opsetid("", 18)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
(logits,) = session.run(["logits"], {"images": numpy.float32([-1, 2])})
assert logits.tolist() == [0, 2], logits
"#;

/// A convolution, and its result through a file's bytes.
const TORCH: &str = r#"
match "nodes are told apart so":
    case str():
        ones = torch.ones(1, 1, 3, 3)
sums = torch.nn.functional.conv2d(ones, ones)
back = safetensors.torch.load(safetensors.torch.save({"sums": sums}))
assert back["sums"].flatten().tolist() == [9.0], back
"#;

/// A Python that imports these modules (`numpy, onnx`) and does a task of a few lines with them: `$ONEBIT_PYTHON`, else
/// `python3`. Without one, says that `test` is skipped.
pub fn python(test: &str, modules: &str, task: &str) -> Option<String> {
    let python = std::env::var("ONEBIT_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = format!("import {modules}\n{task}\nprint('made')");
    let install = "name one that has them in ONEBIT_PYTHON";
    let program = python.clone();
    let need = Need::new(format!("Python with {modules}"), install, move |folder| {
        prints(folder, Command::new(&program).args(["-c", &script]), "made")
    });
    ready(test, &[need]).then_some(python)
}

/// A [`python`] whose onnxruntime runs files of the version that exports have.
pub fn onnxruntime(test: &str) -> Option<String> {
    python(test, "numpy, onnx, onnxruntime", ONNX)
}

/// A [`python`] whose PyTorch computes, and whose state dicts safetensors writes and reads.
pub fn pytorch(test: &str) -> Option<String> {
    python(test, "safetensors.torch, torch", TORCH)
}
