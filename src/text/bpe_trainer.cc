#include "text/bpe_trainer.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "base/text.h"
#include "text/bpe_merger.h"
#include "text/byte_alphabet.h"
#include "text/pre_tokenizer.h"
#include "text/scanners/scanner.h"
#include "text/tokenizer_files.h"
#include "text/utf8.h"
#include "text/word_counter.h"

namespace fundi::text {
namespace {

Json byte_level(bool add_prefix_space, bool trim_offsets, bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", add_prefix_space},
          {"trim_offsets", trim_offsets},
          {"use_regex", use_regex}};
}

Json pre_tokenizer_json(const std::string& name) {
  if (name == "gpt2") return byte_level(false, true, true);
  if (name != "llama3") {
    fail(ErrorCode::kInvalidArgument, "pre_tokenizer '{}' is unknown; choose 'gpt2' or 'llama3'",
         name);
  }
  Json split = {{"type", "Split"},
                {"pattern", {{"Regex", llama3_pattern()}}},
                {"behavior", "Isolated"},
                {"invert", false}};
  Json steps = Json::array();
  steps.push_back(std::move(split));
  steps.push_back(byte_level(false, true, false));
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

PreTokenizer make_pre_tokenizer(const Json& json) {
  simdjson::dom::parser parser;
  const std::string text = dump_json(json);
  return PreTokenizer::parse(parse_large_json(parser, text, "pre_tokenizer"));
}

// The special tokens with those that have a role, in order, checked.
std::vector<std::string> special_tokens(const BpeTrainerOptions& options) {
  std::vector<std::string> tokens = options.special_tokens;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (std::find(tokens.begin(), tokens.begin() + static_cast<ptrdiff_t>(i), tokens[i]) !=
        tokens.begin() + static_cast<ptrdiff_t>(i)) {
      fail(ErrorCode::kInvalidArgument, "special_tokens: '{}' stands there twice", tokens[i]);
    }
  }
  const auto add_role = [&](const std::optional<std::string>& token) {
    if (token && std::find(tokens.begin(), tokens.end(), *token) == tokens.end()) {
      tokens.push_back(*token);
    }
  };
  add_role(options.eos_token);
  add_role(options.bos_token);
  add_role(options.pad_token);
  for (const std::string& token : tokens) {
    if (token.empty() || token.size() > 4096 ||
        find_invalid_utf8(token) != std::string_view::npos) {
      fail(ErrorCode::kInvalidArgument,
           "special_tokens: '{}' must be 1 to 4096 bytes of valid UTF-8",
           replace_invalid_utf8(std::string_view(token).substr(0, 80)));
    }
    if (const auto bytes = unspell_bytes(token); bytes && bytes->size() == 1) {
      fail(ErrorCode::kInvalidArgument,
           "special_tokens: '{}' is the spelling of a single byte; choose a longer one", token);
    }
  }
  return tokens;
}

WordCounter count_words(int64_t count, const std::function<std::string_view(int64_t)>& texts,
                        const PreTokenizer& pre_tokenizer) {
  std::vector<WordCounter> counters(static_cast<size_t>(std::max(1, thread_count())));
  parallel_ranges(count, [&](int64_t begin, int64_t end, int thread) {
    WordCounter& counter = counters[static_cast<size_t>(thread)];
    const PreTokenizer::Sink sink = [&](std::string_view word) { counter.add(word); };
    for (int64_t i = begin; i < end; ++i) {
      std::string_view text = texts(i);
      std::string repaired;
      if (find_invalid_utf8(text) != std::string_view::npos) {
        repaired = replace_invalid_utf8(text);
        text = repaired;
      }
      pre_tokenizer.split(text, sink);
    }
  });
  WordCounter all = std::move(counters.front());
  for (size_t i = 1; i < counters.size(); ++i) {
    all.add_all(counters[i]);
    counters[i] = {};
  }
  return all;
}

// ordered_json finds keys by linear search; a vocabulary must be appended without it.
void append(Json::object_t& object, std::string key, Json value) {
  static_cast<Json::object_t::Container&>(object).emplace_back(std::move(key), std::move(value));
}

Json model_json(const std::vector<std::string>& special, const BpeMerger::Result& learned) {
  std::vector<std::string> spelled = special;
  for (const std::string& bytes : learned.tokens) spelled.push_back(spell_bytes(bytes));
  Json::object_t vocab;
  vocab.reserve(spelled.size());
  for (size_t id = 0; id < spelled.size(); ++id) append(vocab, spelled[id], id);
  Json merges = Json::array();
  for (const auto& [left, right] : learned.merges) {
    merges.push_back(
        Json::array({spelled[static_cast<size_t>(left)], spelled[static_cast<size_t>(right)]}));
  }
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", std::move(vocab)},
          {"merges", std::move(merges)}};
}

