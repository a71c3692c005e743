"""Prefill and decoding of a GGUF file by llama.cpp, as `fundi bench generate` measures them: one
JSON object. Wants llama-cpp-python. Memory is counted from before the model is loaded, without the
interpreter and its libraries."""
import argparse, ctypes, json, resource, statistics, time

import llama_cpp as lc
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("--prompt", type=int, default=128)
parser.add_argument("--tokens", type=int, default=128)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()

rss = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = rss()
silent = lc.llama_log_callback(lambda level, text, data: None)
lc.llama_log_set(silent, ctypes.c_void_p(0))
lc.llama_backend_init()
model = lc.llama_model_load_from_file(args.model.encode(), lc.llama_model_default_params())
params = lc.llama_context_default_params()
params.n_ctx = args.prompt + args.tokens
params.n_batch = args.prompt
params.n_threads = params.n_threads_batch = args.threads
context = lc.llama_init_from_model(model, params)
vocabulary = lc.llama_vocab_n_tokens(lc.llama_model_get_vocab(model))


def decode(tokens):
    array = (lc.llama_token * len(tokens))(*tokens)
    start = time.perf_counter()
    if lc.llama_decode(context, lc.llama_batch_get_one(array, len(tokens))) != 0:
        raise SystemExit("llama_decode failed")
    logits = lc.llama_get_logits_ith(context, -1)  # waits for the result
    seconds = time.perf_counter() - start
    return int(np.argmax(np.ctypeslib.as_array(logits, (vocabulary,)))), seconds


prompt = [i * 31 % vocabulary for i in range(args.prompt)]
decode(prompt)
lc.llama_memory_clear(lc.llama_get_memory(context), True)
token, prefill = decode(prompt)
times = []
for _ in range(args.tokens - 1):
    token, seconds = decode([token])
    times.append(seconds)
print(json.dumps({"prefill_tokens_per_second": args.prompt / prefill,
                  "tokens_per_second": 1 / statistics.median(times),
                  "peak_rss_bytes": rss() - before}))
