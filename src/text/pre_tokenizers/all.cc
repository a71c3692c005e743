#include "text/pre_tokenizers/all.h"

#include <string_view>

#include "base/error.h"

namespace fundi::text {
namespace {

struct Kind {
  std::string_view type;
  PreTokenizerMaker* make;
};

const Kind kKinds[] = {
    {"ByteLevel", make_byte_level_pre_tokenizer},
    {"Split", make_split},
    {"Digits", make_digits},
    {"Metaspace", make_metaspace_pre_tokenizer},
    {"Whitespace", make_whitespace},
    {"WhitespaceSplit", make_whitespace_split},
    {"BertPreTokenizer", make_bert_pre_tokenizer},
    {"Punctuation", make_punctuation},
    {"CharDelimiterSplit", make_char_delimiter_split},
    {"UnicodeScripts", make_unicode_scripts},
    {"FixedLength", make_fixed_length},
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_pre_tokenizer_step(const JsonReader& json) {
  const std::string_view type = json.child("type").string();
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.make(json);
  }
  json.unsupported(fmt::format("pre-tokenizer '{}' is unknown", type));
}

}  // namespace fundi::text