// Puts BOS before a text; without one the post-processor only carries offsets.
Json post_processor_json(const BpeTrainerOptions& options,
                         const std::vector<std::string>& special) {
  if (!options.bos_token) return byte_level(true, false, true);
  const std::string& bos = *options.bos_token;
  const auto id = std::find(special.begin(), special.end(), bos) - special.begin();
  const auto token = [&](int type) {
    return Json{{"SpecialToken", {{"id", bos}, {"type_id", type}}}};
  };
  const auto sequence = [](const char* name, int type) {
    return Json{{"Sequence", {{"id", name}, {"type_id", type}}}};
  };
  Json single = Json::array(), pair = Json::array();
  for (Json piece : {token(0), sequence("A", 0)}) single.push_back(std::move(piece));
  for (Json piece : {token(0), sequence("A", 0), token(1), sequence("B", 1)}) {
    pair.push_back(std::move(piece));
  }
  Json entry = Json::object();
  entry["id"] = bos;
  entry["ids"] = Json::array();
  entry["ids"].push_back(id);
  entry["tokens"] = Json::array();
  entry["tokens"].push_back(bos);
  Json tokens = Json::object();
  tokens[bos] = std::move(entry);
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(tokens)}};
}

std::string tokenizer_json(const BpeTrainerOptions& options, Json pre_tokenizer,
                           const std::vector<std::string>& special,
                           const BpeMerger::Result& learned) {
  Json added = Json::array();
  for (size_t id = 0; id < special.size(); ++id) {
    added.push_back({{"id", id},
                     {"content", special[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  Json root = Json::object();
  root["version"] = "1.0";
  root["truncation"] = nullptr;
  root["padding"] = nullptr;
  root["added_tokens"] = std::move(added);
  root["normalizer"] = nullptr;
  root["pre_tokenizer"] = std::move(pre_tokenizer);
  root["post_processor"] = post_processor_json(options, special);
  root["decoder"] = byte_level(true, true, true);
  root["model"] = model_json(special, learned);
  return dump_json_pretty(root);
}

Json roles_json(const BpeTrainerOptions& options) {
  Json roles = Json::object();
  if (options.bos_token) roles["bos_token"] = *options.bos_token;
  roles["eos_token"] = options.eos_token;
  if (options.pad_token) roles["pad_token"] = *options.pad_token;
  return roles;
}

std::string config_json(const BpeTrainerOptions& options) {
  Json config = roles_json(options);
  if (options.chat_template) config["chat_template"] = *options.chat_template;
  config["clean_up_tokenization_spaces"] = false;
  config["model_max_length"] = 1e30;  // transformers' way of saying: no limit
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  return dump_json_pretty(config);
}

}  // namespace

std::shared_ptr<const Tokenizer> train_bpe(int64_t count,
                                           const std::function<std::string_view(int64_t)>& texts,
                                           const BpeTrainerOptions& options) {
  const std::vector<std::string> special = special_tokens(options);
  const int64_t least = 256 + static_cast<int64_t>(special.size());
  if (options.vocab_size < least) {
    fail(ErrorCode::kInvalidArgument,
         "vocab_size {} is too small: 256 bytes and {} special tokens need at least {}",
         options.vocab_size, special.size(), least);
  }
  if (options.chat_template && find_invalid_utf8(*options.chat_template) != std::string::npos) {
    fail(ErrorCode::kInvalidArgument, "chat_template: not valid UTF-8");
  }
  Json pre_tokenizer = pre_tokenizer_json(options.pre_tokenizer);
  const WordCounter words = count_words(count, texts, make_pre_tokenizer(pre_tokenizer));

  BpeMerger::Options merging{.first_byte_id = static_cast<int32_t>(special.size()),
                             .vocab_size = options.vocab_size,
                             .min_frequency = options.min_frequency,
                             .forbidden = {}};
  for (const std::string& token : special) {
    if (auto bytes = unspell_bytes(token)) merging.forbidden.insert(std::move(*bytes));
  }
  const BpeMerger::Result learned = BpeMerger::learn(words, merging);
  return make_tokenizer(
      {.origin = "trained",
       .tokenizer_json = tokenizer_json(options, std::move(pre_tokenizer), special, learned),
       .config = config_json(options),
       .special_map = dump_json_pretty(roles_json(options)),
       .template_text = options.chat_template});
}

}  // namespace fundi::text
