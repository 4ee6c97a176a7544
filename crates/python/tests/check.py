"""What the installed package answers, compared with what the Rust test wrote into a folder.

    python check.py FOLDER folder_to_csv.py
"""

import ast
import contextlib
import csv
import importlib.metadata
import importlib.resources
import io
import json
import os
import pickle
import random
import runpy
import signal
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageOps

import onebit

FOLDER, EXAMPLE = Path(sys.argv[1]), sys.argv[2]
SHAPE = (3, 13, 18)
IMAGES = np.fromfile(FOLDER / "images", np.uint8).reshape(-1, *SHAPE)
PICTURES = sorted((FOLDER / "pictures").glob("*.png"))


def load(name="net", threads=2, arithmetic="float"):
    return onebit.load(FOLDER / f"{name}.onebit", threads=threads, arithmetic=arithmetic)


def expected(arithmetic):
    return np.fromfile(FOLDER / arithmetic, np.float64 if arithmetic == "integer" else np.float32).reshape(-1, 6)


def refused(kind, *words):
    """That a block raises this error with these words."""

    class Refused:
        def __enter__(self):
            pass

        def __exit__(self, found, error, _):
            assert found is not None and issubclass(found, kind), f"expected {kind.__name__}, found {error!r}"
            missing = [word for word in words if word not in str(error)]
            assert not missing, f"no {missing} in: {error}"
            return True

    return Refused()


def logits_are_the_runtimes():
    for arithmetic in ("float", "int8", "integer"):
        wanted = expected(arithmetic)
        for threads in (1, 2, 3):
            model = load(threads=threads, arithmetic=arithmetic)
            found = model.logits(IMAGES)
            assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
            if arithmetic == "float" and threads != 2:
                np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(wanted).max())
            else:
                np.testing.assert_array_equal(found, wanted)
            assert model.logits(IMAGES[3]).shape == (6,)
            np.testing.assert_allclose(model.logits(IMAGES[3]), wanted[3], atol=1e-4 * np.abs(wanted).max())


def answers_are_the_runtimes():
    model = load()
    wanted = np.fromfile(FOLDER / "indices", np.int64)
    found = model.indices(IMAGES)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, wanted)
    names = [None if index < 0 else model.classes[index] for index in wanted]
    assert model.predict(IMAGES) == names and None in names
    for number in (0, int(wanted.argmin())):
        assert model.predict(IMAGES[number]) == names[number]
        assert model.indices(IMAGES[number]) == wanted[number]
        assert type(model.indices(IMAGES[number])) is int
    shares = model.probabilities(IMAGES)
    logits = model.logits(IMAGES).astype(np.float64)
    powers = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(shares, powers / powers.sum(1, keepdims=True), rtol=1e-12)
    assert model.input_shape == SHAPE and len(model.classes) == 6
    assert (model.threads, model.arithmetic, model.preprocessing) == (2, "float", "pad")
    assert model.threshold > 0 and load("plain").threshold is None
    assert "3x13x18" in repr(model) and isinstance(model.provenance, dict)


def layouts():
    model = load()
    wanted = model.logits(IMAGES)
    beside = IMAGES.transpose(0, 2, 3, 1)
    holes = np.repeat(IMAGES, 2, axis=3)[:, :, :, ::2]
    assert not beside.flags.c_contiguous and not holes.flags.c_contiguous
    frozen = IMAGES.copy()
    frozen.flags.writeable = False
    for name, images in [
        ("NHWC", np.ascontiguousarray(beside)),
        ("NHWC", beside),
        ("NCHW", holes),
        ("NCHW", np.asfortranarray(IMAGES)),
        ("NCHW", frozen),
    ]:
        np.testing.assert_array_equal(model.logits(images), wanted)
        np.testing.assert_array_equal(model.logits(images, layout=name), wanted)
        for other in ("NCHW", "NHWC", "CHW", "NHW"):
            if other != name:
                with refused(ValueError, "images: expected", f"{other} (", "found shape ("):
                    model.logits(images, layout=other)
    np.testing.assert_array_equal(model.logits(list(IMAGES)), wanted)
    np.testing.assert_array_equal(model.logits(beside[i] for i in range(len(beside))), wanted)
    assert model.logits(IMAGES[:0]).shape == (0, 6) and model.predict([]) == [] and model.indices([]).shape == (0,)
    grey = load("grey")
    some = IMAGES.reshape(-1)[: 7 * 120].reshape(7, 12, 10)
    wanted = grey.logits(some[:, None])
    assert wanted.shape == (7, 3)
    for images in (some, some[..., None], list(some), list(some[:, None])):
        np.testing.assert_array_equal(grey.logits(images), wanted)
    assert grey.logits(some[0]).shape == (3,)
    with refused(ValueError, "CHW or NHW", "(1, 12, 10)", "layout="):
        grey.predict(some[:1])
    assert grey.logits(some[:1], layout="NHW").shape == (1, 3)
    assert grey.logits(some[:1], layout="CHW").shape == (3,)
    cube = load("cube")
    images = IMAGES.reshape(-1)[: 4 * 27].reshape(4, 3, 3, 3)
    with refused(ValueError, "NCHW or NHWC", "(4, 3, 3, 3)"):
        cube.predict(images)
    flipped = cube.logits(images, layout="NHWC")
    np.testing.assert_array_equal(flipped, cube.logits(images.transpose(0, 3, 1, 2), layout="NCHW"))


