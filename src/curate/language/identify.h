#pragma once

#include <string>
#include <string_view>

#include "curate/language/fasttext.h"

namespace fundi::curate {

struct Identified {
  std::string language;   // as tag.h has it: "sw", "zh-Hant", "sr-Latn"; empty: not known
  std::string script;     // ISO 15924, of most letters or of the language: "Latn", "Jpan"; or empty
  double score = 0;       // 0 to 1
  bool reliable = false;  // enough text, and clearly more likely than the next
};

// The language of a text (well-formed UTF-8) by CLD2 with its large tables. Looks at a sample of
// 768 bytes from all over a longer text, and at capitals as small letters. The score is the share
// of the text that is in this language, less where it hardly looks like it, times the certainty
// that so many letters give: half for 14, 0.65 for 21, 0.9 for 46, where the script does not settle
// it. The same for the same text, in any thread.
Identified identify(std::string_view text);

// By a fastText model, from the same sample: the score is the model's probability.
Identified identify(std::string_view text, const FastTextModel& model);

// Whether CLD2, or the model, can answer with this language (as tag.h has it).
bool is_identified(std::string_view language, const FastTextModel* model);

}  // namespace fundi::curate
