#include "text/bpe_trainer.h"

#include <algorithm>

#include "base/parallel.h"
#include "base/text.h"
#include "tests/text/text_testing.h"
#include "text/chat.h"

namespace fundi::text {
namespace {

std::shared_ptr<const Tokenizer> train(const std::vector<std::string>& lines,
                                       const BpeTrainerOptions& options) {
  return train_bpe(
      static_cast<int64_t>(lines.size()),
      [&](int64_t i) { return std::string_view(lines[static_cast<size_t>(i)]); }, options);
}

std::string json_of(const Tokenizer& tokenizer) {
  const TemporaryFolder folder;
  tokenizer.save(folder.path());
  return read_file(folder.path() / "tokenizer.json");
}

std::vector<std::string> corpus() { return split(read_file(kData / "corpus.txt"), '\n'); }

BpeTrainerOptions options_of(const std::string& pre_tokenizer) {
  BpeTrainerOptions options;
  options.vocab_size = 640;
  options.special_tokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
  options.pre_tokenizer = pre_tokenizer;
  return options;
}

TEST(BpeTrainerTest, WritesTheFileHuggingFaceWrites) {
  for (const char* name : {"gpt2", "llama3"}) {
    const auto tokenizer = train(corpus(), options_of(name));
    EXPECT_EQ(trim(json_of(*tokenizer)), trim(read_file(kData / name / "tokenizer.json"))) << name;
  }
}

TEST(BpeTrainerTest, ThreadsAndOrderDoNotMatter) {
  auto lines = corpus();
  const int threads = thread_count();
  set_thread_count(1);
  const std::string expected = json_of(*train(lines, options_of("llama3")));
  std::reverse(lines.begin(), lines.end());
  for (const int n : {2, 3, 7}) {
    set_thread_count(n);
    EXPECT_EQ(json_of(*train(lines, options_of("llama3"))), expected) << n << " threads";
  }
  set_thread_count(threads);
}

// Counts all pairs anew for each merge: slow and plain, to check the incremental counts.
TEST(BpeTrainerTest, AgreesWithCountingAnew) {
  std::vector<std::string> words;
  uint64_t state = 1;
  for (int i = 0; i < 60; ++i) {
    std::string word;
    for (int j = 0; j < 12; ++j) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      word += static_cast<char>('a' + (state >> 60) % 3);  // runs such as "aaa" overlap
    }
    words.push_back(word);
  }
  BpeTrainerOptions options;
  options.vocab_size = 257 + 80;
  options.min_frequency = 1;
  const auto tokenizer = train(words, options);
  const Json model = parse_json(json_of(*tokenizer), "trained")["model"];
  const Json& merges = model["merges"];

  std::vector<std::vector<std::string>> cut;
  for (const auto& word : words) {
    auto& symbols = cut.emplace_back();
    for (const char c : word) symbols.emplace_back(1, c);
  }
  for (size_t step = 0; step < merges.size(); ++step) {
    std::map<std::pair<int, int>, int> counts;
    for (const auto& symbols : cut) {
      for (size_t i = 0; i + 1 < symbols.size(); ++i) {
        ++counts[{model["vocab"][symbols[i]].get<int>(),
                  model["vocab"][symbols[i + 1]].get<int>()}];
      }
    }
    const auto best = std::max_element(counts.begin(), counts.end(), [](auto& a, auto& b) {
      return a.second != b.second ? a.second < b.second : a.first > b.first;
    });
    const auto left = merges[step][0].get<std::string>(),
               right = merges[step][1].get<std::string>();
    ASSERT_EQ(tokenizer->token_id(left), best->first.first) << step;
    ASSERT_EQ(tokenizer->token_id(right), best->first.second) << step;
    for (auto& symbols : cut) {
      for (size_t i = 0; i + 1 < symbols.size(); ++i) {
        if (symbols[i] != left || symbols[i + 1] != right) continue;
        symbols[i] += right;
        symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(i) + 1);
      }
    }
  }
  EXPECT_GE(merges.size(), 80u);
}

TEST(BpeTrainerTest, SavesAFolderThatLoadsTheSame) {
  auto options = options_of("llama3");
  options.bos_token = "<s>";  // not among the special tokens: added behind them
  options.pad_token = "<|im_end|>";
  options.chat_template = std::string(chatml_template());
  const auto trained = train(corpus(), options);
  const TemporaryFolder folder;
  trained->save(folder.path());
  const auto loaded = Tokenizer::load(folder.path());
  EXPECT_EQ(loaded->bos_id(), 3);
  EXPECT_EQ(loaded->eos_id(), 0);
  EXPECT_EQ(loaded->pad_id(), 2);
  EXPECT_EQ(loaded->chat_template(), chatml_template());
  EXPECT_EQ(loaded->vocab_size(), trained->vocab_size());
  EXPECT_EQ(loaded->encode("mahindi"), trained->encode("mahindi"));
  EXPECT_EQ(loaded->encode("", true), (std::vector<int32_t>{3}));
  EXPECT_EQ(read_file(folder.path() / "chat_template.jinja"), chatml_template());
  const Json config = read_json(folder.path() / "tokenizer_config.json");
  EXPECT_EQ(config["tokenizer_class"], "PreTrainedTokenizerFast");
  EXPECT_EQ(config["eos_token"], "<|endoftext|>");
  EXPECT_EQ(config["clean_up_tokenization_spaces"], false);
  EXPECT_EQ(read_json(folder.path() / "special_tokens_map.json")["bos_token"], "<s>");
}

TEST(BpeTrainerTest, StopsWhereFrequentPairsRunOut) {
  auto options = options_of("gpt2");
  options.min_frequency = 3;
  const auto tokenizer = train({"ab ab", "cd"}, options);
  EXPECT_EQ(tokenizer->vocab_size(), 259);
  options.min_frequency = 1;
  EXPECT_EQ(train({"ab ab", "cd"}, options)->vocab_size(), 259 + 3);  // ab, Ġab, cd
  EXPECT_EQ(train({}, options)->vocab_size(), 259);
  EXPECT_EQ(train({"\xFF\xFE"}, options)->decode(std::vector<int32_t>{}), "");
}

TEST(BpeTrainerTest, NeverLearnsASpecialToken) {
  auto options = options_of("gpt2");
  options.special_tokens = {"<|endoftext|>", "abc"};
  options.min_frequency = 1;
  const auto tokenizer = train({"abc abc abc abcd"}, options);
  for (const int32_t id : tokenizer->encode("xabcx", false, false)) EXPECT_NE(id, 1);
  EXPECT_EQ(tokenizer->encode("abc"), (std::vector<int32_t>{1}));
}

TEST(BpeTrainerTest, RejectsBadOptions) {
  const auto expect_bad = [](const BpeTrainerOptions& options, const std::string& part) {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { train({"a"}, options); });
  };
  auto options = options_of("gpt2");
  options.vocab_size = 258;
  expect_bad(options, "need at least 259");
  expect_bad(options_of("gpt5"), "'gpt5' is unknown");
  options = options_of("gpt2");
  options.special_tokens = {"x>", "x>"};
  expect_bad(options, "twice");
  options.special_tokens = {""};
  expect_bad(options, "1 to 4096 bytes");
  options.special_tokens = {"<\xFF>"};
  expect_bad(options, "valid UTF-8");
  options.special_tokens = {"a"};
  expect_bad(options, "a single byte");
}

}  // namespace
}  // namespace fundi::text
