#include "text/tokenizer.h"

#include <thread>

#include "tests/text/text_testing.h"

namespace fundi::text {
namespace {

// What Hugging Face tokenizers gives for the same files and texts (make_fixtures.py).
class ReferenceTest : public testing::Test {
 protected:
  static const Json& fixture() {
    static const Json json = read_json(kData / "encode.json");
    return json;
  }
  static std::vector<std::string> texts() {
    std::vector<std::string> result;
    for (const Json& hex : fixture()["texts"]) result.push_back(unhex(hex));
    return result;
  }
  // The case's tokenizer.json: its base with some parts replaced.
  static std::shared_ptr<const Tokenizer> tokenizer_of(const Json& test) {
    Json json = read_json(kData / test["base"].get<std::string>() / "tokenizer.json");
    for (const char* key : {"normalizer", "pre_tokenizer", "post_processor", "added_tokens"}) {
      json[key] = test[key];
    }
    json["model"]["ignore_merges"] = test["ignore_merges"];
    Json& merges = json["model"]["merges"];
    merges.erase(merges.begin() + test["merges"].get<ptrdiff_t>(), merges.end());
    return load_text(dump_json(json));
  }
};

TEST_F(ReferenceTest, EncodesAsHuggingFace) {
  const auto all = texts();
  for (const Json& test : fixture()["cases"]) {
    const auto tokenizer = tokenizer_of(test);
    for (size_t i = 0; i < all.size(); ++i) {
      const auto expected = test["ids"][i].get<std::vector<int32_t>>();
      EXPECT_EQ(tokenizer->encode(all[i], true), expected) << test["name"] << " text " << i;
      EXPECT_EQ(tokenizer->encode(all[i], true), expected) << test["name"] << " from the cache";
    }
    for (size_t i = 0; i < test["plain_ids"].size(); ++i) {
      EXPECT_EQ(tokenizer->encode(all[i], true, false),
                test["plain_ids"][i].get<std::vector<int32_t>>())
          << test["name"] << " without special tokens, text " << i;
    }
  }
}

TEST_F(ReferenceTest, DecodesAsHuggingFace) {
  const auto tokenizer = Tokenizer::load(kData / "llama3");
  for (const Json& test : read_json(kData / "decode.json")) {
    const auto ids = test["ids"].get<std::vector<int32_t>>();
    EXPECT_EQ(tokenizer->decode(ids), test["text"].get<std::string>());
    EXPECT_EQ(tokenizer->decode(ids, false), test["with_special"].get<std::string>());
    StreamDecoder stream(*tokenizer);
    std::string text;
    for (const int32_t id : ids) text += stream.push(id);
    EXPECT_EQ(text + stream.finish(), test["text"].get<std::string>());
  }
}

TEST_F(ReferenceTest, ThreadsAgree) {
  const auto all = texts();
  const auto gpt2 = Tokenizer::load(kData / "gpt2");
  const auto llama3 = Tokenizer::load(kData / "llama3");
  std::vector<std::vector<int32_t>> expected;
  for (const auto& text : all) {
    expected.push_back(gpt2->encode(text));
    expected.push_back(llama3->encode(text));
  }
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (size_t i = 0; i < all.size(); ++i) {
        if (gpt2->encode(all[i]) != expected[2 * i]) ++wrong;
        if (llama3->encode(all[i]) != expected[2 * i + 1]) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(TokenizerTest, RoundTripsWellFormedText) {
  const auto tokenizer = Tokenizer::load(kData / "llama3");
  std::string every_character;
  for (char32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
    if (c >= 0xD800 && c < 0xE000) continue;
    every_character += reinterpret_cast<const char*>(u8"é ");
    if (c < 0x80) {
      every_character += static_cast<char>(c);
    } else if (c < 0x800) {
      every_character += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      every_character +=
          {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 63)),
           static_cast<char>(0x80 | (c & 63))};
    } else {
      every_character +=
          {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
           static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
    }
  }
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(every_character)), every_character);
}

TEST(TokenizerTest, LongWordsTakeNearlyLinearTime) {
  const auto tokenizer = Tokenizer::load(kData / "llama3");
  const std::string word(1 << 20, 'a');
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(word)), word);
  const std::string spaces(1 << 20, ' ');
  EXPECT_EQ(tokenizer->decode(tokenizer->encode(spaces)), spaces);
}

