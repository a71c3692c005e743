#include "text/metaspace.h"

#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"

namespace fundi::text {
namespace {

class MetaspacePreTokenizer : public PreTokenizerStep {
 public:
  explicit MetaspacePreTokenizer(const JsonReader& json) : meta_(json) {}

  void split(const TextPiece& piece, Sink sink) const override {
    std::string text;
    text.reserve(piece.text.size() + piece.text.size() / 2 + 4);
    const bool prefixed = piece.text.starts_with(' ') || piece.text.starts_with(meta_.replacement);
    if (!prefixed && (meta_.prepend == Metaspace::Prepend::kAlways ||
                      (meta_.prepend == Metaspace::Prepend::kFirst && piece.at_origin))) {
      text = meta_.replacement;
    }
    for (const char c : piece.text) {
      if (c == ' ') {
        text += meta_.replacement;
      } else {
        text.push_back(c);
      }
    }
    const TextPiece whole{text, piece.at_origin};
    if (!meta_.split) return sink(whole);
    DelimiterSplitter splitter(whole, SplitBehavior::kMergedWithNext, false, sink);
    for (size_t at = text.find(meta_.replacement); at != std::string::npos;
         at = text.find(meta_.replacement, at + meta_.replacement.size())) {
      splitter.delimiter(at, at + meta_.replacement.size());
    }
    splitter.finish();
  }

 private:
  Metaspace meta_;
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_metaspace_pre_tokenizer(const JsonReader& json) {
  return std::make_unique<MetaspacePreTokenizer>(json);
}

}  // namespace fundi::text
