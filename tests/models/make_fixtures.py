"""Makes data/: tiny Llama checkpoints and what transformers and PyTorch compute with them.

Needs torch, transformers and safetensors; run by hand when a fixture has to change:
    python tests/models/make_fixtures.py
Made with torch 2.15 and transformers 5.23, on the CPU, in f32.
"""

import json
import pathlib

import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.generation import logits_process

DATA = pathlib.Path(__file__).parent / "data"
# Two documents of odd lengths, and prompts to continue.
DOCUMENTS = [[3, 17, 42, 5, 9, 60, 1, 33, 33, 8, 21], [58, 2, 44, 7, 12, 30]]
PROMPTS = [[3, 17, 42], [58], [9, 9, 31, 4, 27, 50, 11]]
SHAPE = dict(
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
)
CASES = {
    "untied": {},
    "tied": dict(tie_word_embeddings=True, num_key_value_heads=4, head_dim=None, hidden_size=24),
    "bias": dict(attention_bias=True, mlp_bias=True, num_key_value_heads=1),
}


def loss_of(model):
    """Mean negative log-likelihood over the targets of all documents."""
    losses = []
    for document in DOCUMENTS:
        ids = torch.tensor([document])
        logits = model(ids[:, :-1]).logits[0]
        losses.append(torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none"))
    return torch.cat(losses).mean()


def make_case(name, changes):
    torch.manual_seed(sum(map(ord, name)))
    model = LlamaForCausalLM(LlamaConfig(**{**SHAPE, **changes})).eval()
    with torch.no_grad():  # biases and norms that a mistake would show in
        for key, parameter in model.named_parameters():
            if key.endswith(".bias"):
                parameter.normal_(0, 0.2)
            elif parameter.dim() == 1:
                parameter.uniform_(0.7, 1.3)
    model.save_pretrained(DATA / name)
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
    for key, parameter in model.named_parameters():
        expected[f"grad.{key}"] = parameter.grad.clone()

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
    save_file({k: v.contiguous() for k, v in expected.items()}, DATA / name / "expected.safetensors")


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
    for case_name, case_changes in CASES.items():
        make_case(case_name, case_changes)
    make_sampling()
