#include "curate/flow/explain.h"

#include <algorithm>

#include "base/error.h"
#include "curate/flow/batch_input.h"
#include "curate/flow/deal.h"
#include "curate/flow/document_ids.h"
#include "curate/flow/extractor.h"

namespace fundi::curate {
namespace {

bool may_hold(const CurateRecipe& recipe, const Shard& shard, const std::string& id) {
  const Source& source = recipe.sources[shard.source];
  return std::any_of(shard.parts.begin(), shard.parts.end(), [&](const Shard::Part& part) {
    return id.starts_with(fmt::format("{}/{}", source.name, source.files[part.file].name));
  });
}

RawDocument find_document(const CurateRecipe& recipe, const std::string& id) {
  bool any = false;
  for (size_t i = 0; i < recipe.shards.size(); ++i) {
    if (!may_hold(recipe, recipe.shards[i], id)) continue;
    any = true;
    BatchInput input(recipe, i);
    while (std::optional<Batch> batch = input.next()) {
      for (RawDocument& raw : batch->raw) {
        if (raw.document.id == id) return std::move(raw);
      }
    }
  }
  fail(ErrorCode::kNotFound, "no document '{}' in the sources of {}{}", id, recipe.origin,
       any ? ": its file has no such record"
           : fmt::format("; ids look like '{}/{}:1'", recipe.sources[0].name,
                         recipe.sources[0].files[0].name));
}

Json answers_json(std::span<const std::string_view> rules,
                  const std::vector<Judge::Answer>& answers) {
  Json json = Json::array();
  for (const Judge::Answer& answer : answers) {
    json.push_back({{"rule", rules[answer.rule]},
                    {"value", answer.value},
                    {"limit", answer.limit},
                    {"passed", answer.passed}});
  }
  return json;
}

class Story {
 public:
  Story(const Plan& plan, Subject subject, Json& json)
      : plan_(plan), subject_(std::move(subject)), json_(json) {}

  // False once a step turned the document away.
  bool pass(size_t number) {
    const Step& step = plan_.recipe().steps[number];
    StepFigures figures;
    std::vector<Judge::Answer> answers;
    Judge judge(step.rules(), figures, &answers);
    const std::string before(subject_.text());
    if (step.document) {
      step.document->apply(subject_, judge);
    } else {
      apply_findings(step, judge);
    }
    Json entry = {{"step", step.name}, {"passed", !judge.rejection()}};
    if (judge.rejection()) {
      entry["rule"] = judge.rejection()->rule;
      entry["value"] = judge.rejection()->value;
      entry["limit"] = judge.rejection()->limit;
    }
    entry["answers"] = answers_json(step.rules(), answers);
    for (const auto& [what, n] : figures.counts) entry["counts"][what] = n;
    if (subject_.text() != before) entry["text"] = subject_.text();
    json_["steps"].push_back(std::move(entry));
    return !judge.rejection();
  }

  const Document& document() const { return subject_.document(); }

 private:
  void apply_findings(const Step& step, Judge& judge) {
    const GroupFiles& files = plan_.group(step.name);
    const uint64_t ordinal = document().ordinal;
    std::vector<Finding> findings;
    receive(files.findings, shard_of(ordinal), [&](std::string_view section) {
      for_each_record<Finding>(section, [&](const Finding& finding) {
        if (finding.ordinal == ordinal) findings.push_back(finding);
      });
    });
    std::sort(findings.begin(), findings.end());
    if (findings.empty()) return;
    const DocumentIds ids(files.pass);
    step.group->apply(subject_, judge, findings, [&](uint64_t other) { return ids.id_of(other); });
  }

  const Plan& plan_;
  Subject subject_;
  Json& json_;
};

}  // namespace

Json explain(const Plan& plan, const std::string& id) {
  RawDocument raw = find_document(plan.recipe(), id);
  Json json = {{"id", id},
               {"source", raw.document.source},
               {"licence", raw.document.licence},
               {"ordinal", raw.document.ordinal}};
  if (raw.problem.empty()) raw.problem = Extractor(plan.recipe()).extract(raw);
  if (!raw.problem.empty()) {
    json["end"] = "quarantined";
    json["reason"] = raw.problem;
    return json;
  }
  json["text"] = raw.document.text;
  json["steps"] = Json::array();
  Story story(plan, Subject(std::move(raw.document)), json);
  for (size_t i = 0; i < plan.recipe().steps.size(); ++i) {
    if (story.pass(i)) continue;
    json["end"] = "rejected";
    json["reason"] = fmt::format("{}: {}", plan.recipe().steps[i].name,
                                 json["steps"].back().at("rule").get<std::string>());
    return json;
  }
  json["language"] = story.document().language;
  const Json shares = read_done(plan.folder(plan.find("mix"), 0));
  if (!shares.is_array()) {
    json["end"] = "not_drawn";
    json["reason"] = "the recipe has not run as far as the mix";
    return json;
  }
  const double rate =
      shares.at(plan.recipe().shards[shard_of(story.document().ordinal)].source).at("rate");
  const int64_t copies = copies_of(plan.recipe(), story.document().ordinal, rate);
  json["copies"] = copies;
  json["end"] = copies > 0 ? "written" : "not_drawn";
  json["reason"] = copies > 0
                       ? (is_held_out(plan.recipe(), story.document()) ? "validation" : "train")
                       : "the mix takes only a part of its source";
  return json;
}

}  // namespace fundi::curate
