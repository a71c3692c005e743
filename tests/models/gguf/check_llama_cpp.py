"""Compares the logits of llama.cpp, over files that fundi wrote, with those of transformers, over the
same weights: for each checkpoint of make_fixtures.py as f32, and for wider random ones in every type
(transformers then has the weights as fundi reads them back out of the quantised file).

Usage: check_llama_cpp.py FUNDI [FAMILY...]
Needs llama-cpp-python (0.3.36), torch and transformers (5.24); run by hand. Prints the largest
difference of logits relative to the largest logit, and how often the best token agrees."""

import ctypes
import pathlib
import subprocess
import sys
import tempfile

import llama_cpp
import numpy as np
import torch
import transformers

FUNDI = sys.argv[1]
DATA = pathlib.Path(__file__).parent.parent / "data" / "gguf"
TYPES = ["f32", "f16", "bf16", "q8_0", "q4_0", "q4_k", "q6_k", "q4_k_m"]
WIDE = dict(
    vocab_size=512,
    hidden_size=256,
    intermediate_size=512,
    num_hidden_layers=8,
    num_attention_heads=8,
    num_key_value_heads=4,
    head_dim=32,
    max_position_embeddings=64,
    bos_token_id=None,
    eos_token_id=None,
    pad_token_id=None,
    tie_word_embeddings=False,
    initializer_range=0.06,
)
DEEPSEEK = dict(
    num_key_value_heads=8,
    kv_lora_rank=64,
    q_lora_rank=64,
    qk_nope_head_dim=32,
    qk_rope_head_dim=16,
    v_head_dim=32,
    moe_intermediate_size=256,
    n_routed_experts=8,
    num_experts_per_tok=3,
    n_shared_experts=1,
    first_k_dense_replace=1,
    routed_scaling_factor=1.5,
    rms_norm_eps=1e-6,
    head_dim=16,
)
FAMILIES = {
    "llama": ("Llama", {}),
    "mistral": ("Mistral", {}),
    "qwen2": ("Qwen2", dict(head_dim=None)),
    "qwen3": ("Qwen3", dict(tie_word_embeddings=True)),
    "qwen3_moe": (
        "Qwen3Moe",
        dict(num_experts=8, num_experts_per_tok=3, moe_intermediate_size=256, norm_topk_prob=True),
    ),
    "gemma2": ("Gemma2", dict(query_pre_attn_scalar=32, tie_word_embeddings=True)),
    "gemma3": (
        "Gemma3",
        dict(query_pre_attn_scalar=32, sliding_window=16, tie_word_embeddings=True),
    ),
    "deepseek_v2": (
        "DeepseekV2",
        {**DEEPSEEK, **dict(topk_method="greedy", n_group=1, topk_group=1, norm_topk_prob=False)},
    ),
    "deepseek_v3": (
        "DeepseekV3",
        {**DEEPSEEK, **dict(n_group=4, topk_group=2, norm_topk_prob=True)},
    ),
}


def llama_cpp_logits(path, ids):
    parameters = llama_cpp.llama_model_default_params()
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
    assert model, path
    settings = llama_cpp.llama_context_default_params()
    settings.n_ctx = settings.n_batch = settings.n_ubatch = 64
    settings.n_threads = settings.n_threads_batch = 2
    settings.type_k = settings.type_v = llama_cpp.GGML_TYPE_F32
    settings.flash_attn_type = 0
    settings.swa_full = True
    context = llama_cpp.llama_init_from_model(model, settings)
    batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
    batch.n_tokens = len(ids)
    for i, token in enumerate(ids):
        batch.token[i] = token
        batch.pos[i] = i
        batch.n_seq_id[i] = 1
        batch.seq_id[i][0] = 0
        batch.logits[i] = 1
    assert llama_cpp.llama_decode(context, batch) == 0
    width = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    logits = np.stack(
        [np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, i), (width,)).copy()
         for i in range(len(ids))]
    )  # fmt: skip
    llama_cpp.llama_batch_free(batch)
    llama_cpp.llama_free(context)
    llama_cpp.llama_model_free(model)
    return logits


def transformers_logits(folder, ids):
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="eager",
        experts_implementation="eager",
    )
    with torch.inference_mode():
        return model.eval()(torch.tensor([ids])).logits[0].numpy()


def convert(*arguments):
    subprocess.run([FUNDI, "-q", "convert", *map(str, arguments)], check=True)


def compare(name, actual, expected):
    error = np.abs(actual - expected).max() / np.abs(expected).max()
    agree = (actual.argmax(-1) == expected.argmax(-1)).mean()
    print(f"{name:28} {error:9.2e}  best token agrees {agree:4.0%}", flush=True)


def tokens(count, vocabulary):
    return np.random.default_rng(1).integers(0, vocabulary, count).tolist()


def check_fixture(folder, work):
    path = work / f"{folder.name}.gguf"
    convert(folder, path, "--to", "gguf", "--type", "f32")
    ids = tokens(24, 40)
    compare(folder.name, llama_cpp_logits(path, ids), transformers_logits(folder, ids))


def check_wide(name, work):
    family, changes = FAMILIES[name]
    settings = {**WIDE, **changes}
    if settings["head_dim"] is None:
        del settings["head_dim"]
    config_class = {"Gemma3": "Gemma3TextConfig"}.get(family, family + "Config")
    torch.manual_seed(1)
    model = getattr(transformers, family + "ForCausalLM")(
        getattr(transformers, config_class)(**settings)
    )
    folder = work / name
    model.save_pretrained(folder)
    ids = tokens(48, 512)
    original = transformers_logits(folder, ids)
    for type_ in TYPES:
        path, back = work / f"{name}.{type_}.gguf", work / f"{name}.{type_}"
        convert(folder, path, "--to", "gguf", "--type", type_)
        convert(path, back, "--to", "hf", "--type", "f32")
        actual, expected = llama_cpp_logits(path, ids), transformers_logits(back, ids)
        compare(f"{name} {type_}", actual, expected)
        if type_ != "f32":
            compare("   to the original", actual, original)


@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
def quiet(level, text, _):
    if level == 4:
        print(text.decode(), end="", file=sys.stderr)


llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
with tempfile.TemporaryDirectory() as temporary:
    chosen = sys.argv[2:] or list(FAMILIES)
    for fixture in sorted(DATA.iterdir()):
        if any(fixture.name.startswith(family) for family in chosen):
            check_fixture(fixture, pathlib.Path(temporary))
    for wide in chosen:
        check_wide(wide, pathlib.Path(temporary))
