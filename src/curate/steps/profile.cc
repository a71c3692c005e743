// What a language looks like, learnt from good texts (`fundi curate profile`).
//   path: sw.profile.json
//   use: [thresholds, letters, stop_words, perplexity]   the default; what it judges by
//   max_perplexity: 7.5   a character; default: as learnt
// Files that its thresholds name (words: {words_file: ...}) are looked for beside it.
// Leaves meta.perplexity, whatever it judges by.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "curate/models/char_model.h"
#include "curate/models/known_words.h"
#include "curate/models/profile.h"
#include "curate/steps/all.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

const std::vector<std::string> kUses = {"thresholds", "letters", "stop_words", "perplexity"};

class ProfileStep : public DocumentStep {
 public:
  ProfileStep(const Config& config, StepContext& context) {
    const fs::path path = context.input(config, "path");
    const Profile profile = Profile::from_json(read_json(path), path.string());
    const auto use = config.get<std::vector<std::string>>("use", kUses);
    for (const std::string& wanted : use) check_use(config, wanted);
    const auto uses = [&](std::string_view what) {
      return std::find(use.begin(), use.end(), what) != use.end();
    };
    max_perplexity_ = bounded(config, "max_perplexity", profile.perplexity.max, {.least = 1});
    config.finish();
    if (uses("thresholds")) add_parts(profile, path, context);
    // A rule that is not used has no limit.
    if (uses("letters")) min_letters_ = profile.min_letters;
    if (uses("stop_words") && !profile.stop_words.empty()) {
      min_stop_words_ = profile.min_stop_words;
    }
    judges_perplexity_ = uses("perplexity");
    first_own_ = names_.size();
    for (const char* const own : {"letters", "stop_words", "perplexity"}) names_.emplace_back(own);
    rules_.assign(names_.begin(), names_.end());
    known_ = std::make_unique<KnownWords>(profile.stop_words, profile.letters);
    model_ = std::make_unique<CharModel>(profile.counts);
  }

  std::span<const std::string_view> rules() const override { return rules_; }

  void apply(Subject& subject, Judge& judge) const override {
    const CharModel::Score score = model_->score(subject.text());
    if (score.characters > 0) {
      subject.meta()["perplexity"] = std::round(score.perplexity() * 1e3) / 1e3;
    }
    for (const Part& part : parts_) {
      judge.count_rules_from(part.first);
      part.step->apply(subject, judge);
      if (judge.settled()) return;
    }
    judge.count_rules_from(first_own_);
    if (min_letters_ > 0 &&
        !judge.at_least(0, known_->letter_share(subject.text()), min_letters_)) {
      return;
    }
    if (min_stop_words_ > 0 &&
        !judge.at_least(1, known_->stop_word_share(subject.text(), subject.words()),
                        min_stop_words_)) {
      return;
    }
    if (judges_perplexity_) judge.at_most(2, score.perplexity(), max_perplexity_);
  }

 private:
  struct Part {
    std::unique_ptr<DocumentStep> step;
    size_t first;  // of its rules among ours
  };

  static void check_use(const Config& config, const std::string& wanted) {
    if (std::find(kUses.begin(), kUses.end(), wanted) != kUses.end()) return;
    const auto near = closest(wanted, kUses);
    fail(ErrorCode::kInvalidArgument, "{}: no '{}'{} (there are: {})", config.where("use"), wanted,
         near ? fmt::format("; did you mean '{}'?", *near) : "", fmt::join(kUses, ", "));
  }

  // What is learnt with a margin may lie below all that can be, which asks for nothing.
  static Json with_limits_from_zero(Json settings) {
    for (auto& [key, value] : settings.items()) {
      if (key.starts_with("min_") && value.is_number() && value.get<double>() < 0) value = 0;
    }
    return settings;
  }

  void add_parts(const Profile& profile, const fs::path& path, StepContext& context) {
    const std::string origin = path.string();
    StepContext own{.base = path.parent_path(), .inputs = {}};
    for (const auto& [name, settings] : profile.thresholds.items()) {
      const auto kinds = document_step_kinds();
      const auto kind =
          std::ranges::find_if(kinds, [&wanted = name](const auto& k) { return k.name == wanted; });
      if (kind == kinds.end() || name == "profile" || !settings.is_object()) {
        fail(ErrorCode::kCorruptData, "{}: thresholds.{}: no step with settings", origin, name);
      }
      std::unique_ptr<DocumentStep> step =
          kind->make(Config(with_limits_from_zero(settings), origin, "thresholds." + name), own);
      parts_.push_back({std::move(step), names_.size()});
      for (const std::string_view rule : parts_.back().step->rules()) {
        names_.push_back(fmt::format("{}.{}", name, rule));
      }
    }
    context.inputs.insert(context.inputs.end(), own.inputs.begin(), own.inputs.end());
  }

  std::vector<Part> parts_;
  std::vector<std::string> names_;
  std::vector<std::string_view> rules_;
  size_t first_own_ = 0;
  double min_letters_ = 0, min_stop_words_ = 0, max_perplexity_ = 0;
  bool judges_perplexity_ = true;
  std::unique_ptr<KnownWords> known_;
  std::unique_ptr<CharModel> model_;
};

}  // namespace

DocumentStepKind profile_step() {
  return {
      .name = "profile",
      .description = "texts that look as a language does, by what `fundi curate profile` learnt",
      .make = [](const Config& config, StepContext& context) -> std::unique_ptr<DocumentStep> {
        return std::make_unique<ProfileStep>(config, context);
      }};
}

}  // namespace fundi::curate
