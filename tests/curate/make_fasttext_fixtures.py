"""Trains the tiny fastText models of data/language and records what fastText predicts with them.

    python make_fasttext_fixtures.py UDHR_FOLDER    (texts NAME.txt; needs fasttext-wheel 0.9.2)
"""
import json
import os
import random
import sys
import tempfile

import fasttext

LANGUAGES = {"swh": "swh_Latn", "eng": "eng_Latn", "fra": "fra_Latn", "rus": "rus_Cyrl",
             "amh": "amh_Ethi", "zul": "zul_Latn", "deu_1996": "deu_Latn"}
TEXTS = ["Watu wote wamezaliwa huru, hadhi na haki zao ni sawa.", "Good morning my friends",
         "Привет всем людям", "xyzzy 12", "ሰላም ለሁሉም", "", "   ", "__label__eng_Latn foo",
         "__label__other foo", "all </s> des", "a", "Bonjour\tle\vmonde\u00a0entier", "和平",
         "Alle Menschen sind frei und gleich an Würde und Rechten geboren."]

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "language")
random.seed(1)
lines = []
for name, label in LANGUAGES.items():
    with open(os.path.join(sys.argv[1], name + ".txt"), encoding="utf-8") as file:
        lines += [f"__label__{label} {line.strip()}" for line in file if len(line) > 20]
random.shuffle(lines)
with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8", delete=False) as file:
    file.write("\n".join(lines) + "\n")
common = dict(input=file.name, dim=8, epoch=40, lr=0.3, thread=1, seed=3, verbose=0)
models = {}
models["hierarchical.bin"] = fasttext.train_supervised(
    loss="hs", minn=2, maxn=4, bucket=900, minCount=20, **common)
models["softmax.bin"] = fasttext.train_supervised(
    loss="softmax", minn=2, maxn=3, bucket=600, wordNgrams=2, minCount=20, **common)
models["pruned.ftz"] = fasttext.train_supervised(
    loss="softmax", minn=2, maxn=3, bucket=900, minCount=5, **common)
models["pruned.ftz"].quantize(input=file.name, qnorm=True, retrain=False, cutoff=500, dsub=3)
expected = []
for name, model in models.items():
    path = os.path.join(here, name)
    model.save_model(path)
    model = fasttext.load_model(path)
    for text in TEXTS:
        found = [[label.removeprefix("__label__"), p]
                 for p, label in model.f.predict(text + "\n", 7, 0.0, "strict")]
        expected.append({"model": name, "text": text, "labels": found})
with open(os.path.join(here, "expected.json"), "w", encoding="utf-8") as file:
    json.dump(expected, file, ensure_ascii=False, indent=1)
