"""Compares fundi's filters with datatrove's, document by document.

  python compare_datatrove.py FOLDER_OF_TSV --words 'fundi curate words' \
      --judge 'fundi curate judge {steps}' [--mutated 5000]

datatrove (PyPI) splits words and sentences as fundi does: --words names a command that reads a JSON
object with "text" a line and answers {"words": [...], "sentences": number} for each. --judge reads rows
{"id", "text"} and writes for each row and each step of {steps} one {"id", "step", "rule", "text"}: the
step's verdict on the row as it was read (rule null: kept, text: what it made of it).
The documents: the column "text" of the TSV files, and mutations of them.
"""

import argparse
import collections
import csv
import json
import pathlib
import random
import shlex
import subprocess
import tempfile

import datatrove.utils.word_tokenizers as word_tokenizers
from datatrove.data import Document
from datatrove.pipeline.filters import (C4ParagraphFilter, C4QualityFilter, FineWebQualityFilter,
                                        GopherQualityFilter, GopherRepetitionFilter)

STOP_WORDS = ["na", "ya", "wa", "kwa", "ni", "katika", "la", "za"]

# For each step its settings, the filter of datatrove and how that names its reasons. The steps are
# numbered in the recipe, so that one kind can stand twice.
STEPS = [
    ("gopher_quality", {"stop_words": STOP_WORDS}, GopherQualityFilter(stop_words=STOP_WORDS),
     {"gopher_short_doc": "words", "gopher_long_doc": "words",
      "gopher_below_avg_threshold": "mean_word_length", "gopher_above_avg_threshold": "mean_word_length",
      "gopher_too_many_hashes": "hashes_per_word", "gopher_too_many_ellipsis": "ellipses_per_word",
      "gopher_too_many_bullets": "bullet_lines", "gopher_too_many_end_ellipsis": "ellipsis_lines",
      "gopher_below_alpha_threshold": "alphabetic_words", "gopher_enough_stop_words": "stop_words"}),
    ("gopher_repetition", {}, GopherRepetitionFilter(),
     {"empty": "empty", "dup_para_frac": "duplicate_paragraphs",
      "dup_para_char_frac": "duplicate_paragraph_characters", "dup_line_frac": "duplicate_lines",
      "dup_line_char_frac": "duplicate_line_characters",
      **{f"top_{n}_gram": f"top_{n}_gram" for n in (2, 3, 4)},
      **{f"duplicated_{n}_n_grams": f"duplicate_{n}_grams" for n in range(5, 11)}}),
    ("c4", {}, C4QualityFilter(),
     {"lorem_ipsum": "lorem_ipsum", "curly_bracket": "curly_bracket", "too_few_sentences": "sentences"}),
    ("c4", {"filter_no_terminal_punct": False}, C4QualityFilter(filter_no_terminal_punct=False),
     {"lorem_ipsum": "lorem_ipsum", "curly_bracket": "curly_bracket", "too_few_sentences": "sentences"}),
    ("mc4", {}, C4ParagraphFilter(), {"< 3 paragraphs": "long_lines"}),
    ("fineweb", {}, FineWebQualityFilter(),
     {"empty": "empty", "line_punct_ratio": "lines_with_punctuation", "short_line_ratio": "short_lines",
      "char_dup_ratio": "duplicate_line_characters", "list_ratio": "newlines_per_word"}),
]


class FundiTokenizer:
    """Words and sentences as the command prints them."""

    def __init__(self, command):
        self.process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, text):
        self.process.stdin.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def word_tokenize(self, text):
        return self.ask(text)["words"]

    def span_tokenize(self, text):
        # C4 only counts them.
        return [(0, 0)] * self.ask(text)["sentences"]


def sentences_of(text):
    return [s.strip() for s in text.replace("? ", "?\n").replace(". ", ".\n").split("\n") if s.strip()]


def shuffled(items, random_):
    items = list(items)
    random_.shuffle(items)
    return items


