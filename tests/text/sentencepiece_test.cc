// SentencePiece models against the library's ids (make_model_fixtures.py), and broken ones.
#include "tests/text/text_testing.h"
#include "text/gguf_vocabulary.h"

namespace fundi::text {
namespace {

const std::filesystem::path kModels = kData / "models";

class SentencePieceTest : public testing::TestWithParam<std::string> {
 protected:
  Json expected_ = read_json(kModels / GetParam() / "expected.json");
  std::shared_ptr<const Tokenizer> tokenizer_ = Tokenizer::load(kModels / GetParam());
  std::vector<std::string> texts_ = [] {
    std::vector<std::string> list;
    for (const Json& hex : read_json(kModels / "texts.json")) {
      list.push_back(replace_invalid_utf8(unhex(hex)));
    }
    return list;
  }();
};

TEST_P(SentencePieceTest, EncodesAsTheLibrary) {
  for (size_t i = 0; i < texts_.size(); ++i) {
    const auto expected = expected_["ids"][i].get<std::vector<int32_t>>();
    EXPECT_EQ(tokenizer_->encode(texts_[i], false, false), expected) << "text " << i;
  }
}

TEST_P(SentencePieceTest, AddsBosOrElseEos) {
  const int32_t bos = expected_["bos"], eos = expected_["eos"];
  const auto ids = tokenizer_->encode("maize", true);
  if (bos >= 0) {
    EXPECT_EQ(ids.front(), bos);
    EXPECT_EQ(tokenizer_->bos_id(), bos);
    EXPECT_NE(ids.back(), eos);
  } else {
    EXPECT_EQ(ids.back(), eos);
  }
  EXPECT_EQ(tokenizer_->eos_id(), eos);
}

TEST_P(SentencePieceTest, DecodesAsTheLibrary) {
  for (size_t i = 0; i < texts_.size(); ++i) {
    const auto ids = expected_["ids"][i].get<std::vector<int32_t>>();
    const bool unknown = std::find(ids.begin(), ids.end(), 0) != ids.end();
    if (unknown) continue;  // the library writes a sign for it, fundi leaves special tokens out
    EXPECT_EQ(tokenizer_->decode(ids), expected_["texts"][i].get<std::string>()) << "text " << i;
    StreamDecoder decoder(*tokenizer_);
    std::string text;
    for (const int32_t id : ids) text += decoder.push(id);
    EXPECT_EQ(text + decoder.finish(), expected_["texts"][i].get<std::string>()) << "streamed";
  }
}

// The tokenizer.json that is written gives the same ids, save for what Hugging Face's charsmap and
// added tokens do otherwise.
TEST_P(SentencePieceTest, SavesATokenizerJsonOfEqualBehaviour) {
  const TemporaryFolder folder;
  tokenizer_->save(folder.path());
  EXPECT_EQ(read_file(folder.path() / "tokenizer.model"),
            read_file(kModels / GetParam() / "tokenizer.model"));
  const auto copy = Tokenizer::load(folder.path());
  size_t compared = 0;
  for (const std::string& text : texts_) {
    if (text.find("maize") != std::string::npos || text.find("ab") != std::string::npos ||
        text.find("\u0301") != std::string::npos || text.find("\r\n") != std::string::npos) {
      continue;
    }
    ++compared;
    EXPECT_EQ(copy->encode(text, true), tokenizer_->encode(text, true)) << text;
  }
  EXPECT_GT(compared, texts_.size() / 2);
  EXPECT_EQ(copy->bos_id(), tokenizer_->bos_id());
  EXPECT_EQ(copy->eos_id(), tokenizer_->eos_id());
}

INSTANTIATE_TEST_SUITE_P(Kinds, SentencePieceTest,
                         testing::Values("sp_bpe", "sp_bpe_unknown", "sp_unigram",
                                         "sp_unigram_bytes"),
                         [](const auto& kind) { return kind.param; });

std::shared_ptr<const Tokenizer> load_model(const std::string& bytes,
                                            const std::string& config = "") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "tokenizer.model", std::ios::binary) << bytes;
  if (!config.empty()) std::ofstream(folder.path() / "tokenizer_config.json") << config;
  return Tokenizer::load(folder.path());
}

TEST(SentencePieceModelTest, ControlSymbolsAreFoundInTextWhereTheyMayBe) {
  const auto tokenizer = Tokenizer::load(kModels / "sp_bpe_unknown");
  const int32_t mask = tokenizer->token_id("<mask>").value();
  EXPECT_EQ(tokenizer->encode("<mask>"), std::vector<int32_t>{mask});
  EXPECT_TRUE(tokenizer->is_special(mask));
  const auto plain = tokenizer->encode("<mask>", false, false);
  EXPECT_EQ(std::count(plain.begin(), plain.end(), mask), 0);
}

TEST(SentencePieceModelTest, TheConfigSaysWhatIsAdded) {
  const std::string bytes = read_file(kModels / "sp_bpe" / "tokenizer.model");
  const auto both = load_model(bytes, R"({"add_bos_token": false, "add_eos_token": true})");
  const auto ids = both->encode("maize", true);
  EXPECT_NE(ids.front(), both->bos_id());
  EXPECT_EQ(ids.back(), both->eos_id());
  expect_error(ErrorCode::kCorruptData, "add_bos_token: must be true or false",
               [&] { load_model(bytes, R"({"add_bos_token": "yes"})"); });
}

TEST(SentencePieceModelTest, EveryTruncationIsAnErrorOrATokenizer) {
  const std::string bytes = read_file(kModels / "sp_unigram" / "tokenizer.model");
  size_t errors = 0;
  for (size_t size = 0; size < bytes.size(); size += 7) {
    try {
      (void)load_model(bytes.substr(0, size))->encode("maize 你好");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorruptData) << error.what();
      ++errors;
    }
  }
  EXPECT_GT(errors, 0u);
}

TEST(SentencePieceModelTest, BrokenBytesAreNamed) {
  const std::string piece = "\x0A\x09\x0A\x05<unk>\x18\x02", a = "\x0A\x03\x0A\x01\x61";
  EXPECT_EQ(load_model(piece + a)->encode("a", false).size(), 2u);  // a space before it, unknown
  const auto corrupt = [](const std::string& bytes, const std::string& part) {
    expect_error(ErrorCode::kCorruptData, part, [&] { load_model(bytes); });
  };
  corrupt(a, "no piece for the unknown");
  corrupt(piece + a + a, "stands twice");
  corrupt(piece + "\x0A\xFF\xFF\xFF\xFF\x7F", "reaches beyond the end");
  corrupt(piece + "\x0B", "a group");
  corrupt(piece + "\x08\x01", "another type");
  corrupt(piece + std::string("\x0A\x00", 2), "an empty piece");
  corrupt(piece + "\x0A\x03\x0A\x01\xFF", "not valid UTF-8");
  corrupt(piece + "\x0A\x05\x0A\x01\x61\x18\x09", "unknown type 9");
  corrupt(piece + a + "\x12\x02\x18\x09", "unknown model type 9");
  expect_error(ErrorCode::kUnsupported, "word and character models",
               [&] { load_model(piece + a + "\x12\x02\x18\x03"); });
}

}  // namespace
}  // namespace fundi::text
