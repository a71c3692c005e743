#include "data/rows.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "data/jsonl.h"
#include "data/template.h"

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

const std::vector<std::string> kPlaceholders = {"headword", "translation"};

std::string fill(const Template& text, const Pair& pair) {
  return text.fill({pair.headword, pair.translation});
}

// Every wording of a text as a template; each must ask about the pair.
std::vector<Template> compile_asking(const std::vector<std::string>& texts,
                                     const std::string& where) {
  std::vector<Template> wordings;
  for (const std::string& text : texts) {
    wordings.emplace_back(text, kPlaceholders, where);
    if (!wordings.back().has_placeholder()) {
      fail(ErrorCode::kInvalidArgument,
           "{}: has no placeholder, so it would say the same each time", where);
    }
  }
  return wordings;
}

struct Question {
  std::vector<std::string> texts;  // wordings of one template
  std::vector<Template> prompts;   // the same, cut into pieces
  Template completion;
};

std::vector<Question> compile(const std::vector<QaTemplate>& templates, const std::string& where) {
  std::vector<Question> questions;
  for (size_t i = 0; i < templates.size(); ++i) {
    const std::string at = fmt::format("{}[{}]", where, i);
    std::vector<std::string> texts = expand_alternatives(templates[i].prompt, at + ".prompt");
    std::vector<Template> prompts = compile_asking(texts, at + ".prompt");
    questions.push_back({std::move(texts), std::move(prompts),
                         Template(templates[i].completion, kPlaceholders, at + ".completion")});
    if (questions.back().completion.blank()) {
      fail(ErrorCode::kInvalidArgument, "{}.completion: is empty", at);
    }
  }
  return questions;
}

struct CompiledTemplates {
  std::vector<Template> plain;
  std::vector<Question> train, heldout;
};

CompiledTemplates compile(const RowDirection& direction) {
  const RowTemplates& from = direction.templates;
  const std::string where = direction.name + " templates: ";
  CompiledTemplates result;
  for (size_t i = 0; i < from.plain.size(); ++i) {
    const std::string at = fmt::format("{}plain[{}]", where, i);
    for (Template& wording : compile_asking(expand_alternatives(from.plain[i], at), at)) {
      result.plain.push_back(std::move(wording));
    }
  }
  result.train = compile(from.train, where + "train");
  result.heldout = compile(from.heldout, where + "heldout");
  std::set<std::string> trained;
  for (const Question& question : result.train) {
    trained.insert(question.texts.begin(), question.texts.end());
  }
  for (size_t i = 0; i < result.heldout.size(); ++i) {
    for (const std::string& wording : result.heldout[i].texts) {
      if (trained.contains(wording)) {
        fail(ErrorCode::kInvalidArgument,
             "{}heldout[{}]: \"{}\" is trained on, so it is not held out", where, i, wording);
      }
    }
  }
  return result;
}

// A wording of a question.
struct Wording {
  const Template* prompt;
  const Template* completion;
};

std::vector<Wording> all_wordings(const std::vector<Question>& questions) {
  std::vector<Wording> wordings;
  for (const Question& question : questions) {
    for (const Template& prompt : question.prompts) {
      wordings.push_back({&prompt, &question.completion});
    }
  }
  return wordings;
}

// `count` wordings, each template as likely as any other, however many alternatives it has; a
// template comes back only when all have had their turn.
std::vector<Wording> draw_wordings(const std::vector<Question>& questions, int64_t count,
                                   Random random) {
  struct Deck {
    const Question* question;
    std::vector<const Template*> prompts;
  };
  std::vector<Deck> decks;
  for (const Question& question : questions) {
    Deck& deck = decks.emplace_back(Deck{&question, {}});
    for (const Template& prompt : question.prompts) deck.prompts.push_back(&prompt);
  }
  std::vector<Wording> drawn;
  while (!decks.empty() && std::ssize(drawn) < count) {
    shuffle(std::span<Deck>(decks), random);
    for (Deck& deck : decks) {
      if (std::ssize(drawn) == count) break;
      std::swap(deck.prompts[random.below(deck.prompts.size())], deck.prompts.back());
      drawn.push_back({deck.prompts.back(), &deck.question->completion});
      deck.prompts.pop_back();
    }
    std::erase_if(decks, [](const Deck& deck) { return deck.prompts.empty(); });
  }
  return drawn;
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
                const std::vector<Wording>& train, Writers& writers, RowCounts& counts) {
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
    writers.pretrain.write({{"text", fill(plain, pair)}});
    ++counts.pretrain_rows;
  }
  for (const bool seen : {true, false}) {
    for (const Wording& wording : seen ? train : all_wordings(templates.heldout)) {
      Json row = {{"prompt", fill(*wording.prompt, pair)},
                  {"completion", fill(*wording.completion, pair)},
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
  if (options.max_translation_chars <= 0 || options.max_pairs < 0 || options.wordings < 0) {
    fail(ErrorCode::kInvalidArgument,
         "max_translation_chars must be positive, max_pairs and wordings not negative");
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
      const std::vector<Question>& train = templates[i].train;
      const Random random(options.seed, static_cast<uint64_t>(counts.pairs));
      write_pair(pair, directions[i], templates[i],
                 options.wordings > 0 ? draw_wordings(train, options.wordings, random)
                                      : all_wordings(train),
                 writers, counts);
    }
  }
  writers.commit();
  return counts;
}

}  // namespace fundi::data
