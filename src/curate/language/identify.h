#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "curate/language/fasttext.h"
#include "curate/language/sample.h"

namespace fundi::curate {

struct Identified {
  std::string language;   // as tag.h has it: "sw", "zh-Hant", "sr-Latn"; empty: not known
  std::string script;     // ISO 15924, of most letters or of the language: "Latn", "Jpan"; or empty
  double score = 0;       // 0 to 1
  bool reliable = false;  // enough text, and clearly more likely than the next
};

// Tells languages: by CLD2 with its large tables, or by a fastText model. Looks at a sample of 512
// bytes from all over a longer text, and at capitals as small letters. Any number of threads.
class Identifier {
 public:
  Identifier();                                // CLD2
  explicit Identifier(const fs::path& model);  // throws as FastTextModel

  // The language of a text (well-formed UTF-8). The score by CLD2 is the share of the text that is
  // in this language, less where it hardly looks like it, times the certainty that so many letters
  // give: half for 14, 0.65 for 21, 0.9 for 46, where the script does not settle it. By fastText it
  // is the model's probability.
  Identified identify(std::string_view text) const;

  // Whether this language (as tag.h has it) can be an answer, in whatever script.
  bool knows(std::string_view language) const;

 private:
  struct Language {
    std::string tag, script;  // empty where the code names none
  };
  static Language language_of(std::string_view code);
  static void name(const Language& language, const Sample& sample, Identified& out);
  Identified identify(std::string_view text, size_t bytes) const;
  void ask_cld2(const Sample& sample, Identified& out) const;
  void ask_model(const Sample& sample, Identified& out) const;

  std::unique_ptr<FastTextModel> model_;  // null: CLD2
  std::vector<Language> languages_;       // by the number that CLD2 or the model gives them
};

}  // namespace fundi::curate
