#!/usr/bin/env python3
"""Makes the fixtures of every kind of tokenizer but byte-level BPE (make_fixtures.py has that):
tests/text/data/models (tiny tokenizers with the ids of many texts), parts.json (normalizers and
pre-tokenizers one by one), decoders.json.

    pip install tokenizers sentencepiece
    python tests/text/make_model_fixtures.py
"""
import io
import json
import os
import random

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers

from make_fixtures import DATA, texts, write

MODELS = os.path.join(DATA, "models")
BYTES = [f"<0x{b:02X}>" for b in range(256)]
# Rules of a charsmap: some of NFKC, a space of another width, a pair, a mark that goes, one of two.
RULES = {"\ufb01": "fi", "\u212b": "\u00c5", "\u00b2": "2", "\uff21": "A", "\u00a0": " ",
         "\u3000": " ", "\t": " ", "\n": " ", "\r": " ", "e\u0301": "\u00e9", "\u00ad": "",
         "\u2026": "...", "\u00bd": "1/2", "\u0915\u093c": "\u0958", "\r\n": " "}


def corpus():
    with open(os.path.join(DATA, "corpus.txt"), encoding="utf-8") as f:
        return f.read().split("\n")


def encoded(encode, data):
    return [encode(d.decode("utf-8", errors="replace")) for d in data]


def random_ids(size, seed):
    rng = random.Random(seed)
    return [[rng.randrange(size) for _ in range(rng.randint(1, 12))] for _ in range(25)]


def save(name, tokenizer, data):
    folder = os.path.join(MODELS, name)
    os.makedirs(folder, exist_ok=True)
    tokenizer.save(os.path.join(folder, "tokenizer.json"), pretty=False)
    ids = random_ids(tokenizer.get_vocab_size(), len(name))
    sequences = encoded(lambda t: tokenizer.encode(t).ids, data)
    ids += sequences[:30]
    write(os.path.join("models", name, "expected.json"), {
        "ids": sequences,
        "decode": [{"ids": s, "text": tokenizer.decode(s),
                    "with_special": tokenizer.decode(s, skip_special_tokens=False)} for s in ids]})


def sentencepiece_model(name, data=None, **options):
    """Trains a model; with `data`, its folder gets the file and what the library makes of it."""
    model = io.BytesIO()
    rules = os.path.join(MODELS, "rules.tsv")
    with open(rules, "w", encoding="utf-8") as f:
        for left, right in RULES.items():
            f.write(" ".join(f"{ord(c):X}" for c in left) + "\t"
                    + " ".join(f"{ord(c):X}" for c in right) + "\n")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()), model_writer=model, hard_vocab_limit=False,
        minloglevel=2, num_threads=1, normalization_rule_tsv=rules, **options)
    os.remove(rules)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    if data is not None:
        folder = os.path.join(MODELS, name)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "tokenizer.model"), "wb") as f:
            f.write(model.getvalue())
        sequences = encoded(processor.encode, data)
        write(os.path.join("models", name, "expected.json"), {
            "ids": sequences, "texts": [processor.decode(s) for s in sequences],
            "bos": processor.bos_id(), "eos": processor.eos_id()})
    return processor, model.getvalue()


def proto(model):
    from sentencepiece import sentencepiece_model_pb2
    message = sentencepiece_model_pb2.ModelProto()
    message.ParseFromString(model)
    return message


def unigram(**options):
    """A tokenizer as T5's is made from its SentencePiece model."""
    message = proto(sentencepiece_model("", model_type="unigram", vocab_size=420, **options)[1])
    tokenizer = Tokenizer(models.Unigram([(p.piece, p.score) for p in message.pieces], 0,
                                         options.get("byte_fallback", False)))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(message.normalizer_spec.precompiled_charsmap),
        normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")])
    tokenizer.add_special_tokens(["<s>", "</s>"])
    return tokenizer


def t5():
    tokenizer = unigram()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)])
    return tokenizer


def xlm_roberta():
    tokenizer = unigram(byte_fallback=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace("▁", prepend_scheme="always")])
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1))
    return tokenizer


