"""Makes data/: tiny checkpoints of every architecture and what transformers and PyTorch compute with
them.

Needs torch, transformers and safetensors; run by hand when a fixture has to change, with the names
of the cases or none for all:
    python tests/models/make_fixtures.py qwen2
Made with torch 2.15 and transformers 5.23 and 5.24, on the CPU, in f32.
"""

import json
import pathlib
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers.generation import logits_process

DATA = pathlib.Path(__file__).parent / "data"
# Two documents of odd lengths, and prompts to continue.
DOCUMENTS = [[3, 17, 42, 5, 9, 60, 1, 33, 33, 8, 21], [58, 2, 44, 7, 12, 30]]
PROMPTS = [[3, 17, 42], [58], [9, 9, 31, 4, 27, 50, 11]]
LLAMA = dict(
    vocab_size=61,
    hidden_size=20,
    intermediate_size=28,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=6,
    max_position_embeddings=64,
    rms_norm_eps=1e-5,
    rope_theta=5000.0,
    initializer_range=0.25,
    bos_token_id=None,
    eos_token_id=[59, 60],
    pad_token_id=None,
    attn_implementation="eager",
    experts_implementation="eager",
)
# Small enough that a checkpoint with its gradients stays near 50 KB.
SMALL = {
    **LLAMA,
    **dict(hidden_size=16, intermediate_size=20, head_dim=8, tie_word_embeddings=True),
}


def scaled(**rope):
    """Llama with scaled rotary positions, theta low so that the scaling shows."""
    return "Llama", {**SMALL, **dict(rope_theta=50.0, rope_scaling=rope)}


GEMMA3 = {
    **{key: value for key, value in SMALL.items() if key != "rope_theta"},
    **dict(
        num_hidden_layers=3,
        num_key_value_heads=1,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        sliding_window=4,
        query_pre_attn_scalar=5,
        final_logit_softcapping=2.5,
        rope_parameters=dict(
            full_attention=dict(rope_type="linear", factor=2.0, rope_theta=5000.0),
            sliding_attention=dict(rope_type="default", rope_theta=100.0),
        ),
    ),
}
VISION = dict(
    hidden_size=4,
    intermediate_size=4,
    num_hidden_layers=1,
    num_attention_heads=1,
    image_size=8,
    patch_size=4,
)

DEEPSEEK = {
    **{key: value for key, value in SMALL.items() if key not in ("head_dim", "rope_theta")},
    **dict(
        num_key_value_heads=4,
        num_hidden_layers=3,
        first_k_dense_replace=1,
        n_routed_experts=8,
        n_shared_experts=2,
        num_experts_per_tok=2,
        moe_intermediate_size=4,
        kv_lora_rank=8,
        qk_nope_head_dim=6,
        qk_rope_head_dim=4,
        v_head_dim=5,
        rope_theta=50.0,
        rope_scaling=dict(
            rope_type="yarn",
            factor=4.0,
            original_max_position_embeddings=16,
            beta_fast=4.0,
            mscale=0.7,
            mscale_all_dim=1.3,
        ),
    ),
}

