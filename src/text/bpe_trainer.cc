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
#include "text/tokenizer_writer.h"
#include "text/utf8.h"
#include "text/word_counter.h"

namespace fundi::text {
namespace {

Json pre_tokenizer_json(const std::string& name) {
  if (name == "gpt2") return byte_level_json(false, true, true);
  if (name != "llama3") {
    fail(ErrorCode::kInvalidArgument, "pre_tokenizer '{}' is unknown; choose 'gpt2' or 'llama3'",
         name);
  }
  Json steps = Json::array();
  steps.push_back(isolated_split_json(llama3_pattern()));
  steps.push_back(byte_level_json(false, true, false));
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

PreTokenizer make_pre_tokenizer(const Json& json) {
  return PreTokenizer::parse(JsonDocument(dump_json(json), "pre_tokenizer").root());
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
    const auto sink = [&](std::string_view word) { counter.add(word); };
    for (int64_t i = begin; i < end; ++i) {
      std::string_view text = texts(i);
      std::string repaired;
      if (find_invalid_utf8(text) != std::string_view::npos) {
        repaired = replace_invalid_utf8(text);
        text = repaired;
      }
      pre_tokenizer.split({text, true}, sink);
    }
  });
  WordCounter all = std::move(counters.front());
  for (size_t i = 1; i < counters.size(); ++i) {
    all.add_all(counters[i]);
    counters[i] = {};
  }
  return all;
}

std::string tokenizer_json(const BpeTrainerOptions& options, Json pre_tokenizer,
                           const std::vector<std::string>& special,
                           const BpeMerger::Result& learned) {
  std::vector<std::string> spelled = special;
  for (const std::string& bytes : learned.tokens) spelled.push_back(spell_bytes(bytes));
  TokenizerDocument document;
  for (size_t id = 0; id < special.size(); ++id) {
    document.added.push_back(
        {.id = static_cast<int32_t>(id), .content = special[id], .special = true, .decoded = {}});
  }
  document.pre_tokenizer = std::move(pre_tokenizer);
  // Without BOS the post-processor only carries offsets.
  document.post_processor = byte_level_json(true, false, true);
  if (options.bos_token) {
    const auto id = std::find(special.begin(), special.end(), *options.bos_token) - special.begin();
    document.post_processor = template_json(*options.bos_token, static_cast<int32_t>(id), "", 0);
  }
  document.decoder = byte_level_json(true, true, true);
  document.model = bpe_settings_json();
  document.tokens.assign(spelled.begin(), spelled.end());
  for (const auto& [left, right] : learned.merges) {
    document.merges.emplace_back(spelled[static_cast<size_t>(left)],
                                 spelled[static_cast<size_t>(right)]);
  }
  return write_tokenizer_json(document);
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
