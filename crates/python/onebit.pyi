"""Networks with one bit per weight: load a packed file, classify arrays, PIL images and files."""

import os
from collections.abc import Iterable
from typing import Any, Literal, Protocol, TypedDict, Union, overload

import numpy as np
import numpy.typing as npt

__all__ = ["Model", "__version__", "load", "loads", "models"]

__version__: str

Arithmetic = Literal["float", "int8", "integer"]
Layout = Literal["NCHW", "NHWC", "CHW", "HWC", "NHW", "HW"]

class _PilImage(Protocol):
    """A PIL image; Pillow is not needed to type-check."""

    @property
    def mode(self) -> str: ...
    def tobytes(self) -> bytes: ...
    def getexif(self) -> Any: ...

_Array = npt.NDArray[np.uint8]
_Picture = Union[str, os.PathLike[str], _PilImage]

class _Errors(TypedDict):
    float: float
    int8: float
    integer: float

class _Card(TypedDict):
    about: str
    data: str
    net: str
    weights: str
    input_shape: tuple[int, int, int]
    classes: int
    bytes: int
    test_error: _Errors

class Model:
    """A trained network, ready to classify. It never changes, and any number of threads may use it at once.

    images is an array of uint8, N×C×H×W, N×H×W×C or without N; a PIL image; the path of a picture; or a list of these. Of
    one image the answer is one, of several a list or an array with a row each. layout names the axes of arrays whose shape
    does not tell them.
    """

    @overload
    def predict(self, images: _Picture, *, layout: Layout | None = None) -> str | None: ...
    @overload
    def predict(self, images: _Array, *, layout: Layout | None = None) -> Any: ...
    @overload
    def predict(self, images: Iterable[_Picture | _Array], *, layout: Layout | None = None) -> list[str | None]:
        """The name of each image's class, or None where it is none of the classes, by the file's threshold."""

    @overload
    def indices(self, images: _Picture, *, layout: Layout | None = None) -> int: ...
    @overload
    def indices(self, images: _Array, *, layout: Layout | None = None) -> Any: ...
    @overload
    def indices(self, images: Iterable[_Picture | _Array], *, layout: Layout | None = None) -> npt.NDArray[np.int64]:
        """The index of each image's class, or -1 where it is none of the classes, by the file's threshold."""

    def logits(
        self, images: _Picture | _Array | Iterable[_Picture | _Array], *, layout: Layout | None = None
    ) -> npt.NDArray[np.floating[Any]]:
        """The logits, one per class: float32, or float64 of arithmetic "integer", which holds them exactly."""

    def probabilities(
        self, images: _Picture | _Array | Iterable[_Picture | _Array], *, layout: Layout | None = None
    ) -> npt.NDArray[np.float64]:
        """The probability of each class: the softmax of the logits."""

    def see(self, pictures: _Picture | _Array | Iterable[_Picture | _Array]) -> _Array:
        """What the network reads of pictures: C×H×W of one, N×C×H×W of a list.

        A picture is a PIL image, a path, or an array H×W or H×W×C of any size with 1 to 4 channels: grey, with opacity,
        RGB, RGBA.
        """

    @property
    def classes(self) -> tuple[str, ...]:
        """A name for each class, in the order of the logits."""
    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, rows and columns of an image."""
    @property
    def preprocessing(self) -> Literal["crop", "pad", "stretch", "centre-crop", "none"]:
        """What becomes of a picture before the network reads it."""
    @property
    def threshold(self) -> float | None:
        """With a smaller margin between its two largest logits an image is none of the classes; None: it always has one."""
    @property
    def threads(self) -> int:
        """Threads that compute."""
    @property
    def arithmetic(self) -> Arithmetic:
        """What convolutions compute with."""
    @property
    def provenance(self) -> dict[str, str]:
        """Where the network comes from, as words: net, weights, dataset, epochs and others."""

def load(
    path: str | os.PathLike[str], threads: int | None = None, arithmetic: Arithmetic = "float"
) -> Model:
    """The network of a packed file, of a folder that `export --to hub` made, or the built-in model of this name (see
    models()). A file of the name is preferred.

    threads: 1 to 256, by default as many as there are processors. arithmetic: "float", "int8", or "integer", which is to the
    last bit what C on a board computes. OSError where the file cannot be read, ValueError where it is no packed network.
    """

def loads(data: bytes, threads: int | None = None, arithmetic: Arithmetic = "float") -> Model:
    """The network of a packed file's content."""

def models() -> dict[str, _Card]:
    """What is known of each built-in model, by its name."""