TEST(TokenizerTest, NamesTokens) {
  const auto tokenizer = Tokenizer::load(kData / "llama3");
  EXPECT_EQ(tokenizer->token(1), "<|im_start|>");
  EXPECT_EQ(tokenizer->token_id("<|im_end|>"), 2);
  EXPECT_EQ(tokenizer->token_id("no such token"), std::nullopt);
  EXPECT_TRUE(tokenizer->is_special(0));
  EXPECT_FALSE(tokenizer->is_special(3));
  EXPECT_FALSE(tokenizer->is_special(-1));
  const auto space = tokenizer->token_id("Ġ");
  ASSERT_TRUE(space.has_value());
  EXPECT_EQ(tokenizer->token_bytes(*space), " ");
  EXPECT_EQ(tokenizer->token_bytes(0), "");
  EXPECT_EQ(tokenizer->token_bytes(tokenizer->vocab_size()), "");
  expect_error(ErrorCode::kInvalidArgument, "no token has the id 99999",
               [&] { (void)tokenizer->token(99999); });
  const std::vector<int32_t> padded = {*space, 99999, -5};
  EXPECT_EQ(tokenizer->decode(padded), " ");
}

TEST(TokenizerTest, ReadsRolesAndTemplates) {
  const std::string json = read_file(kData / "llama3" / "tokenizer.json");
  const auto plain = load_text(json);
  EXPECT_EQ(plain->eos_id(), std::nullopt);
  EXPECT_EQ(plain->chat_template(), std::nullopt);
  const auto full = load_text(json, R"({"eos_token": {"content": "<|im_end|>", "lstrip": false},
    "bos_token": "<|endoftext|>", "pad_token": "[PAD]", "model_max_length":
    1000000000000000019884624838656, "chat_template": [{"name": "tool_use", "template": "T"},
    {"name": "default", "template": "D"}]})");
  EXPECT_EQ(full->eos_id(), 2);
  EXPECT_EQ(full->bos_id(), 0);
  EXPECT_EQ(full->pad_id(), std::nullopt);  // not in the vocabulary
  EXPECT_EQ(full->chat_template(), "D");
  expect_error(ErrorCode::kCorruptData, "tokenizer_config.json: eos_token: must be a string",
               [&] { load_text(json, R"({"eos_token": 7})"); });
  expect_error(ErrorCode::kCorruptData, "tokenizer_config.json: not valid JSON",
               [&] { load_text(json, "{"); });
}

TEST(TokenizerTest, SavesWhatItRead) {
  const TemporaryFolder from, to;
  // Spacing and keys that nothing here understands must survive.
  const std::string json = read_file(kData / "gpt2" / "tokenizer.json") + "  \n";
  const std::string config = R"({ "eos_token":"<|endoftext|>", "future_key": [1e400] })";
  write_file_atomic(from.path() / "tokenizer.json", json);
  write_file_atomic(from.path() / "chat_template.jinja", "hello\n");
  const auto without_config = Tokenizer::load(from.path());
  without_config->save(to.path());
  EXPECT_EQ(read_file(to.path() / "tokenizer.json"), json);
  EXPECT_EQ(read_file(to.path() / "chat_template.jinja"), "hello\n");
  EXPECT_EQ(read_json(to.path() / "tokenizer_config.json")["tokenizer_class"],
            "PreTrainedTokenizerFast");
  expect_error(ErrorCode::kNotFound, "not a folder",
               [&] { without_config->save(to.path() / "absent"); });
  expect_error(ErrorCode::kCorruptData, "not valid JSON", [&] { load_text(json, config); });
}

TEST(StreamDecoderTest, HoldsBackUnfinishedCharacters) {
  const auto tokenizer = Tokenizer::load(kData / "llama3");
  const auto byte = [&](const char* symbol) { return tokenizer->token_id(symbol).value(); };
  StreamDecoder stream(*tokenizer);  // U+1F33D is F0 9F 8C BD
  EXPECT_EQ(stream.push(byte("ð")), "");
  EXPECT_EQ(stream.push(byte("Ł")), "");
  EXPECT_EQ(stream.push(byte("Į")), "");
  EXPECT_EQ(stream.push(byte("½")), "🌽");
  EXPECT_EQ(stream.push(byte("ð")), "");
  EXPECT_EQ(stream.push(byte("a")), "\uFFFDa");
  EXPECT_EQ(stream.push(byte("ð")), "");
  EXPECT_EQ(stream.push(0), "");  // special tokens are left out
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.finish(), "");
}

}  // namespace
}  // namespace fundi::text
