// Any text through every filter of curation: what comes out is well-formed, and
// normalising it again changes nothing.
// modules: curate

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "curate/step.h"
#include "text/utf8.h"

namespace {

using fundi::Config;
using fundi::curate::Document;
using fundi::curate::DocumentStep;
using fundi::curate::DocumentStepKind;

struct Made {
  std::string name;
  std::unique_ptr<DocumentStep> step;
};

const std::vector<Made>& steps() {
  static const std::vector<Made> all = [] {
    std::vector<Made> made;
    for (const auto& [name, settings] : std::vector<std::pair<std::string, std::string>>{
             {"c4", "{}"},
             {"c4", "split_paragraph: false\nmin_num_sentences: -1"},
             {"fineweb", "{}"},
             {"gopher_quality", "min_doc_words: 0"},
             {"gopher_repetition", "{}"},
             {"length", "min_words: 1\nmax_characters: 100"},
             {"line_filter", "duplicates: true\nmin_line_characters: 2"},
             {"mc4", "{}"},
             {"normalise", "plain_quotes: true"},
             {"redact", "{}"},
             {"regex", "pattern: '\\d+|é'\naction: replace"},
             {"symbols", "max_emoji: 0.1"},
             {"words", "words: [a b, mbaya]"}}) {
      for (const DocumentStepKind& kind : fundi::curate::document_step_kinds()) {
        if (kind.name != name) continue;
        fundi::curate::StepContext context;
        made.push_back({name, kind.make(Config::parse_yaml(settings, "fuzz"), context)});
      }
    }
    return made;
  }();
  return all;
}

std::string text_after(const DocumentStep& step, const std::string& text) {
  Document document;
  document.text = text;
  document.language = "sw";
  document.meta["url"] = text;
  fundi::curate::Subject subject(std::move(document));
  fundi::curate::StepFigures figures;
  std::vector<fundi::curate::Judge::Answer> story;
  fundi::curate::Judge judge(step.rules(), figures, &story);
  step.apply(subject, judge);
  return std::string(subject.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = fundi::text::replace_invalid_utf8(
      std::string_view(reinterpret_cast<const char*>(data), size));
  for (const Made& made : steps()) {
    const std::string out = text_after(*made.step, text);
    if (fundi::find_invalid_utf8(out) != std::string_view::npos) std::abort();
    if (made.name == "normalise" && text_after(*made.step, out) != out) std::abort();
  }
  return 0;
}
