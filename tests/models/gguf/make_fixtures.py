"""Makes ../data/gguf/CASE: tiny checkpoints of the families that GGUF files know, as transformers
(5.24) saves them, and reference.gguf, as llama.cpp's own converter writes it (the one that the
sources of llama-cpp-python 0.3.36 carry in vendor/llama.cpp). They have no tokenizers, so neither
have the files.

Usage: make_fixtures.py FOLDER_OF_LLAMA_CPP [CASE...]
Run it again only to change the fixtures; the tests read the committed bytes."""

import json
import pathlib
import shutil
import sys
import tempfile

import torch
import transformers

DATA = pathlib.Path(__file__).parent.parent / "data" / "gguf"
LLAMA_CPP = pathlib.Path(sys.argv[1])
sys.path[:0] = [str(LLAMA_CPP), str(LLAMA_CPP / "gguf-py")]

import conversion  # noqa: E402
import gguf  # noqa: E402

BASE = dict(
    vocab_size=40,
    hidden_size=16,
    intermediate_size=12,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=64,
    rms_norm_eps=1e-5,
    rope_theta=5000.0,
    initializer_range=0.25,
    bos_token_id=None,
    eos_token_id=None,
    pad_token_id=None,
    tie_word_embeddings=False,
)
# Of latent attention and experts.
DEEPSEEK = dict(
    num_hidden_layers=2,
    num_key_value_heads=4,
    kv_lora_rank=12,
    q_lora_rank=10,
    qk_nope_head_dim=6,
    qk_rope_head_dim=4,
    v_head_dim=8,
    moe_intermediate_size=6,
    n_routed_experts=4,
    num_experts_per_tok=2,
    n_shared_experts=1,
    first_k_dense_replace=1,
    routed_scaling_factor=1.5,
    rms_norm_eps=1e-6,
)


def rope(**scaling):
    return dict(rope_theta=50.0, head_dim=16, rope_scaling=scaling)


CASES = {
    "llama": ("Llama", {}),
    "llama_biased": (
        "Llama",
        dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=True, num_key_value_heads=4),
    ),
    "llama3": (
        "Llama",
        rope(
            rope_type="llama3",
            factor=4.0,
            low_freq_factor=1.0,
            high_freq_factor=5.0,
            original_max_position_embeddings=48,
        ),
    ),
    "llama_linear": ("Llama", rope(rope_type="linear", factor=2.5)),
    "llama_yarn": (
        "Llama",
        rope(rope_type="yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=4.0),
    ),
    "mistral": ("Mistral", dict(sliding_window=None)),
    "qwen2": ("Qwen2", dict(head_dim=None)),
    "qwen3": ("Qwen3", {}),
    "qwen3_moe": (
        "Qwen3Moe",
        dict(num_experts=4, num_experts_per_tok=2, moe_intermediate_size=8, norm_topk_prob=True),
    ),
    "gemma2": (
        "Gemma2",
        dict(
            rope_theta=10000.0,  # the converter takes it for granted
            sliding_window=4,
            query_pre_attn_scalar=8,
            attn_logit_softcapping=1.5,
            final_logit_softcapping=2.5,
            tie_word_embeddings=True,
        ),
    ),
    # Seven layers, the sixth of them global.
    "gemma3": (
        "Gemma3",
        dict(
            num_hidden_layers=7,
            hidden_size=8,
            num_attention_heads=2,
            num_key_value_heads=1,
            sliding_window=4,
            query_pre_attn_scalar=8,
            rope_theta=None,
            rope_parameters=dict(
                full_attention=dict(rope_type="linear", factor=2.0, rope_theta=5000.0),
                sliding_attention=dict(rope_type="default", rope_theta=100.0),
            ),
            tie_word_embeddings=True,
        ),
    ),
    "deepseek_v2": (
        "DeepseekV2",
        dict(**DEEPSEEK, topk_method="greedy", n_group=1, topk_group=1, head_dim=4, norm_topk_prob=False),
    ),
    "deepseek_v3": (
        "DeepseekV3",
        dict(
            **{**DEEPSEEK, "n_routed_experts": 8},
            n_group=4,
            topk_group=2,
            norm_topk_prob=True,
            scoring_func="sigmoid",  # as published; the converter asks for it, transformers 5 does not
            head_dim=4,
            rope_scaling=dict(
                rope_type="yarn",
                factor=4.0,
                original_max_position_embeddings=16,
                beta_fast=4.0,
                mscale=0.75,
                mscale_all_dim=0.75,
            ),
        ),
    ),
}


def make_checkpoint(folder, family, changes):
    settings = {k: v for k, v in {**BASE, **changes}.items() if v is not None or k.endswith("_id")}
    config_class = {"Gemma3": "Gemma3TextConfig"}.get(family, family + "Config")
    torch.manual_seed(sum(map(ord, folder.name)))
    model = getattr(transformers, family + "ForCausalLM")(
        getattr(transformers, config_class)(**settings)
    )
    with torch.no_grad():  # norms and biases that a mistake would show in
        for name, parameter in model.named_parameters():
            if parameter.dim() == 1:
                parameter.uniform_(0.7, 1.3) if "norm" in name else parameter.normal_(0, 0.2)
        for name, buffer in model.named_buffers():
            if name.endswith("e_score_correction_bias"):
                buffer.normal_(0, 0.1)
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)


def convert(folder):
    config = json.loads((folder / "config.json").read_text())
    with tempfile.TemporaryDirectory() as copy:
        copy = pathlib.Path(copy) / folder.name
        shutil.copytree(folder, copy)
        # The converter of Gemma counts the tokens of a tokenizer.json.
        vocabulary = {str(i): i for i in range(config["vocab_size"])}
        tokenizer = {"model": {"vocab": vocabulary}, "added_tokens": []}
        (copy / "tokenizer.json").write_text(json.dumps(tokenizer))
        hparams = conversion.ModelBase.load_hparams(copy, False)
        name = conversion.get_model_architecture(hparams, conversion.ModelType.TEXT)
        kind = conversion.get_model_class(name)
        kind.set_vocab = lambda self: self.gguf_writer.add_tokenizer_model("no_vocab")
        with torch.inference_mode():
            file_type = gguf.LlamaFileType.ALL_F32
            kind(copy, file_type, folder / "reference.gguf", eager=True).write()


for case in sys.argv[2:] or CASES:
    make_checkpoint(DATA / case, *CASES[case])
    convert(DATA / case)