def mutations():
    """Each takes a text of lines and a random generator."""
    ends = ["", ".", "!", "?", "...", "…", '"', "'", "。", "؟", ":", "\u17d4"]
    spaces = [" ", "\u00a0", "\u2003", "\t", "  ", "\u3000", "\u200b"]
    junk = ["•", "–", "£", "©", "“", "”", "$", "+", "=", "~", "123", "—", "¿", "\u00b4", "№", "%"]

    def some(lines, r, change, share=0.3):
        return "\n".join(change(x) if r.random() < share else x for x in lines.split("\n"))

    def often(text, r, change):
        share = r.choice([0.05, 0.11, 0.13, 0.3])
        return " ".join(change(w) if r.random() < share else w for w in text.split(" "))

    def columns(text, r):
        words, n = text.split(), r.choice([1, 2, 3, 4])
        return r.choice(["\n", ".\n"]).join(" ".join(words[i: i + n]) for i in range(0, len(words), n))

    def insert(text, r, what):
        at = r.randrange(len(text) + 1)
        return text[:at] + what + text[at:]

    return {
        "lines": lambda t, r: t,
        "one_line": lambda t, r: t.replace("\n", " "),
        "paragraphs": lambda t, r: t.replace("\n", "\n" * r.randint(2, 3)),
        "duplicated_lines": lambda t, r: "\n".join(x for x in t.split("\n") for _ in range(1 + (r.random() < 0.2))),
        "repeated_text": lambda t, r: "\n\n".join([t[: r.randint(50, 2000)]] * r.randint(2, 4)),
        "repeated_phrase": lambda t, r: t + " " + " ".join([" ".join(t.split()[: r.randint(2, 12)])] * r.randint(2, 20)),
        "shuffled_words": lambda t, r: " ".join(shuffled(t.split(" "), r)),
        "truncated": lambda t, r: t[: r.randint(0, 600)],
        "around_fifty_words": lambda t, r: " ".join(t.split()[: r.randint(42, 56)]),
        "upper_case": lambda t, r: t.upper(),
        "bullets": lambda t, r: some(t, r, lambda x: r.choice(["• ", "- ", " •", "\u3000- ", "* "]) + x, r.choice([0.3, 0.9, 1])),
        "all_bullets": lambda t, r: some(t, r, lambda x: r.choice(["• ", "- "]) + x, 0.96),
        "ellipses": lambda t, r: some(t, r, lambda x: x + r.choice(["...", "…", " ...", "… "]), r.choice([0.2, 0.3, 0.5])),
        "many_ellipses": lambda t, r: often(t, r, lambda w: w + r.choice(["…", "..."])),
        "hashes": lambda t, r: often(t, r, lambda w: "#" + w),
        "lorem_ipsum": lambda t, r: insert(t, r, r.choice(["Lorem ipsum ", "LOREM IPSUM", "lorem  ipsum"])),
        "curly": lambda t, r: insert(t, r, "{"),
        "javascript": lambda t, r: some(t, r, lambda x: x + r.choice([" JavaScript.", " cookie policy.", " Uses cookies!", " Terms of use"]), 0.2),
        "no_stop_words": lambda t, r: " ".join(w for w in t.split(" ") if w not in STOP_WORDS[: r.randint(5, 8)]),
        "short_lines": columns,
        "some_short_lines": lambda t, r: some(t, r, lambda x: x[: r.choice([28, 29, 30])] + ".", r.choice([0.6, 0.67, 0.75])),
        "joined_lines": lambda t, r: t.replace("\n", "", r.randint(1, 9)),
        "line_ends": lambda t, r: "".join(r.choice(["\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\n"]) if c == "\n" else c for c in t),
        "ends": lambda t, r: some(t, r, lambda x: x[:-1] + r.choice(ends), r.choice([0.5, 0.88, 0.95])),
        "citations": lambda t, r: some(t, r, lambda x: x.replace(" ", r.choice(["[1] ", "[] ", "[edit] ", "[citation needed] ", "[12a] ", "[[3]] "]), 2)),
        "long_word": lambda t, r: some(t, r, lambda x: x + " " + r.choice("aé漢") * r.choice([999, 1000, 1001, 3000]) + ".", 0.1),
        "spaces": lambda t, r: "".join(r.choice(spaces) if c == " " and r.random() < 0.2 else c for c in t),
        "symbols": lambda t, r: " ".join(w + (" " + r.choice(junk)) * (r.random() < r.choice([0.1, 0.22])) for w in t.split(" ")),
        "digits": lambda t, r: " ".join(str(r.randint(0, 9999)) if r.random() < 0.2 else w for w in t.split(" ")),
        "long_words": lambda t, r: t.replace(" ", "", int(t.count(" ") * r.choice([0.3, 0.5, 0.6]))),
        "short_words": lambda t, r: " ".join(w[:3] for w in t.split(" ")),
        "blank_lines": lambda t, r: some(t, r, lambda x: r.choice(["", " ", "\t"]) + "\n" + x),
        "unstripped": lambda t, r: "\n" * r.randint(0, 3) + t + " \n" * r.randint(0, 3),
    }