def byte_fallback_bpe(with_all_bytes=True):
    """BPE over characters with tokens for bytes, trained on words that begin with ▁."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=700, show_progress=False, special_tokens=["<unk>", "<s>", "</s>"]
        + (BYTES if with_all_bytes else BYTES[:200])))
    full = json.loads(tokenizer.to_str())
    full["added_tokens"] = full["added_tokens"][:3]
    full["pre_tokenizer"] = None
    return Tokenizer.from_str(json.dumps(full))


LLAMA_DECODER = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]


def llama2():
    tokenizer = byte_fallback_bpe()
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(LLAMA_DECODER + [decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    return tokenizer


def llama2_first():
    """As transformers makes Llama's tokenizer when legacy is false; some bytes are missing."""
    tokenizer = byte_fallback_bpe(with_all_bytes=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(LLAMA_DECODER + [decoders.Strip(" ", 1, 0)])
    tokenizer.add_tokens([AddedToken("maize", normalized=False), AddedToken("ab", lstrip=True)])
    return tokenizer


def gemma():
    tokenizer = byte_fallback_bpe()
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence(LLAMA_DECODER)
    tokenizer.add_tokens([AddedToken("\n" * n, normalized=False) for n in (2, 3, 4)]
                         + [AddedToken("▁" * n, normalized=False) for n in (2, 4)])
    return tokenizer


def bert():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=40))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(corpus(), trainers.WordPieceTrainer(
        vocab_size=500, show_progress=False,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def first_bpe():
    """As the first subword models: a suffix at the end of words, unknown characters."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(),
                                                 normalizers.StripAccents()])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=400, show_progress=False, special_tokens=["<unk>"], end_of_word_suffix="</w>"))
    return tokenizer


def continuing_bpe():
    tokenizer = Tokenizer(models.BPE(continuing_subword_prefix="##", unk_token="<unk>",
                                     fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=400, show_progress=False, special_tokens=["<unk>"],
        continuing_subword_prefix="##"))
    return tokenizer


def words():
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(corpus(), trainers.WordLevelTrainer(
        vocab_size=150, show_progress=False, special_tokens=["[UNK]"]))
    return tokenizer


PART_TEXTS = [
    "Habari, Kenya! It's 3,400.5", "  two  spaces\t\n end \n", "日本語カタカナー한국어 ไทย", "e\u0301Å ﬁ² ǅİ ς ß",
    "\x00\x01a\x7f\x85\u200bb\ufeff\ufffd\u2028c", "नमस्ते १२३ मराठी़ مرحبا٣", "👨‍👩‍👧 🇰🇪❤️ 中文 x²½Ⅷ", "a_b-c..d (e) [f] «g» ¿h",
    "ababxab", "", " ", "\r\nA\r\nb\u0301\u0323", "\u18852\u16f0a᭫\U0001e2c0", "xx🌽🌽yy  12 345",
]
EXPRESSIONS = [
    r"\s", r"\S+", r"\d+", r"\w+", r"\W+", r"\bx", r"b\B", r"\p{Lu}", r"\p{^L}", r"\P{N}+", r"\p{Han}+", r"\h+",
    r"[[:alpha:]]+", r"[[:^space:]]+", r"[[:punct:]]", r"[^\p{L}\p{N}]+", r"[a-z&&[^aeiou]]+", r"[\p{L}&&[^\p{Lu}]]",
    r"[^a-c[x-z]]", r"(?i:k|ab)", r".", r"(?m:.+)", r"^a", r"e$", r"x{1,2}+", r"b{2}?", r"a{,1}b", r"\Aa|\z", r"(?<=a)b",
    r"(?<!a)b", r"(\p{L})\1", r"(?<n>a)b", r"[]a]", r"[a\-]+", r"\u0062|\x{61}", r"(?>a|ab)x", r"a++b?+", r"x*", r"(?i)AB|x",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
]


def parts():
    """Each part alone before byte tokens; a space before each word shows where the text was cut."""
    vocab = {c: i for i, c in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    n, p = normalizers, pre_tokenizers
    behaviors = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
    cases = [(step, None) for step in (
        n.NFC(), n.NFD(), n.NFKC(), n.NFKD(), n.Lowercase(), n.Strip(), n.Strip(True, False),
        n.Strip(False, True), n.StripAccents(), n.Nmt(), n.BertNormalizer(),
        n.BertNormalizer(False, True, None, False), n.BertNormalizer(True, False, True, False),
        n.Prepend("a"), n.Replace("ab", "c"), n.Replace(Regex(r"\s+"), " "),
        n.ByteLevel(), n.Sequence([n.Lowercase(), n.Sequence([n.NFD(), n.StripAccents()])]))]
    cases += [(None, step) for step in (
        p.Whitespace(), p.WhitespaceSplit(), p.BertPreTokenizer(), p.Digits(True), p.Digits(False),
        p.UnicodeScripts(), p.FixedLength(3), p.CharDelimiterSplit("a"), p.ByteLevel(True),
        p.ByteLevel(False, use_regex=False), p.Metaspace("▁", "always", True),
        p.Metaspace("▁", "never", True), p.Metaspace("_", "first", False),
        p.Sequence([p.Whitespace(), p.Metaspace("▁", "first", True), p.Digits(True)]))]
    cases += [(None, p.Punctuation(b)) for b in behaviors]
    cases += [(None, p.Split(Regex(r"\p{L}+"), b, invert)) for b in behaviors
              for invert in (False, True)]
    cases += [(None, p.Split("ab", b)) for b in behaviors]
    cases += [(None, p.Split(Regex(r), "isolated")) for r in EXPRESSIONS]
    cases.append((n.Strip(), p.Metaspace("▁", "first", False)))
    cases.append((n.Replace("Habari", "x"), p.Metaspace("▁", "first", False)))
    out = []
    for normalizer, pre_tokenizer in cases:
        tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
        last = p.ByteLevel(add_prefix_space=pre_tokenizer is not None, use_regex=False)
        tokenizer.pre_tokenizer = p.Sequence(([pre_tokenizer] if pre_tokenizer else []) + [last])
        if normalizer:
            tokenizer.normalizer = normalizer
        tokenizer.decoder = decoders.ByteLevel()
        full = json.loads(tokenizer.to_str())
        out.append({"normalizer": full["normalizer"], "pre_tokenizer": full["pre_tokenizer"],
                    "texts": [tokenizer.decode(tokenizer.encode(t).ids) for t in PART_TEXTS]})
    write("parts.json", {"texts": PART_TEXTS, "cases": out})


def decoder_cases():
    tokens = ["a", "b</w>", "##c", "▁maize", "▁▁", " x", "  ", "<0x41>", "<0xE4>", "<0xBD>", "<0xA0>",
              "<0x0a>", "<pad>", "|", "é", "Ġĺ", "!", "n't", " do not", "'s", "中", "ð", "Ł", "Į", "½"]
    d = decoders
    chains = [None, d.ByteLevel(), d.WordPiece(), d.WordPiece("##", False), d.BPEDecoder("</w>"),
              d.CTC(), d.CTC("<pad>", "|", False), d.Metaspace("▁", "always"),
              d.Metaspace("▁", "never"), d.ByteFallback(), d.Fuse(), d.Replace("▁", " "),
              d.Replace(Regex("[a-c]+"), "z"), d.Strip("a", 1, 0), d.Strip(" ", 1, 0),
              d.Sequence(LLAMA_DECODER + [d.Strip(" ", 1, 0)]), d.Sequence(LLAMA_DECODER),
              d.Sequence([d.Fuse(), d.Replace(Regex("▁m"), "M")]),
              d.Sequence([d.Replace("▁", " "), d.ByteLevel(), d.Strip("a", 2, 0)]),
              d.Sequence([d.ByteFallback(), d.Metaspace("▁", "first")])]
    rng = random.Random(11)
    sequences = [[rng.randrange(len(tokens)) for _ in range(rng.randint(1, 9))] for _ in range(40)]
    sequences += [[7, 8, 9, 10, 0], [8, 9, 10, 8], [3, 4, 3], [12, 0, 0, 12, 0], [21, 22, 23, 24]]
    cases = []
    for chain in chains:
        tokenizer = Tokenizer(models.WordLevel({t: i for i, t in enumerate(tokens)}, "a"))
        if chain:
            tokenizer.decoder = chain
        cases.append({"decoder": json.loads(tokenizer.to_str())["decoder"],
                      "texts": [tokenizer.decode(s) for s in sequences]})
    write("decoders.json", {"tokens": tokens, "sequences": sequences, "cases": cases})


def main():
    os.makedirs(MODELS, exist_ok=True)
    data = texts()[:75] + texts()[-25:]
    write(os.path.join("models", "texts.json"), [d.hex() for d in data])
    for make in (t5, xlm_roberta, llama2, llama2_first, gemma, bert, first_bpe, continuing_bpe,
                 words):
        save(make.__name__, make(), data)
    sentencepiece_model("sp_bpe", data, model_type="bpe", vocab_size=700, byte_fallback=True,
                        remove_extra_whitespaces=False)
    sentencepiece_model("sp_bpe_unknown", data, model_type="bpe", vocab_size=300,
                        control_symbols=["<mask>"], user_defined_symbols=["maize", "ab", "<x>"])
    sentencepiece_model("sp_unigram", data, model_type="unigram", vocab_size=420,
                        user_defined_symbols=["maize", "▁the▁"], bos_id=-1)
    sentencepiece_model("sp_unigram_bytes", data, model_type="unigram", vocab_size=700,
                        byte_fallback=True, add_dummy_prefix=False)
    parts()
    decoder_cases()


if __name__ == "__main__":
    main()
