// Normalizers, pre-tokenizers and decoders one by one against Hugging Face tokenizers
// (make_model_fixtures.py), and what of them must be refused.
#include "tests/text/text_testing.h"
#include "text/byte_alphabet.h"

namespace fundi::text {
namespace {

// A tokenizer whose ids are bytes.
Json byte_tokenizer() {
  Json vocab = Json::object();
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    vocab[spell_bytes({&c, 1})] = byte;
  }
  Json json = parse_json(R"({"added_tokens": [], "normalizer": null, "pre_tokenizer":
    {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}, "post_processor": null,
    "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE", "merges": []}})",
                         "byte tokenizer");
  json["model"]["vocab"] = std::move(vocab);
  return json;
}

Json with_split(const Json& pattern) {
  Json json = byte_tokenizer();
  Json steps = Json::array();
  steps.push_back({{"type", "Split"}, {"pattern", pattern}, {"behavior", "Isolated"}});
  steps.push_back(json["pre_tokenizer"]);
  json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
  return json;
}

TEST(PartsTest, NormalizersAndPreTokenizersAgree) {
  const Json fixture = read_json(kData / "parts.json");
  for (const Json& test : fixture["cases"]) {
    Json json = byte_tokenizer();
    json["normalizer"] = test["normalizer"];
    json["pre_tokenizer"] = test["pre_tokenizer"];
    const auto tokenizer = load_text(dump_json(json));
    for (size_t i = 0; i < fixture["texts"].size(); ++i) {
      const auto ids = tokenizer->encode(fixture["texts"][i].get<std::string>());
      EXPECT_EQ(tokenizer->decode(ids), test["texts"][i].get<std::string>())
          << test["normalizer"] << test["pre_tokenizer"] << " text " << i;
    }
  }
}

TEST(PartsTest, DecodersAgree) {
  const Json fixture = read_json(kData / "decoders.json");
  Json json = parse_json(R"({"model": {"type": "WordLevel", "unk_token": "a", "vocab": {}}})", "");
  for (size_t id = 0; id < fixture["tokens"].size(); ++id) {
    json["model"]["vocab"][fixture["tokens"][id].get<std::string>()] = id;
  }
  for (const Json& test : fixture["cases"]) {
    json["decoder"] = test["decoder"];
    const auto tokenizer = load_text(dump_json(json));
    for (size_t i = 0; i < fixture["sequences"].size(); ++i) {
      const auto ids = fixture["sequences"][i].get<std::vector<int32_t>>();
      const auto expected = test["texts"][i].get<std::string>();
      EXPECT_EQ(tokenizer->decode(ids), expected) << test["decoder"] << " sequence " << i;
      // Runs of bytes that break off differ on purpose: see Tokenizer::start_stream.
      if (expected.find("\uFFFD") != std::string::npos) continue;
      StreamDecoder decoder(*tokenizer);
      std::string text;
      for (const int32_t id : ids) text += decoder.push(id);
      EXPECT_EQ(text + decoder.finish(), expected) << test["decoder"] << " streamed, " << i;
    }
  }
}

TEST(PartsTest, ExpressionsThatCannotBeTranslatedAreRefused) {
  for (const char* regex :
       {R"(\Ga)", R"((?~ab))", R"(\g<1>)", R"((?<n>a)\1)", R"(a(?i)b|c)", R"(a**)",
        R"(\p{Nonsense})", R"((?x) a)", R"(\X)", R"([[:nonsense:]])"}) {
    expect_error(ErrorCode::kUnsupported, "offset", [&] {
      load_text(dump_json(with_split({{"Regex", regex}})));
    });
  }
  for (const char* regex : {"(", ")", "a)", "[", "[]", "[b-a]", "*", "\\", "a{2}{3}(", "[a&&]",
                            "\\x{110000}", "\\x{D800}", "\\x", "(?<n", "(?#", "\\p{L"}) {
    EXPECT_THROW(load_text(dump_json(with_split({{"Regex", regex}}))), Error) << regex;
  }
  const std::string deep = std::string(300, '(') + "a" + std::string(300, ')');
  EXPECT_THROW(load_text(dump_json(with_split({{"Regex", deep}}))), Error);
  EXPECT_THROW(load_text(dump_json(with_split({{"Regex", std::string(70000, 'a')}}))), Error);
}

TEST(PartsTest, EmptyStringsCutEverywhere) {
  const auto tokenizer = load_text(dump_json(with_split({{"String", ""}})));
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("añ中")), "añ中");
}

// Parts must not let a small file or text fill the memory.
TEST(PartsTest, GrowthIsBounded) {
  Json json = byte_tokenizer();
  json["normalizer"] = {
      {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(300, 'a')}};
  expect_error(ErrorCode::kUnsupported, "normalizer.content", [&] { load_text(dump_json(json)); });
  json["normalizer"]["content"] = std::string(200, 'a');
  Json steps = Json::array();
  for (int i = 0; i < 5; ++i) steps.push_back(json["normalizer"]);
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", steps}};
  const auto tokenizer = load_text(dump_json(json));
  expect_error(ErrorCode::kInvalidArgument, "times as long",
               [&] { (void)tokenizer->encode("aaaa"); });
  Json nested = {{"type", "NFC"}};
  for (int i = 0; i < 20; ++i)
    nested = {{"type", "Sequence"}, {"normalizers", Json::array({nested})}};
  json["normalizer"] = nested;
  expect_error(ErrorCode::kCorruptData, "nested", [&] { load_text(dump_json(json)); });
}

TEST(PartsTest, CharsmapsMustFit) {
  Json json = byte_tokenizer();
  const auto with = [&](const std::string& charsmap) {
    json["normalizer"] = {{"type", "Precompiled"}, {"precompiled_charsmap", charsmap}};
    return dump_json(json);
  };
  EXPECT_EQ(load_text(with(""))->encode("a").size(), 1u);
  expect_error(ErrorCode::kCorruptData, "base64", [&] { load_text(with("a")); });
  expect_error(ErrorCode::kCorruptData, "less than four", [&] { load_text(with("AAA=")); });
  expect_error(ErrorCode::kCorruptData, "says that", [&] { load_text(with("/////wAA")); });
}

}  // namespace
}  // namespace fundi::text
