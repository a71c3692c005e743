// Tiny tokenizers of every kind against the ids and texts that Hugging Face tokenizers and
// SentencePiece give (make_model_fixtures.py).
#include "tests/text/text_testing.h"

namespace fundi::text {
namespace {

const std::filesystem::path kModels = kData / "models";

const std::vector<std::string>& texts() {
  static const std::vector<std::string> result = [] {
    std::vector<std::string> list;
    for (const Json& hex : read_json(kModels / "texts.json")) list.push_back(unhex(hex));
    return list;
  }();
  return result;
}

std::string stream(const Tokenizer& tokenizer, const std::vector<int32_t>& ids) {
  StreamDecoder decoder(tokenizer);
  std::string text;
  for (const int32_t id : ids) {
    const std::string part = decoder.push(id);
    EXPECT_EQ(part, replace_invalid_utf8(part)) << "a part is not whole characters";
    text += part;
  }
  return text + decoder.finish();
}

class ModelTest : public testing::TestWithParam<std::string> {};

TEST_P(ModelTest, EncodesAsHuggingFace) {
  const auto tokenizer = Tokenizer::load(kModels / GetParam());
  const Json expected = read_json(kModels / GetParam() / "expected.json")["ids"];
  ASSERT_EQ(expected.size(), texts().size());
  for (int round = 0; round < 2; ++round) {  // the second one finds words in the cache
    for (size_t i = 0; i < texts().size(); ++i) {
      EXPECT_EQ(tokenizer->encode(texts()[i], true), expected[i].get<std::vector<int32_t>>())
          << "text " << i;
    }
  }
}

TEST_P(ModelTest, DecodesAsHuggingFace) {
  const auto tokenizer = Tokenizer::load(kModels / GetParam());
  const Json expected = read_json(kModels / GetParam() / "expected.json");
  for (const Json& test : expected["decode"]) {
    const auto ids = test["ids"].get<std::vector<int32_t>>();
    EXPECT_EQ(tokenizer->decode(ids), test["text"].get<std::string>());
    EXPECT_EQ(tokenizer->decode(ids, false), test["with_special"].get<std::string>());
  }
}

// What encoding gave holds no broken characters, so that streaming gives the same text.
TEST_P(ModelTest, StreamsWhatItDecodes) {
  const auto tokenizer = Tokenizer::load(kModels / GetParam());
  for (const std::string& text : texts()) {
    const auto ids = tokenizer->encode(text, true);
    EXPECT_EQ(stream(*tokenizer, ids), tokenizer->decode(ids));
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ModelTest,
                         testing::Values("t5", "xlm_roberta", "llama2", "llama2_first", "gemma",
                                         "bert", "first_bpe", "continuing_bpe", "words"),
                         [](const auto& kind) { return kind.param; });

TEST(ModelsTest, BytesOfTokensStandInTheMiddleOfText) {
  const auto llama = Tokenizer::load(kModels / "llama2");
  const auto bytes = [](const Tokenizer& tokenizer, const char* token) {
    return tokenizer.token_bytes(tokenizer.token_id(token).value());
  };
  EXPECT_EQ(bytes(*llama, "▁m"), " m");
  EXPECT_EQ(bytes(*llama, "<0xE4>"), "\xE4");
  EXPECT_EQ(bytes(*llama, "<s>"), "");
  const auto bert = Tokenizer::load(kModels / "bert");
  EXPECT_EQ(bytes(*bert, "##a"), "a");
  EXPECT_EQ(bytes(*bert, "a"), " a");
}

TEST(ModelsTest, StreamingKeepsCharactersBeforeBrokenBytes) {
  const auto llama = Tokenizer::load(kModels / "llama2");
  const auto id = [&](const char* token) { return llama->token_id(token).value(); };
  StreamDecoder decoder(*llama);
  EXPECT_EQ(decoder.push(id("▁m")), "m");  // the dummy prefix goes
  EXPECT_EQ(decoder.push(id("<0xE4>")), "");
  EXPECT_EQ(decoder.push(id("<0xBD>")), "");
  EXPECT_EQ(decoder.push(id("<0xA0>")), "你");
  EXPECT_EQ(decoder.push(id("<0xE4>")), "");
  EXPECT_EQ(decoder.push(id("▁m")), "\uFFFD m");
  EXPECT_EQ(decoder.finish(), "");
}

// Whole texts are one word to these; the time must not be quadratic in it.
TEST(ModelsTest, LongTextsTakeNearlyLinearTime) {
  for (const char* name : {"llama2", "gemma", "t5", "sp_bpe", "sp_unigram_bytes", "first_bpe"}) {
    const auto tokenizer = Tokenizer::load(kModels / name);
    EXPECT_GT(tokenizer->encode(std::string(1 << 18, 'a')).size(), 0u) << name;
    std::string mixed;
    while (mixed.size() < (1 << 18)) mixed += "mahindi\u4F60\u597D\U0001F33D ";
    EXPECT_GT(tokenizer->encode(mixed).size(), 0u) << name;
  }
}

}  // namespace
}  // namespace fundi::text
