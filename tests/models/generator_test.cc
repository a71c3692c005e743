#include "models/generator.h"

#include <map>

#include "base/files.h"

#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

// Token i is a letter, unless `bytes` says otherwise.
class LetterTokenizer final : public text::Tokenizer {
 public:
  std::vector<int32_t> encode(std::string_view, bool, bool) const override { return {}; }
  std::string decode(std::span<const int32_t> ids, bool) const override {
    std::string text;
    for (const int32_t id : ids) text += token_bytes(id);
    return text;
  }
  std::string token_bytes(int32_t id) const override {
    if (const auto it = bytes.find(id); it != bytes.end()) return it->second;
    return std::string(1, static_cast<char>('A' + id));
  }
  int32_t vocab_size() const override { return size; }
  std::optional<int32_t> token_id(std::string_view) const override { return std::nullopt; }
  std::string token(int32_t id) const override { return token_bytes(id); }
  bool is_special(int32_t id) const override { return id == eos; }
  std::optional<int32_t> bos_id() const override { return std::nullopt; }
  std::optional<int32_t> eos_id() const override { return eos; }
  std::optional<int32_t> pad_id() const override { return std::nullopt; }
  std::optional<std::string> chat_template() const override { return std::nullopt; }
  void save(const fs::path&) const override {}

  std::map<int32_t, std::string> bytes;
  std::optional<int32_t> eos;
  int32_t size = 61;
};

struct Output {
  std::string text;
  std::vector<GenerationEvent> events;
  FinishReason finish() const {
    return events.empty() ? FinishReason::kNone : events.back().finish;
  }
};

class GeneratorTest : public ModelsTest {
 protected:
  void SetUp() override {
    ModelsTest::SetUp();
    model_ = load_model(case_folder("untied"));
    const auto expected = expected_of("untied");
    for (const std::string i : {"0", "1", "2"}) {
      prompts_.push_back(ids_of(expected.tensor("prompt." + i)));
      greedy_.push_back(ids_of(expected.tensor("greedy." + i)));
    }
  }

  GenerationRequest request(size_t i, int64_t max_tokens = 20) {
    return {.prompt = prompts_[i], .max_tokens = max_tokens, .sampling = {}, .stop = {}};
  }
  static Generator::Callback into(Output& output) {
    return [&output](const GenerationEvent& event) {
      output.text += event.text;
      output.events.push_back(event);
    };
  }
  Output run(const GenerationRequest& request) {
    Output output;
    Generator generator(*model_, tokenizer_);
    generator.add(request, into(output));
    while (generator.step()) {
    }
    return output;
  }

  std::unique_ptr<Model> model_;
  LetterTokenizer tokenizer_;
  std::vector<std::vector<int32_t>> prompts_, greedy_;
};

TEST_F(GeneratorTest, GreedyTextIsThatOfTransformersAloneAndTogether) {
  std::vector<GenerationRequest> requests;
  for (size_t i = 0; i < 3; ++i) requests.push_back(request(i));
  for (const int64_t concurrency : {1, 2, 10}) {
    std::vector<int64_t> progress;
    const auto texts = generate_all(*model_, tokenizer_, requests, concurrency,
                                    [&](int64_t done) { progress.push_back(done); });
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(texts[i], tokenizer_.decode(greedy_[i], true)) << i;
    EXPECT_EQ(progress.back(), 3);
  }
  EXPECT_TRUE(generate_all(*model_, tokenizer_, {}, 1).empty());
  expect_error(ErrorCode::kInvalidArgument, "concurrency",
               [&] { generate_all(*model_, tokenizer_, requests, 0); });
}

TEST_F(GeneratorTest, CountsTokensAndEndsWithLength) {
  const Output output = run(request(2, 5));
  ASSERT_EQ(output.events.size(), 5U);
  EXPECT_EQ(output.finish(), FinishReason::kLength);
  EXPECT_EQ(output.events[0].finish, FinishReason::kNone);
  EXPECT_EQ(output.events[0].completion_tokens, 1);
  EXPECT_EQ(output.events[4].completion_tokens, 5);
  EXPECT_EQ(output.events[4].prompt_tokens, int64_t(prompts_[2].size()));
}

