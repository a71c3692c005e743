#include "evals/exact_match.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "base/error.h"
#include "base/progress.h"
#include "base/random.h"
#include "data/jsonl.h"
#include "models/generator.h"
#include "text/chat.h"

namespace fundi::evals {
namespace {

std::string text_of(const Json& row, const char* key) {
  const auto found = row.find(key);
  if (found == row.end()) return "";
  if (!found->is_string()) fail(ErrorCode::kInvalidArgument, "'{}' must be text", key);
  return found->get<std::string>();
}

void read_messages(const Json& messages, ExactMatchItem& item) {
  const bool pair = messages.is_array() && messages.size() >= 2;
  if (!pair || text_of(messages.back(), "role") != "assistant") {
    fail(ErrorCode::kInvalidArgument,
         "'messages' must be a list that ends with a question and the assistant's answer");
  }
  item.question = text_of(messages[messages.size() - 2], "content");
  item.answers = {text_of(messages.back(), "content")};
}

ExactMatchItem read_item(const Json& row, const std::string& default_set) {
  ExactMatchItem item;
  item.set = row.contains("set") ? text_of(row, "set") : default_set;
  if (row.contains("seen")) {
    if (!row["seen"].is_boolean()) {
      fail(ErrorCode::kInvalidArgument, "'seen' must be true or false");
    }
    item.set = row["seen"].get<bool>() ? "seen" : "unseen";
  }
  if (row.contains("messages")) read_messages(row["messages"], item);
  for (const char* key : {"question", "prompt"}) {
    if (item.question.empty()) item.question = text_of(row, key);
  }
  if (row.contains("answers")) {
    if (!row["answers"].is_array()) fail(ErrorCode::kInvalidArgument, "'answers' must be a list");
    item.answers.clear();
    for (const Json& answer : row["answers"]) {
      if (!answer.is_string()) fail(ErrorCode::kInvalidArgument, "'answers' must hold text");
      item.answers.push_back(answer.get<std::string>());
    }
  }
  for (const char* key : {"answer", "completion"}) {
    if (item.answers.empty() && row.contains(key)) item.answers = {text_of(row, key)};
  }
  if (item.set.empty()) fail(ErrorCode::kInvalidArgument, "'set' is empty");
  if (item.question.empty()) {
    fail(ErrorCode::kInvalidArgument, "has no 'question' ('prompt' and 'messages' do as well)");
  }
  if (item.answers.empty()) {
    fail(ErrorCode::kInvalidArgument, "has no 'answers' ('answer', 'completion' do as well)");
  }
  return item;
}

// The items to ask: all, or `limit` of each set; always in the order of the file.
std::vector<size_t> choose(const std::vector<ExactMatchItem>& items,
                           const ExactMatchOptions& options) {
  std::map<std::string, std::vector<size_t>> sets;
  for (size_t i = 0; i < items.size(); ++i) sets[items[i].set].push_back(i);
  std::vector<size_t> chosen;
  uint64_t stream = 0;
  for (auto& [name, members] : sets) {
    Random random(options.seed, stream++);
    shuffle(std::span<size_t>(members), random);
    const size_t limit = options.limit > 0 ? static_cast<size_t>(options.limit) : members.size();
    members.resize(std::min(members.size(), limit));
    chosen.insert(chosen.end(), members.begin(), members.end());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

bool is_right(const ExactMatchItem& item, const std::string& answer) {
  const std::string normal = normalize_answer(answer);
  return std::any_of(item.answers.begin(), item.answers.end(), [&](const std::string& expected) {
    return normalize_answer(expected) == normal;
  });
}

ExactMatchSet& set_of(ExactMatchResult& result, const std::string& name) {
  for (ExactMatchSet& set : result.sets) {
    if (set.name == name) return set;
  }
  result.sets.emplace_back().name = name;
  return result.sets.back();
}

// Keeps `limit` of all offered, each as likely as any other (reservoir sampling, Vitter 1985).
void keep_sample(std::vector<ExactMatchSample>& kept, int64_t offered, int64_t limit,
                 ExactMatchSample sample, Random& random) {
  if (static_cast<int64_t>(kept.size()) < limit) {
    kept.push_back(std::move(sample));
    return;
  }
  const uint64_t at = random.below(static_cast<uint64_t>(offered));
  if (at < static_cast<uint64_t>(limit)) kept[at] = std::move(sample);
}

Json samples_json(const std::vector<ExactMatchSample>& samples) {
  Json json = Json::array();
  for (const ExactMatchSample& sample : samples) {
    json.push_back(
        {{"question", sample.question}, {"expected", sample.expected}, {"answer", sample.answer}});
  }
  return json;
}

}  // namespace

void ExactMatchOptions::validate() const {
  const auto check = [](const char* name, int64_t value, int64_t low, int64_t high) {
    if (value < low || value > high) {
      fail(ErrorCode::kInvalidArgument, "{}: {} is not between {} and {}", name, value, low, high);
    }
  };
  check("max_tokens", max_tokens, 1, 1'000'000);
  check("concurrency", concurrency, 1, 65'536);
  check("samples", samples, 0, 10'000);
  check("limit", limit, 0, INT64_MAX);
}

std::string normalize_answer(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU has no NFC data");
  const auto wide = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(std::min<size_t>(text.size(), 1 << 30))));
  icu::UnicodeString normal = nfc->normalize(wide, status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU cannot normalise");
  normal.trim();
  std::string out;
  return normal.toUTF8String(out);
}

std::vector<ExactMatchItem> read_exact_match_items(const std::filesystem::path& file,
                                                   const std::string& default_set) {
  std::vector<ExactMatchItem> items;
  data::JsonlReader reader(file);
  for (data::JsonlRow row; reader.next(row);) {
    try {
      items.push_back(read_item(row.json, default_set));
    } catch (const Error& e) {
      throw Error(e.code(), fmt::format("{}: {}", reader.where(), e.what()));
    }
  }
  return items;
}

Answerer greedy_answerer(models::Model& model, const text::Tokenizer& tokenizer,
                         const ExactMatchOptions& options) {
  return [&model, &tokenizer, options](const std::vector<std::string>& questions,
                                       const std::function<void(int64_t)>& done) {
    std::vector<models::GenerationRequest> requests;
    requests.reserve(questions.size());
    for (const std::string& question : questions) {
      models::GenerationRequest& request = requests.emplace_back();
      request.prompt = tokenizer.encode(text::render_chat(tokenizer, {{"user", question}}, true));
      request.max_tokens = options.max_tokens;
    }
    return models::generate_all(model, tokenizer, requests, options.concurrency, done);
  };
}

ExactMatchResult exact_match(const std::vector<ExactMatchItem>& items, const Answerer& answerer,
                             const ExactMatchOptions& options) {
  options.validate();
  if (items.empty()) fail(ErrorCode::kInvalidArgument, "evaluation: there are no questions");
  const auto start = std::chrono::steady_clock::now();
  const std::vector<size_t> chosen = choose(items, options);
  std::vector<std::string> questions;
  for (const size_t i : chosen) questions.push_back(items[i].question);

  std::vector<std::string> answers;
  {
    Progress progress("evaluate", "answers", static_cast<int64_t>(questions.size()));
    int64_t before = 0;
    answers = answerer(questions, [&](int64_t done) {
      progress.advance(done - before);
      before = done;
    });
  }
  if (answers.size() != questions.size()) {
    fail(ErrorCode::kInternal, "evaluation: {} answers to {} questions", answers.size(),
         questions.size());
  }

  ExactMatchResult result;
  for (const ExactMatchItem& item : items) set_of(result, item.set);  // their order
  Random random(options.seed, 1'000'003);
  for (size_t i = 0; i < chosen.size(); ++i) {
    const ExactMatchItem& item = items[chosen[i]];
    ExactMatchSet& set = set_of(result, item.set);
    const bool right = is_right(item, answers[i]);
    ++set.total;
    set.right += right ? 1 : 0;
    keep_sample(right ? set.right_samples : set.wrong_samples,
                right ? set.right : set.total - set.right, options.samples,
                {item.question, item.answers.front(), answers[i]}, random);
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

Json ExactMatchResult::to_json() const {
  Json json = {{"sets", Json::array()}};
  for (const ExactMatchSet& set : sets) {
    json["sets"].push_back({{"name", set.name},
                            {"total", set.total},
                            {"right", set.right},
                            {"exact_match", set.rate()},
                            {"right_samples", samples_json(set.right_samples)},
                            {"wrong_samples", samples_json(set.wrong_samples)}});
  }
  json["seconds"] = seconds;
  return json;
}

}  // namespace fundi::evals