# Name: the family's prefix in transformers, the settings.
CASES = {
    "untied": ("Llama", LLAMA),
    "tied": (
        "Llama",
        {
            **LLAMA,
            **dict(
                tie_word_embeddings=True, num_key_value_heads=4, head_dim=None, hidden_size=24
            ),
        },
    ),
    "bias": (
        "Llama",
        {**LLAMA, **dict(attention_bias=True, mlp_bias=True, num_key_value_heads=1)},
    ),
    "llama3": scaled(
        rope_type="llama3",
        factor=4.0,
        low_freq_factor=1.0,
        high_freq_factor=4.0,
        original_max_position_embeddings=32,
    ),
    "linear": scaled(rope_type="linear", factor=2.5),
    "yarn": scaled(
        rope_type="yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=4.0
    ),
    # The documents fit, the continuations do not.
    "dynamic": (
        "Llama",
        {
            **SMALL,
            **dict(
                max_position_embeddings=16, rope_scaling=dict(rope_type="dynamic", factor=2.0)
            ),
        },
    ),
    "mistral": ("Mistral", {**SMALL, **dict(sliding_window=4)}),
    "qwen2": (
        "Qwen2",
        {
            **{key: value for key, value in SMALL.items() if key != "head_dim"},
            **dict(use_sliding_window=True, sliding_window=3, max_window_layers=1),
        },
    ),
    # Three layers, local, global, local, each kind with a RoPE of its own.
    "gemma3": ("Gemma3", GEMMA3),
    # The text model of a multimodal directory.
    "gemma3_vision": ("Gemma3Vision", {**GEMMA3, **dict(final_logit_softcapping=None)}),
    "gemma2": (
        "Gemma2",
        {
            **SMALL,
            **dict(
                sliding_window=4,
                query_pre_attn_scalar=5,
                attn_logit_softcapping=1.5,
                final_logit_softcapping=2.5,
            ),
        },
    ),
    "qwen3": ("Qwen3", {**SMALL, **dict(attention_bias=True, num_key_value_heads=1)}),
    # A dense layer and two of experts; the last layer's choice leaves experts idle.
    "qwen3_moe": (
        "Qwen3Moe",
        {
            **SMALL,
            **dict(
                num_hidden_layers=3,
                mlp_only_layers=[1],
                num_experts=6,
                num_experts_per_tok=2,
                moe_intermediate_size=4,
                norm_topk_prob=True,
            ),
        },
    ),
    "deepseek_v2": (
        "DeepseekV2",
        {**DEEPSEEK, **dict(q_lora_rank=None, routed_scaling_factor=1.5)},
    ),
    "deepseek_v2_groups": (
        "DeepseekV2",
        {
            **DEEPSEEK,
            **dict(
                q_lora_rank=8,
                topk_method="group_limited_greedy",
                n_group=4,
                topk_group=2,
                attention_bias=True,
                mlp_bias=True,
            ),
        },
    ),
    "deepseek_v3": ("DeepseekV3", {**DEEPSEEK, **dict(q_lora_rank=8, n_group=4, topk_group=2)}),
    # As DeepSeek publishes: projections in FP8 blocks, a layer that predicts a further token.
    "deepseek_v3_fp8": (
        "DeepseekV3",
        {**DEEPSEEK, **dict(q_lora_rank=8, n_group=4, topk_group=2, num_hidden_layers=2)},
    ),
    "deepseek_v3_half": (
        "DeepseekV3",
        {
            **DEEPSEEK,
            **dict(
                q_lora_rank=None,
                n_group=2,
                topk_group=1,
                norm_topk_prob=False,
                rope_interleave=False,
                rope_scaling=None,
            ),
        },
    ),
    "qwen3_moe_step": (
        "Qwen3Moe",
        {
            **SMALL,
            **dict(
                decoder_sparse_step=2,
                num_experts=4,
                num_experts_per_tok=3,
                moe_intermediate_size=6,
                sliding_window=4,
                use_sliding_window=True,
            ),
        },
    ),
}
FP8 = {"deepseek_v3_fp8"}
FP8_BLOCK = (8, 6)
# Whose optimizer steps are compared too.
TRAINED = {"untied", "tied", "bias"}
# Whose auxiliary loss is compared too, with this coefficient.
BALANCED = {"qwen3_moe", "qwen3_moe_step"}
BALANCE_COEFFICIENT = 0.3