TEST_F(GeneratorTest, AStopStringAcrossTokensIsCutAndNeverShown) {
  const std::string text = tokenizer_.decode(greedy_[1], true);
  GenerationRequest stopped = request(1);
  stopped.stop = {"nowhere", text.substr(9, 4)};
  ASSERT_EQ(text.find(stopped.stop[1]), 9U);
  const Output output = run(stopped);
  EXPECT_EQ(output.text, text.substr(0, 9));
  EXPECT_EQ(output.finish(), FinishReason::kStop);
  EXPECT_EQ(output.events.back().completion_tokens, 13);

  // Held back for a stop that never comes: given away at the end.
  stopped.stop = {text.substr(18) + "!"};
  EXPECT_EQ(run(stopped).text, text);
  EXPECT_EQ(run(stopped).finish(), FinishReason::kLength);
  stopped.stop = {""};
  expect_error(ErrorCode::kInvalidArgument, "stop string", [&] { run(stopped); });
}

TEST_F(GeneratorTest, AnEosIdOfModelOrTokenizerEndsTheText) {
  const std::string text = tokenizer_.decode(greedy_[1], true);
  tokenizer_.eos = greedy_[1][6];
  ASSERT_EQ(std::find(greedy_[1].begin(), greedy_[1].end(), *tokenizer_.eos) - greedy_[1].begin(),
            6);
  const Output output = run(request(1));
  EXPECT_EQ(output.text, text.substr(0, 6));
  EXPECT_EQ(output.finish(), FinishReason::kStop);
  EXPECT_EQ(output.events.back().completion_tokens, 7);

  tokenizer_.eos.reset();
  save_model(*model_, folder_);
  Json json = read_json(folder_ / "config.json");
  json["eos_token_id"] = {60, greedy_[1][6]};
  write_file_atomic(folder_ / "config.json", dump_json(json));
  model_ = load_model(folder_);
  EXPECT_EQ(run(request(1)).text, text.substr(0, 6));
}

TEST_F(GeneratorTest, NeverShowsHalfACharacter) {
  // Tokens 2 and 3 of the text are an e with an accent; token 5 begins one that never comes.
  const auto& ids = greedy_[1];
  ASSERT_EQ(ids[2], ids[5]);
  tokenizer_.bytes[ids[2]] = "\xc3";
  tokenizer_.bytes[ids[3]] = "\xa9";
  const Output output = run(request(1, 7));
  const auto letter = [&](size_t i) { return tokenizer_.token_bytes(ids[i]); };
  EXPECT_EQ(output.events[2].text, "");
  EXPECT_EQ(output.events[3].text, "\xc3\xa9");
  EXPECT_EQ(output.text,
            letter(0) + letter(1) + "\xc3\xa9" + letter(4) + "\xef\xbf\xbd" + letter(6));
  EXPECT_EQ(run(request(1, 3)).text, letter(0) + letter(1) + "\xef\xbf\xbd");
}

TEST_F(GeneratorTest, ASeedGivesTheSameTextWhateverRunsBeside) {
  GenerationRequest drawn = request(0);
  drawn.sampling = {.temperature = 1.2, .top_k = 30, .top_p = 0.95, .seed = 12};
  const Output alone = run(drawn);
  EXPECT_EQ(run(drawn).text, alone.text);

  Output beside;
  std::vector<Output> others(3);
  Generator generator(*model_, tokenizer_);
  for (size_t i = 0; i < 2; ++i) {
    GenerationRequest other = request(i + 1);
    other.sampling = {.temperature = 0.8, .seed = i};
    generator.add(other, into(others[i]));
  }
  generator.step();
  generator.add(drawn, into(beside));
  while (generator.step()) {
  }
  EXPECT_EQ(beside.text, alone.text);
  drawn.sampling.seed = 13;
  EXPECT_NE(run(drawn).text, alone.text);
}

