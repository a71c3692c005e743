#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "curate/redact/all.h"
#include "curate/redact/redactor.h"
#include "curate/steps/all.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

bool is_named(const RedactKind& kind, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name == kind.name || (!kind.group.empty() && name == kind.group);
  });
}

void check_names(const Config& config, std::string_view key,
                 const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const RedactKind* kind : redact_kinds()) {
    known.emplace_back(kind->name);
    if (!kind->group.empty()) known.emplace_back(kind->group);
  }
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto near = closest(name, known);
    fail(ErrorCode::kInvalidArgument, "{}: '{}' is no kind of personal data{}", config.where(key),
         name, near ? fmt::format("; did you mean '{}'?", *near) : "");
  }
}

void read_tags(const Config& tags, RedactOptions& options) {
  for (const auto& [name, tag] : tags.json().items()) check_names(tags, name, {name});
  for (const RedactKind* kind : redact_kinds()) {
    for (const std::string& name : {std::string(kind->name), std::string(kind->group)}) {
      if (tags.has(name)) options.tags.emplace(kind->name, tags.get<std::string>(name));
    }
  }
}

// Settings:
//   kinds: [email, ip, national_id]   by name or group; all by default
//   except: [ke_id]
//   tags: {email: "<MAIL>"}           by name or group; a kind's own comes before its group's
//   pseudonym_key_file: secret.key    equal values get equal tags, "<EMAIL_9f86d08188>"
class Redact : public DocumentStep {
 public:
  Redact(const Config& config, StepContext& context) {
    const auto wanted = config.find<std::vector<std::string>>("kinds");
    const auto except = config.get<std::vector<std::string>>("except", {});
    if (wanted) check_names(config, "kinds", *wanted);
    check_names(config, "except", except);
    RedactOptions options;
    for (const RedactKind* kind : redact_kinds()) {
      if (wanted && !is_named(*kind, *wanted)) continue;
      if (!is_named(*kind, except)) options.kinds.push_back(kind);
    }
    if (options.kinds.empty()) {
      fail(ErrorCode::kInvalidArgument, "{}: nothing is left to look for", config.where("kinds"));
    }
    read_tags(config.child("tags"), options);
    if (config.has("pseudonym_key_file")) {
      const fs::path path = context.input(config, "pseudonym_key_file");
      const std::string content = read_file(path);
      options.pseudonym_key = trim(content);
      if (options.pseudonym_key.size() < 16) {
        fail(ErrorCode::kInvalidArgument, "{}: {}: a key needs at least 16 bytes",
             config.where("pseudonym_key_file"), path.string());
      }
    } else {
      (void)config.find<std::string>("pseudonym_key_file");
    }
    config.finish();
    for (const RedactKind* kind : options.kinds) names_.push_back(kind->name);
    redactor_ = std::make_unique<Redactor>(std::move(options));
  }

  void apply(Subject& subject, Judge& judge) const override {
    std::vector<int64_t> counts(names_.size());
    subject.edit([&](std::string_view text) { return redactor_->redact(text, counts); });
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0) judge.count(names_[i], counts[i]);
    }
  }

 private:
  std::vector<std::string_view> names_;
  std::unique_ptr<Redactor> redactor_;
};

}  // namespace

DocumentStepKind redact_step() {
  return {.name = "redact",
          .description =
              "Replaces e-mail and IP addresses, phone, card, account and identity numbers "
              "and secrets by tags",
          .version = 2,
          .make = [](const Config& config, StepContext& context) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<Redact>(config, context);
          }};
}

}  // namespace fundi::curate
