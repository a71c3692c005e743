#include "data/rows.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/config.h"
#include "base/error.h"
#include "base/text.h"
#include "data/jsonl.h"

namespace fundi::data {
namespace {

struct Pair {
  std::string id, headword, translation, part_of_speech;
  std::vector<std::string> alternatives;
  const DictionaryInfo* source = nullptr;
};

std::string normalise(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU: {}", u_errorName(status));
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  nfc->normalizeUTF8(0, {text.data(), static_cast<int32_t>(text.size())}, sink, nullptr, status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU: {}", u_errorName(status));
  return std::string(trim(out));
}

int64_t count_characters(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

// A template cut into literal text and placeholders once, then filled in for every pair.
class Template {
 public:
  Template(std::string_view text, std::string_view where) {
    std::string literal;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
        literal += c;
        ++i;
      } else if (c == '{') {
        const size_t close = text.find('}', i);
        if (close == text.npos) stray(c, text, where);
        parts_.push_back({std::exchange(literal, ""), Slot::kNone});
        parts_.push_back({"", slot_of(text.substr(i + 1, close - i - 1), where)});
        i = close;
      } else if (c == '}') {
        stray(c, text, where);
      } else {
        literal += c;
      }
    }
    parts_.push_back({std::move(literal), Slot::kNone});
  }

  bool has_placeholder() const { return parts_.size() > 1; }
  bool empty() const { return parts_.size() == 1 && trim(parts_[0].literal).empty(); }

  std::string fill(const Pair& pair) const {
    std::string out;
    for (const Part& part : parts_) {
      out += part.slot == Slot::kHeadword      ? pair.headword
             : part.slot == Slot::kTranslation ? pair.translation
                                               : part.literal;
    }
    return out;
  }

 private:
  enum class Slot { kNone, kHeadword, kTranslation };
  struct Part {
    std::string literal;
    Slot slot;
  };

  [[noreturn]] static void stray(char brace, std::string_view text, std::string_view where) {
    fail(ErrorCode::kInvalidArgument, "{}: stray '{}' in \"{}\"; write it twice to mean a brace",
         where, brace, text);
  }
  static Slot slot_of(std::string_view name, std::string_view where) {
    if (name == "headword") return Slot::kHeadword;
    if (name == "translation") return Slot::kTranslation;
    const auto near = closest(name, {"headword", "translation"});
    fail(ErrorCode::kInvalidArgument,
         "{}: unknown placeholder {{{}}}{}; there are {{headword}} and {{translation}}", where,
         name, near ? fmt::format(", did you mean {{{}}}?", *near) : "");
  }

  std::vector<Part> parts_;
};

struct Question {
  Template prompt, completion;
};

struct CompiledTemplates {
  std::vector<Template> plain;
  std::vector<Question> train, heldout;
};

Template compile_asking(std::string_view text, const std::string& where) {
  Template compiled(text, where);
  if (!compiled.has_placeholder()) {
    fail(ErrorCode::kInvalidArgument, "{}: has no placeholder, so it would say the same each time",
         where);
  }
  return compiled;
}

std::vector<Question> compile(const std::vector<QaTemplate>& templates, const std::string& where) {
  std::vector<Question> questions;
  for (size_t i = 0; i < templates.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", where, i);
    questions.push_back({compile_asking(templates[i].prompt, at + ".prompt"),
                         Template(templates[i].completion, at + ".completion")});
    if (questions.back().completion.empty()) {
      fail(ErrorCode::kInvalidArgument, "{}.completion: is empty", at);
    }
  }
  return questions;
}

CompiledTemplates compile(const RowDirection& direction) {
  const RowTemplates& from = direction.templates;
  const std::string where = direction.name + " templates: ";
  CompiledTemplates result;
  for (size_t i = 0; i < from.plain.size(); ++i) {
    result.plain.push_back(compile_asking(from.plain[i], fmt::format("{}plain[{}]", where, i)));
  }
  result.train = compile(from.train, where + "train");
  result.heldout = compile(from.heldout, where + "heldout");
  for (size_t i = 0; i < from.heldout.size(); ++i) {
    for (const QaTemplate& trained : from.train) {
      if (trained.prompt == from.heldout[i].prompt) {
        fail(ErrorCode::kInvalidArgument,
             "{}heldout[{}]: its prompt is trained on, so it is not held out", where, i);
      }
    }
  }
  return result;
}

// Every translation an entry gives, in order.
std::vector<std::string> translations_of(const DictionaryEntry& entry) {
  std::vector<std::string> all;
  for (const auto& sense : entry.senses) {
    for (const std::string& text : sense) {
      if (std::string clean = normalise(text); !clean.empty()) all.push_back(std::move(clean));
    }
  }
  return all;
}

std::vector<Pair> merge_entries(const RowDirection& direction, RowCounts& counts) {
  std::vector<Pair> pairs;
  std::map<std::string, size_t> known;
  for (const Dictionary* dictionary : direction.dictionaries) {
    for (const DictionaryEntry& entry : dictionary->entries) {
      ++counts.entries;
      const std::string headword = normalise(entry.headword);
      std::vector<std::string> translations = translations_of(entry);
      if (translations.empty() || headword.empty()) {
        ++counts.without_translation;
        continue;
      }
      const auto [found, is_new] = known.emplace(headword, pairs.size());
      if (is_new) {
        pairs.push_back({fmt::format("{}:{}", direction.name, headword),
                         headword,
                         translations.front(),
                         entry.part_of_speech,
                         {},
                         &dictionary->info});
      } else {
        ++counts.merged;
      }
      Pair& pair = pairs[found->second];
      for (std::string& text : translations) {
        auto& others = pair.alternatives;
        if (text != pair.translation &&
            std::find(others.begin(), others.end(), text) == others.end()) {
          others.push_back(std::move(text));
        }
      }
    }
  }
  return pairs;
}

std::vector<Pair> select_pairs(std::vector<Pair> pairs, const RowOptions& options,
                               RowCounts& counts) {
  counts.too_long += static_cast<int64_t>(std::erase_if(pairs, [&](const Pair& pair) {
    return count_characters(pair.translation) > options.max_translation_chars;
  }));
  const auto limit = static_cast<size_t>(options.max_pairs);
  if (limit == 0 || pairs.size() <= limit) return pairs;
  counts.over_max_pairs += static_cast<int64_t>(pairs.size() - limit);
  std::vector<Pair> kept;
  for (size_t i = 0; i < limit; ++i) kept.push_back(std::move(pairs[i * pairs.size() / limit]));
  return kept;
}

struct Writers {
  explicit Writers(const fs::path& directory)
      : pairs(directory / "pairs.jsonl"),
        pretrain(directory / "pretrain.jsonl"),
        sft(directory / "sft.jsonl"),
        eval(directory / "eval.jsonl") {}
  void commit() {
    for (JsonlWriter* writer : {&pairs, &pretrain, &sft, &eval}) writer->commit();
  }
  JsonlWriter pairs, pretrain, sft, eval;
};

void write_pair(const Pair& pair, const RowDirection& direction, const CompiledTemplates& templates,
                Writers& writers, RowCounts& counts) {
  ++counts.pairs;
  writers.pairs.write({{"pair", pair.id},
                       {"direction", direction.name},
                       {"headword", pair.headword},
                       {"translation", pair.translation},
                       {"part_of_speech", pair.part_of_speech},
                       {"alternatives", pair.alternatives},
                       {"source", pair.source->name},
                       {"licence", pair.source->licence}});
  for (const Template& plain : templates.plain) {
    writers.pretrain.write({{"text", plain.fill(pair)}});
    ++counts.pretrain_rows;
  }
  for (const bool seen : {true, false}) {
    for (const Question& question : seen ? templates.train : templates.heldout) {
      Json row = {{"prompt", question.prompt.fill(pair)},
                  {"completion", question.completion.fill(pair)},
                  {"pair", pair.id}};
      if (seen) {
        writers.sft.write(row);
        ++counts.sft_rows;
      }
      row["seen"] = seen;
      writers.eval.write(row);
      ++(seen ? counts.eval_seen_rows : counts.eval_unseen_rows);
    }
  }
}

}  // namespace

RowCounts write_rows(std::span<const RowDirection> directions, const fs::path& directory,
                     const RowOptions& options) {
  if (options.max_translation_chars <= 0 || options.max_pairs < 0) {
    fail(ErrorCode::kInvalidArgument,
         "max_translation_chars must be positive and max_pairs not negative");
  }
  std::set<std::string> names;
  std::vector<CompiledTemplates> templates;
  for (const RowDirection& direction : directions) {
    if (!names.insert(direction.name).second) {
      fail(ErrorCode::kInvalidArgument, "direction '{}' is given twice; list its dictionaries once",
           direction.name);
    }
    templates.push_back(compile(direction));
  }
  RowCounts counts;
  Writers writers(directory);
  for (size_t i = 0; i < directions.size(); ++i) {
    for (const Pair& pair : select_pairs(merge_entries(directions[i], counts), options, counts)) {
      write_pair(pair, directions[i], templates[i], writers, counts);
    }
  }
  writers.commit();
  return counts;
}

}  // namespace fundi::data
