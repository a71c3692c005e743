#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "curate/step.h"
#include "tests/error_testing.h"

namespace fundi::curate {

inline const DocumentStepKind& step_kind(std::string_view name) {
  for (const DocumentStepKind& kind : document_step_kinds()) {
    if (kind.name == name) return kind;
  }
  ADD_FAILURE() << name << " is not in steps/all.cc";
  return document_step_kinds().front();
}

// A step made of YAML: step("length", "min_words: 3").
inline std::unique_ptr<DocumentStep> step(std::string_view name, const std::string& yaml = "",
                                          const fs::path& base = ".") {
  StepContext context{base, {}};
  return step_kind(name).make(Config::parse_yaml(yaml.empty() ? "{}" : yaml, "recipe.yaml"),
                              context);
}

struct Outcome {
  std::string rule;  // empty: kept
  std::string value, text;
  std::map<std::string, int64_t, std::less<>> counts;
};

inline Outcome run(const DocumentStep& step, Document document) {
  Subject subject(std::move(document));
  StepFigures figures;
  Judge judge(step.rules(), figures);
  step.apply(subject, judge);
  Outcome out;
  if (judge.rejection()) {
    out.rule = judge.rejection()->rule;
    out.value = judge.rejection()->value;
  }
  out.text = subject.text();
  out.counts = figures.counts;
  return out;
}

inline Outcome run(const DocumentStep& step, std::string text, std::string language = "en") {
  Document document;
  document.text = std::move(text);
  document.language = std::move(language);
  return run(step, std::move(document));
}

inline std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace fundi::curate
