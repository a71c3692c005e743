"""Writes tests/tensor/data/*.bin with the gguf package (0.19.0), torch (values of F8_E4M3) and, for
the errors of ggml's own k-quantisers, the libggml of llama-cpp-python (0.3.36). Run it again only to
change the fixtures; the tests read the committed bytes.

TYPE.decode.bin    kCount blocks, then their elements as f32
TYPE.encode.bin    kCount blocks' worth of f32, then the blocks that ggml's reference makes of them
errors.bin         f32 elements, then the squared errors that ggml's q4_k and q6_k leave on them (f64)
"""

import ctypes
import pathlib

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type

FOLDER = pathlib.Path(__file__).parent / "data"
COUNT = 6
random = np.random.default_rng(3)


def random_blocks(type_, elements, size, halves):
    """Random bytes; the f16 scales at offsets `halves` are made small and finite."""
    blocks = random.integers(0, 256, (COUNT, size), dtype=np.uint8)
    for offset in halves:
        scales = (random.normal(size=COUNT) * 0.01).astype(np.float16)
        blocks[:, offset : offset + 2] = scales.view(np.uint8).reshape(COUNT, 2)
    values = gguf.quants.dequantize(blocks, type_).astype(np.float32)
    assert values.size == COUNT * elements
    return blocks.tobytes() + values.tobytes()


def reference_quantise(x, type_):
    """ggml's C expressions one f32 operation at a time (no fused multiply-add)."""
    bits = {Type.Q4_0: 4, Type.Q5_0: 5}[type_]
    out = []
    for block in x.reshape(-1, 32):
        extreme = block[np.argmax(np.abs(block))]
        d = np.float32(extreme / np.float32(-(1 << (bits - 1))))
        inverse = np.float32(1) / d if d != 0 else np.float32(0)
        q = (block * inverse + np.float32((1 << (bits - 1)) + 0.5)).astype(np.int8)
        q = np.minimum(q, (1 << bits) - 1).astype(np.uint32)
        packed = (q[:16] & 15 | (q[16:] & 15) << 4).astype(np.uint8).tobytes()
        high = np.uint32(sum(int(q[j] >> 4) << j for j in range(32))) if bits == 5 else None
        out.append(np.float16(d).tobytes() + (high.tobytes() if bits == 5 else b"") + packed)
    return b"".join(out)


def sample(count):
    """Normal, heavy-tailed, constant, zero and tiny blocks."""
    x = random.normal(size=count).astype(np.float32) * 0.02
    x[count // 4 : count // 2] = random.standard_t(2, count // 2 - count // 4) * 0.01
    x[:32] = 0
    x[32:64] = -0.125
    x[64:96] *= np.float32(1e-6)
    return x


def ggml_error(lib, x, type_, size):
    out = (ctypes.c_uint8 * (x.size // 256 * size))()
    lib.ggml_quantize_chunk(
        int(type_), x.ctypes.data_as(ctypes.c_void_p), out, ctypes.c_int64(0),
        ctypes.c_int64(x.size // 256), ctypes.c_int64(256), None)
    y = gguf.quants.dequantize(np.frombuffer(out, np.uint8), type_)
    return float(((x.astype(np.float64) - y.reshape(-1)) ** 2).sum())


def errors():
    import llama_cpp

    folder = pathlib.Path(llama_cpp.__file__).parent / "lib"
    lib = ctypes.CDLL(folder / "libggml-base.so")
    lib.ggml_quantize_chunk.restype = ctypes.c_size_t
    normal = random.normal(size=4096) * 0.02
    heavy = random.standard_t(3, 4096) * 0.01
    x = np.concatenate([normal, heavy]).astype(np.float32)
    measured = [
        ggml_error(lib, np.ascontiguousarray(part), type_, size)
        for type_, size in ((Type.Q4_K, 144), (Type.Q6_K, 210))
        for part in (x[:4096], x[4096:])
    ]
    return x.tobytes() + np.array(measured).tobytes()


FOLDER.mkdir(exist_ok=True)
LAYOUTS = {
    "q4_0": (Type.Q4_0, 32, 18, [0]),
    "q4_1": (Type.Q4_1, 32, 20, [0, 2]),
    "q5_0": (Type.Q5_0, 32, 22, [0]),
    "q5_1": (Type.Q5_1, 32, 24, [0, 2]),
    "q8_0": (Type.Q8_0, 32, 34, [0]),
    "q4_k": (Type.Q4_K, 256, 144, [0, 2]),
    "q5_k": (Type.Q5_K, 256, 176, [0, 2]),
    "q6_k": (Type.Q6_K, 256, 210, [208]),
}
for name, layout in LAYOUTS.items():
    (FOLDER / f"{name}.decode.bin").write_bytes(random_blocks(*layout))
x = sample(32 * 32)
for name in ("q4_0", "q5_0", "q8_0"):
    blocks = gguf.quants.quantize(x, LAYOUTS[name][0]).tobytes()
    if name != "q8_0":
        assert blocks == reference_quantise(x, LAYOUTS[name][0]), name
    (FOLDER / f"{name}.encode.bin").write_bytes(x.tobytes() + blocks)
patterns = torch.arange(256, dtype=torch.uint8)
values = patterns.view(torch.float8_e4m3fn).float().numpy()
(FOLDER / "f8_e4m3.decode.bin").write_bytes(patterns.numpy().tobytes() + values.tobytes())
(FOLDER / "errors.bin").write_bytes(errors())
