#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/files.h"
#include "curate/judge.h"
#include "curate/subject.h"

namespace fundi::curate {

// A step that needs to see only one document at a time: it edits it, adds to its meta, or turns it
// away. The same document gives the same result, wherever and whenever. Called from many threads.
class DocumentStep {
 public:
  virtual ~DocumentStep() = default;
  // Names of the rules it judges by, in the order in which it asks; stable: they are in rejects/.
  virtual std::span<const std::string_view> rules() const { return {}; }
  virtual void apply(Subject& subject, Judge& judge) const = 0;
};

// What comes of a document that a step has been applied to: what its rules said, or the rule
// "empty" where it was left without text. Nothing: it goes on.
std::optional<Rejection> verdict(const Judge& judge, const Subject& subject);

// What a step may know besides its own settings when it is made.
struct StepContext {
  fs::path base;                       // relative paths in settings start here
  std::vector<fs::path> inputs;        // files it reads: it adds them; their contents enter its key
  std::vector<std::string> sources{};  // names of the recipe's; none where they are not known
  // The path of a setting, made absolute and added to `inputs`. Throws as Config::get, kNotFound.
  fs::path input(const Config& config, std::string_view key);
};

// A kind of step: one file in steps/, one line in steps/all.cc.
struct DocumentStepKind {
  std::string name;         // "gopher_quality"
  std::string description;  // one line
  int version = 1;          // raise it when the same settings do something else
  bool searches = false;    // what it looks for is seldom there: removing nothing is no surprise
  // Reads every setting and calls Config::finish. Throws kInvalidArgument, kNotFound.
  std::function<std::unique_ptr<DocumentStep>(const Config&, StepContext&)> make;
};

std::span<const DocumentStepKind> document_step_kinds();

}  // namespace fundi::curate
