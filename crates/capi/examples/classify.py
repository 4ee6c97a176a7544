"""Images in, classes and logits out, by the library's C interface and Python's ctypes alone.

    python3 classify.py LIBONEBIT NET.onebit IMAGES [f32|int8 [THREADS]]

LIBONEBIT is target/release/libonebit.so; the rest, and what is printed, are as in classify.c.
"""

import ctypes
import sys
from ctypes import POINTER, byref, c_char_p, c_float, c_int32, c_size_t, c_uint8, c_uint32, c_void_p

OK, ABI_VERSION = 0, 1
ACTIVATIONS = {"f32": 0, "int8": 1}


def open_library(path):
    """The library with the types of onebit.h: without them, ctypes would cut pointers to 32 bits."""
    library = ctypes.CDLL(path)
    for name, result, *arguments in [
        ("abi_version", c_uint32),
        ("last_error", c_char_p),
        ("model_load", c_int32, c_char_p, POINTER(c_void_p)),
        ("model_free", None, c_void_p),
        ("model_image_length", c_size_t, c_void_p),
        ("model_classes", c_size_t, c_void_p),
        ("model_class_name", c_char_p, c_void_p, c_size_t),
        ("engine_new", c_int32, c_void_p, c_size_t, c_int32, POINTER(c_void_p)),
        ("engine_free", None, c_void_p),
        ("engine_logits", c_int32, c_void_p, c_size_t, POINTER(c_uint8), c_size_t, POINTER(c_float), c_size_t),
    ]:
        function = getattr(library, "onebit_" + name)
        function.restype, function.argtypes = result, arguments
    if library.onebit_abi_version() != ABI_VERSION:
        sys.exit("error: this program is for another version of the library")
    return library


def main(library, net, images, activations="f32", threads="1"):
    onebit = open_library(library)

    def check(status):
        if status != OK:
            sys.exit("error: " + onebit.onebit_last_error().decode())

    model, engine = c_void_p(), c_void_p()
    check(onebit.onebit_model_load(net.encode(), byref(model)))
    check(onebit.onebit_engine_new(model, int(threads), ACTIVATIONS[activations], byref(engine)))
    with open(images, "rb") as file:
        pixels = file.read()
    count = len(pixels) // onebit.onebit_model_image_length(model)
    classes = onebit.onebit_model_classes(model)
    logits = (c_float * (count * classes))()
    buffer = (c_uint8 * len(pixels)).from_buffer_copy(pixels)
    check(onebit.onebit_engine_logits(engine, count, buffer, len(pixels), logits, count * classes))
    for image in range(count):
        row = logits[image * classes : (image + 1) * classes]
        name = onebit.onebit_model_class_name(model, row.index(max(row)))
        print(name.decode(), *(f"{logit:.9g}" for logit in row), sep="\t")
    onebit.onebit_engine_free(engine)
    onebit.onebit_model_free(model)


if __name__ == "__main__":
    if not 4 <= len(sys.argv) <= 6 or sys.argv[4:5] not in ([], ["f32"], ["int8"]):
        sys.exit(__doc__)
    main(*sys.argv[1:])
