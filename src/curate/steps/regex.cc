#include "text/regex/regex.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "curate/steps/all.h"
#include "curate/steps/settings.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

enum class Action { kDrop, kKeep, kReplace };
constexpr std::string_view kRules[] = {"matches"};

// Settings: `pattern` (Oniguruma's syntax, as in tokenizer.json; (?i) for any case), `action`
// (drop: a document with a match goes; keep: one without; replace: matches become `replacement`, as
// it stands). A document on which the expression takes too long stays as it is and is counted.
class RegexStep : public DocumentStep {
 public:
  explicit RegexStep(const Config& config) : regex_(compile(config)) {
    const std::string action = config.choice("action", {"drop", "keep", "replace"}, "drop");
    action_ = action == "drop"   ? Action::kDrop
              : action == "keep" ? Action::kKeep
                                 : Action::kReplace;
    replacement_ = config.get<std::string>("replacement", "");
    if (config.has("replacement") && action_ != Action::kReplace) {
      fail(ErrorCode::kInvalidArgument, "{}: is for action: replace", config.where("replacement"));
    }
    config.finish();
  }

  std::span<const std::string_view> rules() const override {
    if (action_ == Action::kReplace) return {};
    return kRules;
  }

  void apply(Subject& subject, Judge& judge) const override {
    try {
      if (action_ == Action::kReplace) {
        int64_t replaced = 0;
        subject.edit([&](std::string_view text) { return replace(text, replaced); });
        if (replaced > 0) judge.count("replaced", replaced);
        return;
      }
      const auto match = regex_.find(subject.text(), 0);
      const std::string_view found = match ? excerpt(subject.text(), *match) : "no match";
      judge.forbid(0, match.has_value() == (action_ == Action::kDrop), found);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kInvalidArgument) throw;
      judge.count("took_too_long");
    }
  }

 private:
  static text::Regex compile(const Config& config) {
    try {
      return text::Regex(config.get<std::string>("pattern"));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInvalidArgument) throw;
      fail(ErrorCode::kInvalidArgument, "{}: {}", config.where("pattern"), error.what());
    }
  }

  static std::string_view excerpt(std::string_view text, text::Regex::Match match) {
    constexpr size_t kMost = 80;
    const std::string_view found =
        text.substr(match.begin, std::min(match.end - match.begin, kMost));
    return found.substr(0, found.size() - text::unfinished_utf8_suffix(found));
  }

  std::string replace(std::string_view text, int64_t& replaced) const {
    std::string out;
    size_t copied = 0;
    for (size_t from = 0; from <= text.size();) {
      const auto match = regex_.find(text, from);
      if (!match) break;
      if (match->begin == match->end) {  // nothing stands there that could be replaced
        if (match->end == text.size()) break;
        from = match->end + text::code_point_at(text, match->end).length;
        continue;
      }
      const size_t begin = std::max(match->begin, copied);  // \K in a look-behind moves it back
      out += text.substr(copied, begin - copied);
      out += replacement_;
      copied = from = match->end;
      ++replaced;
    }
    out += text.substr(copied);
    return out;
  }

  text::Regex regex_;
  Action action_;
  std::string replacement_;
};

}  // namespace

DocumentStepKind regex_step() {
  return {.name = "regex",
          .description = "Turns documents away, or replaces parts of them, by a regular expression",
          .version = 2,
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<RegexStep>(config);
          }};
}

}  // namespace fundi::curate
