#include "curate/flow/explain.h"

#include <algorithm>

#include "base/error.h"
#include "curate/flow/batch_input.h"
#include "curate/flow/deal.h"
#include "curate/flow/document_ids.h"
#include "curate/flow/extractor.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {
namespace {

bool may_hold(const CurateRecipe& recipe, const Shard& shard, const std::string& id) {
  const Source& source = recipe.sources[shard.source];
  return std::any_of(shard.parts.begin(), shard.parts.end(), [&](const Shard::Part& part) {
    return id.starts_with(fmt::format("{}/{}", source.name, source.files[part.file].name));
  });
}

std::string first_id(const CurateRecipe& recipe) {
  if (recipe.sources[0].is_piped()) return recipe.sources[0].name + "/...";
  std::optional<Batch> batch = BatchInput(recipe, 0).next();
  return batch ? batch->raw.front().document.id : recipe.sources[0].name + "/...";
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
       any ? ": its file has no such record (of a file that several tasks read, ids have the byte "
             "where a record begins, as in ':@4711')"
           : fmt::format("; the first is '{}'", first_id(recipe)));
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
    const std::optional<Rejection> rejection = verdict(judge, subject_);
    Json entry = {{"step", step.name}, {"passed", !rejection}};
    if (rejection) {
      entry["rule"] = rejection->rule;
      entry["value"] = rejection->value;
      entry["limit"] = rejection->limit;
    }
    entry["answers"] = answers_json(step.rules(), answers);
    for (const auto& [what, n] : figures.counts) entry["counts"][what] = n;
    if (subject_.text() != before) entry["text"] = subject_.text();
    json_["steps"].push_back(std::move(entry));
    return !rejection;
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
  for (const Source& source : plan.recipe().sources) {
    if (!source.is_piped() || !id.starts_with(source.name + "/")) continue;
    fail(ErrorCode::kInvalidArgument, "{}: standard input cannot be read again", id);
  }
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
    const Step& step = plan.recipe().steps[i];
    if (step.group && !plan.is_done(plan.find(step.name), shard_of(story.document().ordinal))) {
      json["end"] = "unknown";
      json["reason"] = step.name + " has not run on the recipe and its sources as they are now";
      return json;
    }
    if (story.pass(i)) continue;
    json["end"] = "rejected";
    json["reason"] = fmt::format("{}: {}", plan.recipe().steps[i].name,
                                 json["steps"].back().at("rule").get<std::string>());
    return json;
  }
  json["language"] = story.document().language;
  const size_t mix = plan.find("mix");
  if (!plan.is_done(mix, 0)) {
    json["end"] = "unknown";
    json["reason"] = "the recipe and its sources as they are now have not run as far as the mix";
    return json;
  }
  const Json shares = read_done(plan.folder(mix, 0));
  const double rate =
      shares.at(plan.recipe().shards[shard_of(story.document().ordinal)].source).at("rate");
  const auto [copies, held_out] = deal_document(plan.recipe(), story.document().ordinal, rate,
                                                [&] { return story.document(); });
  json["copies"] = copies;
  json["end"] = copies > 0 ? "written" : "not_drawn";
  json["reason"] = copies == 0 ? "the mix takes only a part of its source"
                   : held_out  ? "validation"
                               : "train";
  return json;
}

}  // namespace fundi::curate
