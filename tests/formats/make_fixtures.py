"""Writes tests/formats/data/reference.safetensors with the safetensors package (0.8.0 made the
committed one). Run it again only to change the fixture; the tests read the committed bytes."""

import pathlib

import numpy as np
from safetensors.numpy import save_file

tensors = {
    "embed.weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
    "norm.weight": np.array([1.5, -2.0], dtype=np.float16),
    "steps": np.array(7, dtype=np.int64),
    "ids": np.array([[1], [2], [3]], dtype=np.int32),
    "mask": np.array([True, False, True]),
    "bytes": np.array([0, 127, 255], dtype=np.uint8),
    "none": np.zeros((0, 4), dtype=np.float32),
    "ki\u015bwahili \"q\"": np.array([-1], dtype=np.int8),
}
folder = pathlib.Path(__file__).parent / "data"
folder.mkdir(exist_ok=True)
save_file(tensors, folder / "reference.safetensors", metadata={"format": "pt"})