def pictures_are_those_of_onebit_predict():
    for arithmetic in ("float", "int8", "integer", "plain"):
        lines = [json.loads(line) for line in (FOLDER / f"predict-{arithmetic}.jsonl").read_text().splitlines()]
        assert [line["file"] for line in lines] == [str(path) for path in PICTURES] and len(lines) == 5
        plain = arithmetic == "plain"
        model = load("plain" if plain else "net", arithmetic="float" if plain else arithmetic)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            logits = model.logits(PICTURES)
        # All but one have another size.
        assert [("; 4 of another size" in str(line.message)) for line in said] == [True] * plain
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            np.testing.assert_array_equal(logits, [line["logits"] for line in lines])
            assert model.predict(PICTURES) == [line["class"] for line in lines]
            first = model.probabilities(PICTURES).max(1)
            np.testing.assert_allclose(first, [line["top"][0]["probability"] for line in lines], rtol=1e-12)
            # What Pillow decodes, what the network sees, and one picture for itself.
            opened = [PIL.Image.open(path) for path in PICTURES]
            seen = model.see(PICTURES)
            assert (seen.shape, seen.dtype) == ((5, *SHAPE), np.uint8)
            np.testing.assert_array_equal(model.see(opened), seen)
            np.testing.assert_array_equal(model.logits(opened), logits)
            np.testing.assert_array_equal(model.logits(seen), logits)
            np.testing.assert_array_equal(model.see(str(PICTURES[0])), seen[0])
            np.testing.assert_array_equal(model.see([*map(np.asarray, opened[:4])]), seen[:4])
            np.testing.assert_array_equal(model.see(np.asarray(opened[0])), seen[0])
            assert isinstance(model.predict(opened[0]), (str, type(None)))
            mixed = [str(PICTURES[0]), opened[1], seen[2], seen[3].transpose(1, 2, 0)]
            np.testing.assert_array_equal(model.logits(mixed), model.logits(seen[:4]))


def modes_of_pillow():
    model = load()
    image = PIL.Image.open(PICTURES[0]).convert("RGB")
    for mode in ("1", "L", "P", "CMYK", "LA", "RGBA", "PA", "I;16"):
        if mode == "PA":
            same = image.convert("P").convert("PA")
            other = same.convert("RGBA")
        elif mode == "I;16":
            numbers = np.asarray(image.convert("L")).astype(np.uint16) * 257
            same, other = PIL.Image.fromarray(numbers), image.convert("L")
            assert same.mode == mode
        else:
            same = image.convert(mode)
            other = same.convert({"1": "L", "P": "RGB", "CMYK": "RGB"}.get(mode, mode))
        np.testing.assert_array_equal(model.see(same), model.see(other), err_msg=mode)
    # A palette with a transparent entry.
    palette = image.convert("P")
    palette.info["transparency"] = 3
    np.testing.assert_array_equal(model.see(palette), model.see(palette.convert("RGBA")))
    # As a camera was held, of a file and of what Pillow opens.
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1, 9):
            exif = PIL.Image.Exif()
            exif[0x0112] = number
            turned = Path(folder) / f"{number}.png"
            image.save(turned, exif=exif)
            np.testing.assert_array_equal(model.see(turned), model.see(PIL.Image.open(turned)))
            upright = PIL.ImageOps.exif_transpose(PIL.Image.open(turned))
            np.testing.assert_array_equal(model.see(turned), model.see(upright))
    with refused(ValueError, "images", "mode F"):
        model.see(image.convert("F"))


def models_that_come_along():
    cards = onebit.models()
    assert cards["cifar10-20-1"]["input_shape"] == (3, 32, 32)
    assert set(cards["cifar10-20-1"]["test_error"]) == {"float", "int8", "integer"}
    model = onebit.load("cifar10-20-1")
    assert model.classes[8] == "ship" and 1 <= model.threads <= 256
    assert model.provenance["net"] == "wrn-20-1"
    with refused(FileNotFoundError, 'did you mean "cifar10-20-1"', "cifar-20-1"):
        onebit.load("cifar-20-1")
    with refused(FileNotFoundError, "nowhere.onebit"):
        onebit.load("nowhere.onebit")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("cifar10-20-1").write_bytes((FOLDER / "grey.onebit").read_bytes())
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            assert onebit.load("cifar10-20-1").input_shape == (1, 12, 10)
        assert "the file of this name" in str(said[0].message)
        os.chdir(FOLDER)