def documents(folder, mutated):
    csv.field_size_limit(1 << 30)
    texts = []
    for path in sorted(pathlib.Path(folder).glob("*.tsv")):
        with open(path, newline="", encoding="utf-8") as file:
            texts += [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    yield from (("news", text) for text in texts)
    random_ = random.Random(1)
    kinds = list(mutations().items())
    for i in range(mutated):
        text = "\n".join(sentences_of(random_.choice(texts)))
        name, mutate = kinds[i % len(kinds)]
        text = mutate(text, random_)
        if random_.random() < 0.2:
            text = random_.choice(kinds)[1](text, random_)
        yield name, text


def judge(command, rows):
    """fundi's verdicts: by step, then by row."""
    with tempfile.TemporaryDirectory() as folder:
        steps = pathlib.Path(folder) / "steps.yaml"
        steps.write_text(json.dumps({"steps": [{name: settings} for name, settings, _, _ in STEPS]}))
        lines = "".join(json.dumps({"id": str(i), "text": text}, ensure_ascii=False) + "\n"
                        for i, (_, text) in enumerate(rows))
        out = subprocess.run(shlex.split(command.format(steps=steps)), input=lines, check=True,
                             capture_output=True, text=True, encoding="utf-8").stdout
    answers = [json.loads(line) for line in out.split("\n") if line]
    assert len(answers) == len(rows) * len(STEPS), (len(answers), len(rows))
    return [answers[i:: len(STEPS)] for i in range(len(STEPS))]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--words", required=True)
    parser.add_argument("--judge", required=True)
    parser.add_argument("--mutated", type=int, default=5000)
    args = parser.parse_args()
    tokenizer = FundiTokenizer(args.words)
    word_tokenizers.load_word_tokenizer = lambda language: tokenizer
    rows = list(documents(args.folder, args.mutated))
    ours = judge(args.judge, rows)
    print(f"{len(rows)} documents\n\nstep | rejected | same verdict and reason | differ | same text")
    worst = 1.0
    for (name, settings, reference, reasons), answers in zip(STEPS, ours):
        differ, other_text, kept, causes = 0, 0, 0, collections.Counter()
        by_reason = collections.Counter()
        for (mutation, text), answer in zip(rows, answers):
            document = Document(text=text, id="")
            result = reference.filter(document)
            theirs = reasons[result[1]] if isinstance(result, tuple) else None
            by_reason[theirs] += 1
            if theirs != answer["rule"]:
                differ += 1
                causes[mutation, theirs, answer["rule"]] += 1
            elif theirs is None:
                kept += 1
                other_text += document.text != answer["text"]
        agreement = 1 - (differ + other_text) / len(rows)
        worst = min(worst, agreement)
        label = name + (" " + json.dumps(settings) if name == "c4" and settings else "")
        print(f"{label} | {len(rows) - by_reason[None]} | {100 * (1 - differ / len(rows)):.2f}% | {differ} | "
              f"{kept - other_text} of {kept}")
        print("   reasons:", dict(by_reason))
        for cause, n in causes.most_common(8):
            print("   differs (mutation, datatrove, fundi):", *cause, n)
    print(f"\nleast agreement {100 * worst:.2f}%")
    raise SystemExit(worst < 0.995)


if __name__ == "__main__":
    main()