def loss_of(model):
    """Mean negative log-likelihood over the targets of all documents."""
    losses = []
    for document in DOCUMENTS:
        ids = torch.tensor([document])
        logits = model(ids[:, :-1]).logits[0]
        losses.append(torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none"))
    return torch.cat(losses).mean()


def make_model(family, settings):
    if family == "Gemma3Vision":
        config = transformers.Gemma3Config(
            text_config=settings,
            vision_config=VISION,
            mm_tokens_per_image=1,
            image_token_index=57,
            boi_token_index=55,
            eoi_token_index=56,
            eos_token_id=settings["eos_token_id"],
        )
        model = transformers.Gemma3ForConditionalGeneration(config).eval()
    else:
        text_family = "Gemma3Text" if family == "Gemma3" else family
        config = getattr(transformers, text_family + "Config")(**settings)
        model = getattr(transformers, family + "ForCausalLM")(config).eval()
    center = 0.0 if "Gemma" in family else 1.0  # what a norm's weight is stored from
    with torch.no_grad():  # biases and norms that a mistake would show in
        for key, parameter in model.named_parameters():
            if key.endswith(".bias"):
                parameter.normal_(0, 0.2)
            elif parameter.dim() == 1:
                parameter.uniform_(center - 0.3, center + 0.3)
        for key, buffer in model.named_buffers():
            if key.endswith("e_score_correction_bias"):
                buffer.normal_(0, 0.2)
    return model


def text_parameters(model):
    """Those of the text model by their names in a text model's checkpoint."""
    for key, parameter in model.named_parameters():
        if "vision_tower" in key or "multi_modal" in key:
            continue
        yield key.replace("model.language_model.", "model."), parameter


def scale_blocks(scales, shape):
    """Each block's scale at each of its elements."""
    rows, columns = FP8_BLOCK
    wide = scales.repeat_interleave(rows, 0).repeat_interleave(columns, 1)
    return wide[: shape[0], : shape[1]]


def quantise(folder):
    """Rewrites a checkpoint's projections in FP8 and adds a multi-token-prediction layer."""
    rows, columns = FP8_BLOCK
    tensors = load_file(folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    layer = f"model.layers.{config['num_hidden_layers']}."
    for key, value in list(tensors.items()):
        if key.startswith("model.layers.1."):
            tensors[key.replace("model.layers.1.", layer)] = value.clone()
    tensors[layer + "eh_proj.weight"] = torch.randn(16, 32)
    for key, value in list(tensors.items()):
        if "_proj" not in key or not key.endswith(".weight"):
            continue
        padded = torch.nn.functional.pad(
            value, (0, -value.shape[1] % columns, 0, -value.shape[0] % rows)
        )
        blocks = padded.unfold(0, rows, rows).unfold(1, columns, columns)
        scales = (blocks.abs().amax((2, 3)) / 448).clamp(min=1e-6)
        tensors[key] = (value / scale_blocks(scales, value.shape)).to(torch.float8_e4m3fn)
        tensors[key + "_scale_inv"] = scales
    save_file(tensors, folder / "model.safetensors")
    config["quantization_config"] = dict(
        activation_scheme="dynamic", fmt="e4m3", quant_method="fp8", weight_block_size=FP8_BLOCK
    )
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def reload(model, folder):
    """The model with a quantised checkpoint's weights, decoded."""
    tensors = load_file(folder / "model.safetensors")
    decoded = {}
    for key, value in tensors.items():
        if key.endswith("_scale_inv") or key.startswith("model.layers.2."):
            continue
        if value.dtype == torch.float8_e4m3fn:
            value = value.float() * scale_blocks(tensors[key + "_scale_inv"], value.shape)
        decoded[key] = value
    with tempfile.TemporaryDirectory() as plain:
        model.config.save_pretrained(plain)
        save_file(decoded, pathlib.Path(plain) / "model.safetensors", metadata={"format": "pt"})
        return type(model).from_pretrained(
            plain, attn_implementation="eager", experts_implementation="eager"
        ).eval()


def file_gradients(model):
    """The gradients by the names and in the shapes of the checkpoint: an expert at a time."""
    for key, parameter in text_parameters(model):
        gradient = parameter.grad.clone()
        if not ".experts." in key or "shared" in key:
            yield key, gradient
            continue
        prefix, kind = key.rsplit(".", 1)
        for expert, matrix in enumerate(gradient):
            if kind == "gate_up_proj":
                for part, rows in zip(("gate_proj", "up_proj"), matrix.chunk(2)):
                    yield f"{prefix}.{expert}.{part}.weight", rows.clone()
            else:
                yield f"{prefix}.{expert}.{kind}.weight", matrix.clone()


def add_balance(model, expected):
    """The auxiliary loss over both documents together, and the routers' gradients with it."""
    logits = None
    losses = []
    for document in DOCUMENTS:
        ids = torch.tensor([document])
        output = model(ids[:, :-1], output_router_logits=True)
        losses.append(
            torch.nn.functional.cross_entropy(output.logits[0], ids[0, 1:], reduction="none")
        )
        routers = output.router_logits
        logits = (
            [torch.cat(pair) for pair in zip(logits, routers)] if logits else list(routers)
        )
    module = sys.modules[type(model).__module__]
    balance = module.load_balancing_loss_func(
        tuple(logits), model.config.num_experts, model.config.num_experts_per_tok
    )
    model.zero_grad()
    (torch.cat(losses).mean() + BALANCE_COEFFICIENT * balance).backward()
    expected["balance.loss"] = balance.detach().reshape(1)
    for key, parameter in model.named_parameters():
        if key.endswith("mlp.gate.weight"):
            expected[f"balance.{key}"] = parameter.grad.clone()


def make_case(name):
    torch.manual_seed(sum(map(ord, name)))
    model = make_model(*CASES[name])
    model.save_pretrained(DATA / name)
    if name in FP8:
        quantise(DATA / name)
        model = reload(model, DATA / name)
    expected = {}
    for i, document in enumerate(DOCUMENTS):
        expected[f"document.{i}"] = torch.tensor(document, dtype=torch.int32)
        expected[f"logits.{i}"] = model(torch.tensor([document])).logits[0].detach()
    for i, prompt in enumerate(PROMPTS):
        output = model.generate(
            torch.tensor([prompt]), max_new_tokens=20, do_sample=False, eos_token_id=None
        )
        expected[f"prompt.{i}"] = torch.tensor(prompt, dtype=torch.int32)
        expected[f"greedy.{i}"] = output[0, len(prompt) :].to(torch.int32)

    loss = loss_of(model)
    loss.backward()
    expected["loss"] = loss.detach().reshape(1)
    for key, gradient in file_gradients(model):
        expected[f"grad.{key}"] = gradient
    if name in BALANCED:
        add_balance(model, expected)
    if name in TRAINED:
        add_steps(model, expected)
    save_file({k: v.contiguous() for k, v in expected.items()}, DATA / name / "expected.safetensors")


def add_steps(model, expected):
    """The parameters after five steps of AdamW."""
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1
    )
    for _ in range(5):
        optimizer.zero_grad()
        loss_of(model).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    for key, parameter in model.named_parameters():
        expected[f"step5.{key}"] = parameter.detach().clone()


def make_sampling():
    """What the logits processors of transformers leave of a distribution."""
    torch.manual_seed(7)
    logits = torch.randn(40) * 2
    logits[11] = logits[23] = 1.25  # a tie
    history = [3, 17, 3, 11, 39]
    cases = [
        dict(temperature=0.7),
        dict(temperature=1.5, top_k=5),
        dict(temperature=1.0, top_p=0.8),
        dict(temperature=1.0, min_p=0.1),
        dict(temperature=0.9, top_k=12, top_p=0.9, min_p=0.05, repetition_penalty=1.4),
        dict(temperature=1.0, repetition_penalty=0.6),
        dict(temperature=1.0, top_p=0.01),
    ]
    rows = []
    for case in cases:
        scores = logits.clone()[None]
        ids = torch.tensor([history])
        steps = []
        if "repetition_penalty" in case:
            steps.append(
                logits_process.RepetitionPenaltyLogitsProcessor(case["repetition_penalty"])
            )
        steps.append(logits_process.TemperatureLogitsWarper(case["temperature"]))
        if "top_k" in case:
            steps.append(logits_process.TopKLogitsWarper(case["top_k"]))
        if "top_p" in case:
            steps.append(logits_process.TopPLogitsWarper(case["top_p"]))
        if "min_p" in case:
            steps.append(logits_process.MinPLogitsWarper(case["min_p"]))
        for step in steps:
            scores = step(ids, scores)
        rows.append({"options": case, "probabilities": torch.softmax(scores[0], 0).tolist()})
    document = {"logits": logits.tolist(), "history": history, "cases": rows}
    (DATA / "sampling.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        make_case(case)
    if not sys.argv[1:]:
        make_sampling()
