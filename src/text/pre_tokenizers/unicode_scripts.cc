#include <unicode/uscript.h>

#include "text/pre_tokenizers/all.h"
#include "text/unicode_data.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

constexpr UScriptCode kAny = USCRIPT_UNKNOWN;  // goes with whatever stands around it

// The script as SentencePiece's trainer sees it, by Unicode 9: Japanese is one script, a space belongs
// to any.
UScriptCode script_of(char32_t c) {
  if (c == ' ' || general_category_as_of(9, c) == U_UNASSIGNED) return kAny;
  if (c == 0x30FC) return USCRIPT_HAN;
  if (c == 0x589 || c == 0x61C) return USCRIPT_COMMON;
  if (c == 0x953 || c == 0x954) return USCRIPT_DEVANAGARI;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
  return script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA ? USCRIPT_HAN : script;
}

class UnicodeScripts : public PreTokenizerStep {
 public:
  void split(const TextPiece& piece, Sink sink) const override {
    // Characters of any script before the first other one are lost, as in Hugging Face tokenizers.
    size_t begin = std::string_view::npos;
    UScriptCode last = kAny;
    for (size_t pos = 0; pos < piece.text.size();) {
      const CodePoint c = code_point_at(piece.text, pos);
      const UScriptCode script = script_of(c.value);
      if (script != kAny) {
        if (begin == std::string_view::npos) {
          begin = pos;
        } else if (script != last) {
          sink({piece.text.substr(begin, pos - begin), piece.at_origin && begin == 0});
          begin = pos;
        }
        last = script;
      }
      pos += c.length;
    }
    if (begin != std::string_view::npos) {
      sink({piece.text.substr(begin), piece.at_origin && begin == 0});
    }
  }
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_unicode_scripts(const JsonReader&) {
  return std::make_unique<UnicodeScripts>();
}

}  // namespace fundi::text
