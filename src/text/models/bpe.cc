#include <algorithm>

#include "base/error.h"
#include "text/byte_alphabet.h"
#include "text/models/byte_bpe.h"
#include "text/models/char_bpe.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

constexpr size_t kMaxMerges = 1 << 26;  // a file needs 8 bytes a merge, so this is never met first

// Two strings, or one with a space between them.
std::pair<std::string_view, std::string_view> merge_parts(const JsonReader& merge) {
  if (merge.is_string()) {
    const std::string_view text = merge.string();
    const size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos) {
      merge.corrupt("must be two tokens with one space between them");
    }
    return {text.substr(0, space), text.substr(space + 1)};
  }
  if (merge.size() != 2) merge.corrupt("must be a list of two tokens");
  return {merge.item(0).string(), merge.item(1).string()};
}

// Reads "merges" into a table, and into the pairs of characters that they join.
class MergeParser {
 public:
  MergeParser(const Vocabulary& vocabulary, const CharBpe::Options& options)
      : vocabulary_(vocabulary), options_(options) {}

  MergeTable merges;
  CharPairs pairs;

  void parse(const JsonReader& json) {
    const size_t count = json.size();
    if (count > kMaxMerges) json.corrupt(fmt::format("{} merges; at most {}", count, kMaxMerges));
    merges.reserve(count);
    int32_t rank = 0;
    json.each([&](const JsonReader& merge) { add(merge, rank++); });
  }

 private:
  int32_t id_of(std::string_view token, const JsonReader& merge) const {
    const int32_t id = vocabulary_.find(token);
    if (id == TokenTable::kNone) {
      merge.corrupt(fmt::format("token '{}' is not in the vocabulary", token.substr(0, 80)));
    }
    return id;
  }

  void add(const JsonReader& merge, int32_t rank) {
    const auto [left, right] = merge_parts(merge);
    const size_t prefix = options_.continuing_prefix.size();
    // Non-empty parts make every result longer than both, so merging always ends.
    if (left.empty() || right.size() <= prefix) merge.corrupt("a part is empty");
    const int32_t left_id = id_of(left, merge), right_id = id_of(right, merge);
    joined_.assign(left).append(right.substr(prefix));
    merges.set(left_id, right_id, {rank, id_of(joined_, merge)});
    // Tokens that stand for other text than their own may be merged anywhere.
    if (is_stand_in(left, left_id) || is_stand_in(right, right_id)) {
      pairs.add_all();
    } else {
      pairs.add(last_character(left), code_point_at(right, 0).value);
    }
  }

  bool is_stand_in(std::string_view token, int32_t id) const {
    return id == options_.unknown || (!options_.byte_ids.empty() && byte_of_token(token) >= 0);
  }

  const Vocabulary& vocabulary_;
  const CharBpe::Options& options_;
  std::string joined_;
};

CharBpe::Options parse_options(const JsonReader& json, const Vocabulary& vocabulary) {
  CharBpe::Options options;
  options.continuing_prefix = json.string("continuing_subword_prefix", "");
  options.end_suffix = json.string("end_of_word_suffix", "");
  options.ignore_merges = json.boolean("ignore_merges", false);
  options.fuse_unknown = json.boolean("fuse_unk", false);
  if (json.has("unk_token")) options.unknown = vocabulary.find(json.child("unk_token").string());
  if (json.boolean("byte_fallback", false)) options.byte_ids = byte_tokens(vocabulary);
  if (json.has("dropout") && json.child("dropout").number() != 0) {
    json.child("dropout").unsupported("only null or 0 is supported");
  }
  return options;
}

ByteBpe::ByteIds byte_ids(const Vocabulary& vocabulary) {
  ByteBpe::ByteIds ids;
  for (int b = 0; b < 256; ++b) {
    const char byte = static_cast<char>(b);
    ids[static_cast<size_t>(b)] = vocabulary.find(spell_bytes({&byte, 1}));
  }
  return ids;
}

WholeWords unspelled_words(const Vocabulary& vocabulary) {
  WholeWords words;
  for (int32_t id = 0; id < vocabulary.spelled.size(); ++id) {
    if (!vocabulary.spelled.has(id)) continue;
    if (const auto bytes = unspell_bytes(vocabulary.spelled.at(id)); bytes && !bytes->empty()) {
      words.words.set(id, *bytes);
      words.index.insert(words.words, id);
    }
  }
  return words;
}

}  // namespace

std::unique_ptr<WordModel> parse_bpe(const JsonReader& json, bool byte_level,
                                     Vocabulary& vocabulary) {
  add_to_vocabulary(vocabulary, json.child("vocab"));
  CharBpe::Options options = parse_options(json, vocabulary);
  MergeParser parser(vocabulary, options);
  parser.parse(json.child("merges"));

  const ByteBpe::ByteIds bytes = byte_ids(vocabulary);
  const bool complete = std::find(bytes.begin(), bytes.end(), TokenTable::kNone) == bytes.end();
  const bool needs_unknown = byte_level ? !complete : options.byte_ids.empty();
  if (needs_unknown && json.has("unk_token") && options.unknown == TokenTable::kNone) {
    json.child("unk_token").corrupt("is not in the vocabulary");
  }
  const bool plain = options.continuing_prefix.empty() && options.end_suffix.empty() &&
                     (options.byte_ids.empty() || complete);
  if (!byte_level || !plain) {
    return std::make_unique<CharBpe>(std::move(options), vocabulary, std::move(parser.merges),
                                     std::move(parser.pairs));
  }
  auto model = std::make_unique<ByteBpe>(bytes, std::move(parser.merges));
  if (options.ignore_merges) model->match_whole_words(unspelled_words(vocabulary));
  model->set_unknown(options.unknown, options.fuse_unknown);
  return model;
}

}  // namespace fundi::text