def what_is_wrong_is_said():
    model = load()
    for images, kind, words in [
        (IMAGES.astype(np.float32), TypeError, ["expected an array of uint8", "found float32"]),
        (IMAGES.astype(np.int8), TypeError, ["found int8"]),
        (IMAGES > 3, TypeError, ["found bool"]),
        (IMAGES[:, :, :, :5], ValueError, ["(N, 3, 13, 18)", "found shape (41, 3, 13, 5)"]),
        (IMAGES.reshape(-1), ValueError, ["found shape (28782,)"]),
        (IMAGES[None], ValueError, ["found shape (1, 41, 3, 13, 18)"]),
        (np.uint8(3), ValueError, ["found shape ()"]),
        ([IMAGES[0], IMAGES[:2]], ValueError, ["images[1]: expected CHW (3, 13, 18) or HWC (13, 18, 3)"]),
        ([IMAGES[0], 3], TypeError, ["images[1]: expected an array", "found int"]),
        ([[1, 2]], TypeError, ["images[0]", "found list"]),
        (None, TypeError, ["images: expected", "found NoneType"]),
        (b"photo.png", TypeError, ["found bytes"]),
        ("nowhere.png", FileNotFoundError, ["nowhere.png"]),
        ([PICTURES[0], "nowhere.png"], FileNotFoundError, ["nowhere.png"]),
        (FOLDER, OSError, ["folder", "glob"]),
        (FOLDER / "images", ValueError, ["images: expected a picture"]),
    ]:
        for call in (model.predict, model.indices, model.logits, model.probabilities):
            with refused(kind, *words):
                call(images)
    with refused(ValueError, "layout: expected NCHW", "found `NCWH`; did you mean `NCHW`?"):
        model.predict(IMAGES, layout="NCWH")
    for shape in [(2, 13, 18, 3), (5,), (4, 4, 5), (0, 4, 3)]:
        with refused(ValueError, "images", "0" if 0 in shape else "found shape ("):
            model.see(np.zeros(shape, np.uint8))
    for threads in (0, -1, 257, 2**62):
        with refused(ValueError, "threads: expected 1 to 256", str(threads)):
            load(threads=threads)
    with refused(ValueError, "arithmetic: expected float, int8, integer, found `int`"):
        load(arithmetic="int")
    for arithmetic in ("int8", "integer"):
        with refused(ValueError, "activation_scales", 'arithmetic="float"'):
            load("plain", arithmetic=arithmetic)
    with refused(OSError, "no regular file"):
        onebit.load("/dev/null")
    with refused(IsADirectoryError, "model.onebit", "a folder without it"):
        onebit.load(FOLDER)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "config.toml").write_text("")
        with refused(IsADirectoryError, "the folder of a run", "onebit export --run"):
            onebit.load(folder)
        (folder / "model.onebit").write_bytes((FOLDER / "net.onebit").read_bytes())
        assert onebit.load(folder).predict(IMAGES) == model.predict(IMAGES)
        for begin, kind in [(b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"), (b"PK\x03\x04 data.pkl", "torch.save")]:
            (folder / "other.pth").write_bytes(begin)
            with refused(ValueError, "other.pth: expected", kind):
                onebit.load(folder / "other.pth")
    with refused(ValueError, "images: header"):
        onebit.load(FOLDER / "images")


def hostile_files():
    packed = (FOLDER / "net.onebit").read_bytes()
    assert onebit.loads(packed, 2).predict(IMAGES) == load().predict(IMAGES)
    draw, bad = random.Random(3), 0
    for number in range(400):
        file = bytearray(packed)
        if number % 2:
            del file[draw.randrange(len(file)) :]
        else:
            for _ in range(draw.choice([1, 3, 50])):
                file[draw.randrange(len(file) if number % 4 else 400)] = draw.randrange(256)
        try:
            onebit.loads(bytes(file))
        except ValueError:
            bad += 1
    assert bad > 390, bad


def several_threads():
    model = onebit.load("cifar10-20-1", threads=1)
    images = np.random.default_rng(1).integers(0, 256, (300, 3, 32, 32), np.uint8)
    wanted = model.logits(images)
    ticks = 0
    with ThreadPoolExecutor(2) as pool:
        tasks = [pool.submit(model.logits, images) for _ in range(4)]
        # This thread goes on meanwhile.
        while not all(task.done() for task in tasks):
            ticks += 1
            time.sleep(0.001)
        for task in tasks:
            np.testing.assert_array_equal(task.result(), wanted)
    assert ticks > 5, ticks
    # One that is stopped is not finished before.
    def ring(*_):
        raise TimeoutError

    many = np.broadcast_to(images, (60, *images.shape)).reshape(-1, 3, 32, 32)
    before = signal.signal(signal.SIGALRM, ring)
    start = time.monotonic()
    with refused(TimeoutError):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        model.logits(many)
    signal.signal(signal.SIGALRM, before)
    whole = len(many) / len(images)
    began = time.monotonic()
    model.logits(images)
    assert began - start < 0.5 * whole * (time.monotonic() - began)


def other_processes():
    model = load()
    wanted = model.logits(IMAGES)
    again = pickle.loads(pickle.dumps(load(threads=1, arithmetic="int8")))
    assert (again.threads, again.arithmetic) == (1, "int8")
    np.testing.assert_array_equal(again.logits(IMAGES), expected("int8"))
    # The threads of the engine are not there in a child.
    child = os.fork()
    if child == 0:
        same = False
        try:
            signal.alarm(60)
            same = np.array_equal(model.logits(IMAGES), wanted)
            del model
        finally:
            os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    np.testing.assert_array_equal(model.logits(IMAGES), wanted)


def the_example():
    sys.argv = [EXAMPLE, str(FOLDER / "pictures"), str(FOLDER / "answers.csv")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runpy.run_path(EXAMPLE, run_name="__main__")
    with open(FOLDER / "answers.csv", newline="") as ours, open(FOLDER / "predict.csv", newline="") as theirs:
        ours, theirs = list(csv.DictReader(ours)), list(csv.DictReader(theirs))
    assert len(ours) == len(theirs) == 5
    for mine, other in zip(ours, theirs):
        assert (mine["file"], mine["class"]) == (other["file"], other["class"])
        assert abs(float(mine[other["class_1"]]) - float(other["probability_1"])) < 1e-4
        assert abs(float(mine[other["class_10"]]) - float(other["probability_10"])) < 1e-4
        assert mine["error"] == ""


def example(*arguments):
    """The exit status of the example, and its last words."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()) as said:
        warnings.simplefilter("ignore")
        sys.argv = [EXAMPLE, *map(str, arguments)]
        try:
            runpy.run_path(EXAMPLE, run_name="__main__")
        except SystemExit as end:
            return end.code, said.getvalue()
    return 0, said.getvalue()


def the_example_with_what_is_wrong():
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        answers = folder / "answers.csv"
        code, said = example()
        assert code == 2 and "usage: " in said and "FOLDER" in said, said
        code, said = example(folder / "nowhere", answers)
        assert code == 2 and "nowhere: expected a folder" in said, said
        code, said = example(folder, answers)
        assert code == 2 and "found none" in said and not answers.exists(), said
        # Capitals are an ending too, and one damaged picture leaves the others.
        (folder / "A.PNG").write_bytes(PICTURES[0].read_bytes())
        (folder / "b.png").write_bytes(b"no picture")
        (folder / "c.png").write_bytes(PICTURES[1].read_bytes())
        code, said = example(folder, answers)
        assert "1 of 3 pictures" in str(code), code
        with open(answers, newline="") as rows:
            first, second, third = csv.DictReader(rows)
        wanted = onebit.load("cifar10-20-1").predict([PICTURES[0], PICTURES[1]])
        assert [first["class"], third["class"]] == [name or "none of these" for name in wanted]
        assert second["class"] == "" and "b.png" in second["error"] and first["error"] == third["error"] == ""


def stubs():
    package = importlib.resources.files("onebit")
    assert (package / "py.typed").is_file()
    tree = ast.parse((package / "__init__.pyi").read_text())
    top = {node.name: node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert {name for name in top if not name.startswith("_")} == {*onebit.__all__} - {"__version__"}
    methods = {node.name for node in top["Model"].body if isinstance(node, ast.FunctionDef)}
    assert methods == {name for name in vars(onebit.Model) if not name.startswith("_")}
    for name in methods:
        assert getattr(onebit.Model, name).__doc__, name
    assert onebit.__version__ == importlib.metadata.version("onebit") and onebit.__doc__
    assert any(need.startswith("numpy") for need in importlib.metadata.requires("onebit"))


for check in [
    logits_are_the_runtimes,
    answers_are_the_runtimes,
    layouts,
    pictures_are_those_of_onebit_predict,
    modes_of_pillow,
    models_that_come_along,
    what_is_wrong_is_said,
    hostile_files,
    several_threads,
    other_processes,
    the_example,
    the_example_with_what_is_wrong,
    stubs,
]:
    start = time.monotonic()
    check()
    print(f"{check.__name__.replace('_', ' ')}: {time.monotonic() - start:.2f} s", flush=True)
print("all as expected")
