"""Writes tests/formats/data/reference.safetensors with the safetensors package (0.8.0 made the
committed one) and reference.gguf with the gguf package (0.19.0). Run it again only to change the
fixtures; the tests read the committed bytes."""

import pathlib

import gguf
import numpy as np
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parent / "data"


def make_safetensors():
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
    save_file(tensors, FOLDER / "reference.safetensors", metadata={"format": "pt"})


def make_gguf():
    writer = gguf.GGUFWriter(FOLDER / "reference.gguf", "test")
    writer.add_uint8("a.u8", 255)
    writer.add_int8("a.i8", -128)
    writer.add_uint16("a.u16", 65535)
    writer.add_int16("a.i16", -32768)
    writer.add_uint32("a.u32", 4294967295)
    writer.add_int32("a.i32", -2147483648)
    writer.add_uint64("a.u64", 1 << 62)
    writer.add_int64("a.i64", -(1 << 62))
    writer.add_float32("a.f32", 0.25)
    writer.add_float64("a.f64", 1e300)
    writer.add_bool("a.bool", True)
    writer.add_string("a.string", "habari ya asubuhi \u0144")
    writer.add_array("a.strings", ["x", "", "yz"])
    writer.add_array("a.i32s", [1, -2, 3])
    writer.add_array("a.f32s", [0.5, -2.0])
    writer.add_tensor("matrix", np.arange(6, dtype=np.float32).reshape(2, 3) / 4)
    writer.add_tensor("vector", np.array([-1, 2, -3], dtype=np.int8))
    writer.add_tensor("half", np.array([1.5, -2.0], dtype=np.float16))
    writer.add_tensor("cube", np.arange(1, 5, dtype=np.int64).reshape(2, 1, 2))
    values = (np.arange(128, dtype=np.float32).reshape(2, 64) - 64) / 16
    blocks = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("blocks", blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


FOLDER.mkdir(exist_ok=True)
make_safetensors()
make_gguf()