TEST_F(GeneratorTest, CancelsAndLetsTheOthersRunOn) {
  Output cancelled, other, late;
  Generator generator(*model_, tokenizer_);
  const uint64_t id = generator.add(request(0), into(cancelled));
  bool added = false;
  generator.add(request(1), [&](const GenerationEvent& event) {
    into(other)(event);
    if (event.completion_tokens == 3) generator.cancel(id);
    if (event.completion_tokens == 4 && !std::exchange(added, true)) {
      generator.add(request(2), into(late));
    }
  });
  EXPECT_EQ(generator.active(), 2U);
  while (generator.step()) {
  }
  EXPECT_EQ(cancelled.finish(), FinishReason::kCancelled);
  EXPECT_EQ(cancelled.events.back().completion_tokens, 3);
  EXPECT_EQ(other.text, tokenizer_.decode(greedy_[1], true));
  EXPECT_EQ(late.text, tokenizer_.decode(greedy_[2], true));
  EXPECT_EQ(generator.active(), 0U);
  generator.cancel(id);
  EXPECT_FALSE(generator.step());
}

TEST_F(GeneratorTest, KeepsWithinTheContext) {
  GenerationRequest long_one = request(0, 1000);
  const Output output = run(long_one);
  EXPECT_EQ(output.finish(), FinishReason::kLength);
  EXPECT_EQ(output.events.back().completion_tokens, 64 - 3);
  long_one.prompt.assign(64, 1);
  expect_error(ErrorCode::kInvalidArgument, "64 tokens", [&] { run(long_one); });
  long_one.prompt.assign(63, 1);
  EXPECT_EQ(run(long_one).events.back().completion_tokens, 1);
}

TEST_F(GeneratorTest, TakesLongPromptsInBoundedSteps) {
  ModelConfig config = model_->config();
  config.max_position_embeddings = 10000;
  config.eos_token_ids.clear();
  const auto model = initialize_model(config, DType::kF32, 3);
  Generator generator(*model, tokenizer_);
  GenerationRequest long_one{.prompt = {}, .max_tokens = 2, .sampling = {}, .stop = {}};
  for (int i = 0; i < 5000; ++i) long_one.prompt.push_back(i % 61);
  Output first, second;
  generator.add(long_one, into(first));
  generator.add({.prompt = {1, 2}, .max_tokens = 1, .sampling = {}, .stop = {}}, into(second));
  std::vector<size_t> seen;
  while (generator.step()) seen.push_back(first.events.size());
  // 2048 + 2048 + 904 prompt tokens; the short prompt finds room beside the last of them.
  EXPECT_THAT(seen, testing::ElementsAre(0, 0, 1));
  EXPECT_EQ(second.events.size(), 1U);

  // Chunks or not, the same next token.
  const Tensor all = logits(*model, {long_one.prompt});
  const auto last = all.rows(4999, 1).span<float>();
  const auto best = int32_t(std::max_element(last.begin(), last.end()) - last.begin());
  EXPECT_EQ(first.events[0].text, tokenizer_.token_bytes(best));
}

TEST_F(GeneratorTest, NeverPicksAnIdTheTokenizerLacks) {
  tokenizer_.size = 4;
  GenerationRequest drawn = request(0, 40);
  drawn.sampling = {.temperature = 5.0};
  for (const char c : run(drawn).text) EXPECT_LT(c, 'A' + 4);
}

TEST_F(GeneratorTest, RefusesABadRequest) {
  Generator generator(*model_, tokenizer_);
  const auto add = [&](GenerationRequest bad) { generator.add(std::move(bad), {}); };
  GenerationRequest bad = request(0);
  bad.prompt.clear();
  expect_error(ErrorCode::kInvalidArgument, "prompt is empty", [&] { add(bad); });
  bad.prompt = {3, 61};
  expect_error(ErrorCode::kInvalidArgument, "token id 61", [&] { add(bad); });
  expect_error(ErrorCode::kInvalidArgument, "max_tokens", [&] { add(request(0, 0)); });
  bad = request(0);
  bad.sampling.top_p = 7;
  expect_error(ErrorCode::kInvalidArgument, "top_p", [&] { add(bad); });
  EXPECT_EQ(generator.active(), 0U);
}

}  // namespace
}  // namespace fundi::models
