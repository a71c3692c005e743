#!/usr/bin/env python3
"""Makes tests/text/data with Hugging Face tokenizers and transformers, the reference.

    pip install tokenizers transformers jinja2
    python tests/text/make_fixtures.py

The tests need only the files; corpus.txt and chatml.jinja are written by hand.
"""
import json
import os
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
TAIL = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|" + TAIL
QWEN2 = CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|" + TAIL
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
LEAD = r"[^\r\n\p{L}\p{N}]?"
O200K = (f"{LEAD}{UPPER}*{LOWER}+{CONTRACTION}?|{LEAD}{UPPER}+{LOWER}*{CONTRACTION}?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
DEEPSEEK = [
    r"\p{N}{1,3}",
    "[一-龥\u3040-ゟ゠-ヿ]+",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?"
    "[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
]


def split(*patterns, behavior="isolated", invert=False):
    steps = [pre_tokenizers.Split(Regex(p), behavior, invert) for p in patterns]
    steps.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
    return pre_tokenizers.Sequence(steps)


def texts():
    """The texts to encode, as bytes: some are not UTF-8."""
    rng = random.Random(7)
    out = [
        "", " ", "a", "Habari za asubuhi, wakulima wa Kenya!",
        "The farmer's maize isn't ready; we'll wait. THEY'RE LATE, I'M SURE, it'ſ fine.",
        "我们的农民种植玉米。今天天气很好！", "カタカナとひらがなと漢字ー、テスト。", "이것은 시험입니다",
        "مرحبا بالعالم، كيف حالك؟ ١٢٣٤٥", "नमस्ते दुनिया १२३४", "สวัสดีชาวโลก",
        "👨‍👩‍👧‍👦 family 👍🏽 flags 🇰🇪🇹🇿 ❤️", "\x00\x01\x02\x7f\x85\u00a0\u2028\ufeff control",
        " " * 50, "x" + " " * 33 + "y", "\n" * 20, "a\n\n\n  b \r\n\r\n\tc   \n", "\t\t\tif x:\n\t\t\t\ty",
        "1234567890" * 8, "3.14159 2,718,281 0x1F 1e-9 ½ ² Ⅷ", "HelloWorld helloWORLD ǅungla ʰaª",
        "e\u0301 \u00e9 Å \u212b ﬁ \u1100\u1161 \uac00 q\u0323\u0307 \u0301\u0302x",
        "https://example.org/a/b?c=d&e=f#g //\n/ path/", "a_b-c.d,e;f:g!h?i(j)[k]{l}<m>\"n\"`o`~p",
        "<|im_start|>user\nHabari<|im_end|>\n<|endoftext|><|endoftext", "z" * 500, "ab" * 200,
        "\u1c89\ua7cb\U0002ebf0\U00010d40 \u0897", "word\u200bword\u200dword \u00adsoft",
    ]
    alphabet = [chr(c) for c in range(0x20, 0x7f)] + list("\n\r\t  éñßжя你好กあ👍\u0301١½ʼʰ\u3000")
    out += ["".join(rng.choice(alphabet) for _ in range(rng.randint(1, 80))) for _ in range(60)]
    data = [t.encode() for t in out]
    data += [
        b"\xff\xfe broken", b"cut \xe4\xbd", b"\xf0\x9f\x91", b"a\xc0\xafb", b"\xed\xa0\x80 surrogate",
        b"\xf4\x90\x80\x80 past", b"\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", b"\x80\x80", b"\xf0\x80\x80\x41",
    ]
    data += [bytes(rng.randrange(256) for _ in range(40)) for _ in range(10)]
    return data


def train(pre_tokenizer):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    with open(os.path.join(DATA, "corpus.txt"), encoding="utf-8") as f:
        lines = f.read().split("\n")
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=640, min_frequency=2, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def variants(base):
    """Tokenizers that share one vocabulary: name -> (tokenizer, encode_special_tokens)."""
    def copy():
        return Tokenizer.from_str(base.to_str())
    qwen = copy()
    qwen.pre_tokenizer, qwen.normalizer = split(QWEN2), normalizers.NFC()
    nfkd = copy()
    nfkd.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.NFKC()])
    o200k = copy()
    o200k.pre_tokenizer = split(O200K, behavior="removed", invert=True)
    deepseek = copy()
    deepseek.pre_tokenizer = split(*DEEPSEEK)
    digits = copy()
    digits.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    prefix = copy()
    prefix.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    bos = copy()
    bos.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A <|im_end|>", pair="$A $B",
        special_tokens=[("<|endoftext|>", 0), ("<|im_end|>", 2)])
    added = copy()
    added.normalizer = normalizers.NFC()
    added.add_tokens([
        AddedToken("family", single_word=True, normalized=False),
        AddedToken("é", normalized=True), AddedToken("ab", lstrip=True, normalized=False),
        AddedToken("abab", normalized=False), AddedToken("wo", rstrip=True, normalized=False),
        AddedToken("\t\t", lstrip=True, rstrip=True, normalized=False)])
    added.add_special_tokens([AddedToken("Habari", lstrip=True, rstrip=True)])
    model = json.loads(base.to_str())
    model["model"]["ignore_merges"] = True
    # Keeping the last merges only makes most whole words unreachable by merging.
    model["model"]["merges"] = model["model"]["merges"][:60]
    ignore = Tokenizer.from_str(json.dumps(model))
    out = {"qwen2": qwen, "nfd_nfkc": nfkd, "o200k": o200k, "deepseek": deepseek,
           "digits": digits, "prefix_space": prefix, "bos_eos": bos, "added": added,
           "ignore_merges": ignore}
    return out


