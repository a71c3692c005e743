"""Loads with transformers what save_model() wrote, and compares the logits with data/.

Run by hand, with the test binary; needs torch and transformers (4 or 5):
    python tests/models/check_transformers.py build/test_models
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file

DATA = pathlib.Path(__file__).parent / "data"


VERSION = int(transformers.__version__.split(".")[0])
# The kernels for attention know no soft caps, that for experts wants wider ones than those of data/.
SETTINGS = dict(attn_implementation="eager")
if VERSION >= 5:
    SETTINGS["experts_implementation"] = "eager"
# What transformers 4 computes otherwise than 5: the scale of attention leaves out YaRN's
# mscale_all_dim; mlp_bias gives biases to experts as well.
SKIPPED = {"deepseek_v2", "deepseek_v2_groups"} if VERSION < 5 else set()


def check(folder, name):
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        folder, output_loading_info=True, **SETTINGS
    )
    for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        assert not report[problem], (name, problem, report[problem])
    assert model.dtype == torch.float32, (name, model.dtype)
    assert model.config.eos_token_id == [59, 60], (name, model.config.eos_token_id)
    assert model.config.bos_token_id is None and model.config.pad_token_id is None, name
    assert model.generation_config.eos_token_id == [59, 60], name
    expected = load_file(DATA / name / "expected.safetensors")
    for i in range(2):
        ids = expected[f"document.{i}"].long()[None]
        with torch.no_grad():
            logits = model(ids).logits[0]
        worst = (logits - expected[f"logits.{i}"]).abs().max().item()
        print(f"transformers {transformers.__version__}: {name} document {i}: {worst:.1e}")
        assert worst <= 1e-5, name


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as target:
        subprocess.run(
            [sys.argv[1], "--gtest_filter=DirectoryTest.LeavesFilesForTransformers"],
            env={**os.environ, "FUNDI_SAVE_MODELS_TO": target},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for case in sorted(set(os.listdir(target)) - SKIPPED):
            check(pathlib.Path(target) / case, case)