def write(name, value):
    with open(os.path.join(DATA, name), "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=True)
        f.write("\n")


def encode(tokenizer, data, plain=False):
    tokenizer.encode_special_tokens = plain
    return [tokenizer.encode(d.decode("utf-8", errors="replace")).ids for d in data]


def main():
    gpt2 = train(pre_tokenizers.ByteLevel(add_prefix_space=False))
    llama3 = train(split(LLAMA3))
    for name, tokenizer in (("gpt2", gpt2), ("llama3", llama3)):
        os.makedirs(os.path.join(DATA, name), exist_ok=True)
        tokenizer.save(os.path.join(DATA, name, "tokenizer.json"))
    data = texts()
    cases = []
    for name, tokenizer in {"gpt2": gpt2, "llama3": llama3, **variants(llama3)}.items():
        full = json.loads(tokenizer.to_str())
        case = {"name": name, "base": "gpt2" if name == "gpt2" else "llama3"}
        for key in ("normalizer", "pre_tokenizer", "post_processor", "added_tokens"):
            case[key] = full[key]
        case["ignore_merges"] = full["model"]["ignore_merges"]
        case["merges"] = len(full["model"]["merges"])
        case["ids"] = encode(tokenizer, data)
        case["plain_ids"] = encode(tokenizer, data[:30], plain=True)
        cases.append(case)
    write("encode.json", {"texts": [d.hex() for d in data], "cases": cases})

    rng = random.Random(3)
    sequences = [[rng.randrange(llama3.get_vocab_size()) for _ in range(rng.randint(1, 40))]
                 for _ in range(40)]
    sequences += [[i for i in rng.choices(range(3, 259), k=30)] for _ in range(40)]
    write("decode.json", [{"ids": s, "text": llama3.decode(s, skip_special_tokens=True),
                           "with_special": llama3.decode(s, skip_special_tokens=False)}
                          for s in sequences])

    with open(os.path.join(DATA, "chatml.jinja"), encoding="utf-8") as f:
        template = f.read()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=llama3, chat_template=template)
    chats = [
        [{"role": "user", "content": "Habari?"}],
        [{"role": "system", "content": " Be brief.\n"}, {"role": "user", "content": "{{ x }}\n\n"},
         {"role": "assistant", "content": ""}, {"role": "user", "content": "\t<b>'q'</b> & 你好"}],
    ]
    write("chat.json", [
        {"messages": m, "add_generation_prompt": g,
         "text": tokenizer.apply_chat_template(m, tokenize=False, add_generation_prompt=g)}
        for m in chats for g in (False, True)])


if __name__ == "__main__":
    main()
