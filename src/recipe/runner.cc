#include "recipe/runner.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/folder_lock.h"
#include "base/hash.h"
#include "recipe/explain.h"
#include "recipe/workspace.h"

namespace fundi::recipe {
namespace {

std::string where_of(const Recipe& recipe, const StageSpec& spec) {
  return fmt::format("{}: {}", recipe.origin, spec.path);
}

bool is_within(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

// Sorted keys, so that the order in which a recipe lists its settings does not matter.
std::string canonical(const Json& json) { return nlohmann::json::parse(dump_json(json)).dump(); }

// The manifest's outputs are where and what it says.
std::string check_outputs(const Manifest& manifest) {
  for (const Manifest::Item& item : manifest.outputs) {
    const std::string stamp = stamp_of(item.path);
    if (stamp.empty()) return fmt::format("its output {} is missing", item.name);
    if (stamp != item.stamp && sha256_path(item.path) != item.digest) {
      return fmt::format("its output {} was changed since", item.name);
    }
  }
  return "";
}

void check_plan_outputs(const StagePlan& plan, const std::string& kind) {
  for (const StageOutput& output : plan.outputs) {
    if (output.name.find('.') != std::string::npos || output.path.is_absolute()) {
      fail(ErrorCode::kInternal, "stage kind '{}': bad output '{}'", kind, output.name);
    }
  }
}

}  // namespace

Runner::Runner(Recipe recipe, std::span<const StageKind> kinds) : recipe_(std::move(recipe)) {
  for (const StageSpec& spec : recipe_.stages) {
    const std::string where =
        fmt::format("{}: {}uses", recipe_.origin, spec.path.substr(0, spec.path.size() - 4));
    const StageKind& kind = find_kind(kinds, spec.uses, where);
    Stage stage = prepare(spec);
    stage.kind = &kind;
    stage.plan = kind.plan(stage.settings);
    check_plan_outputs(stage.plan, kind.name);
    for (const fs::path& input : stage.plan.inputs) {
      const bool inside = is_within(input, recipe_.output / "stages");
      std::error_code error;
      if (!inside && !fs::exists(input, error)) {
        fail(ErrorCode::kNotFound, "{}: {}: no such file or folder", where_of(recipe_, spec),
             input.string());
      }
    }
    stages_.push_back(std::move(stage));
  }
  for (const Recipe::Link& link : recipe_.publish) {
    const std::string where = fmt::format("{}: publish.{}", recipe_.origin, link.name);
    if (references_in(Json(link.target), where).size() != 1) {
      fail(ErrorCode::kInvalidArgument, "{}: must be one reference, ${{STAGE.OUTPUT}}", where);
    }
    stage_of(references_in(Json(link.target), where).front(), where);
  }
}

// The earlier stage that makes `reference`.
const Runner::Stage& Runner::stage_of(const Reference& reference, const std::string& where) const {
  std::vector<std::string> names;
  for (const Stage& stage : stages_) {
    names.push_back(stage.spec->name);
    if (stage.spec->name != reference.stage) continue;
    std::vector<std::string> outputs;
    for (const StageOutput& output : stage.plan.outputs) {
      if (output.name == reference.output) return stage;
      outputs.push_back(output.name);
    }
    const auto near = closest(reference.output, outputs);
    fail(ErrorCode::kInvalidArgument, "{}: stage '{}' has no output '{}'{} (it makes: {})", where,
         reference.stage, reference.output, near ? fmt::format("; did you mean '{}'?", *near) : "",
         fmt::join(outputs, ", "));
  }
  for (const StageSpec& spec : recipe_.stages) {
    if (spec.name == reference.stage) {
      fail(ErrorCode::kInvalidArgument,
           "{}: refers to '{}', which does not come before this stage; move it up", where,
           reference.stage);
    }
  }
  const auto near = closest(reference.stage, names);
  fail(ErrorCode::kInvalidArgument, "{}: there is no stage '{}'{}", where, reference.stage,
       near ? fmt::format("; did you mean '{}'?", *near) : "");
}

Runner::Stage Runner::prepare(const StageSpec& spec) const {
  const std::string where = where_of(recipe_, spec);
  const Json with =
      replace_references(spec.with, where, [&](const Reference& reference) -> std::string {
        const Stage& made_by = stage_of(reference, where);
        for (const StageOutput& output : made_by.plan.outputs) {
          if (output.name == reference.output) return (made_by.folder / output.path).string();
        }
        return "";
      });
  const std::vector<Reference> references = references_in(spec.with, where);
  return Stage{
      &spec,
      nullptr,
      StageSettings{Config(with, recipe_.origin, spec.path), recipe_.folder, !references.empty()},
      {},
      references,
      recipe_.stage_folder(spec.name)};
}

size_t Runner::first_forced(const RunOptions& options) const {
  if (!options.from) return stages_.size();
  std::vector<std::string> names;
  for (size_t i = 0; i < stages_.size(); ++i) {
    names.push_back(stages_[i].spec->name);
    if (names.back() == *options.from) return i;
  }
  const auto near = closest(*options.from, names);
  fail(ErrorCode::kInvalidArgument, "--from: {} has no stage '{}'{} (it has: {})", recipe_.origin,
       *options.from, near ? fmt::format("; did you mean '{}'?", *near) : "",
       fmt::join(names, ", "));
}

std::vector<Manifest::Item> Runner::gather_inputs(const Stage& stage,
                                                  std::span<const Manifest> done,
                                                  DigestCache& digests) const {
  std::vector<Manifest::Item> inputs;
  for (const fs::path& path : stage.plan.inputs) {
    Manifest::Item item;
    item.path = path.string();
    for (const Manifest& manifest : done) {
      for (const Manifest::Item& output : manifest.outputs) {
        if (!is_within(path, output.path)) continue;
        item.from = manifest.stage + "." + output.name;
        item.digest = output.digest;
        item.bytes = output.bytes;
      }
    }
    if (item.from.empty()) {
      item.digest = digests.digest(path);
      item.bytes = bytes_of(path);
    }
    inputs.push_back(std::move(item));
  }
  return inputs;
}

Runner::Status Runner::status(size_t index, std::span<const Manifest> done,
                              DigestCache& digests) const {
  const Stage& stage = stages_[index];
  Status status;
  status.inputs = gather_inputs(stage, done, digests);
  const Json with = replace_references(
      stage.spec->with, where_of(recipe_, *stage.spec), [&](const Reference& reference) {
        for (const Manifest& manifest : done) {
          const Manifest::Item* output = manifest.output(reference.output);
          if (manifest.stage == reference.stage && output) return "sha256:" + output->digest;
        }
        fail(ErrorCode::kInternal, "no manifest of stage '{}'", reference.stage);
      });
  status.material = {{"kind", stage.kind->name}, {"version", stage.kind->version}, {"with", with}};
  status.material["inputs"] = Json::array();
  for (const Manifest::Item& input : status.inputs) {
    status.material["inputs"].push_back(input.digest);
  }
  if (stage.kind->reads_manifests) {
    status.material["manifests"] = Json::object();
    for (const Manifest& manifest : done) {
      status.material["manifests"][manifest.stage] = sha256_hex(dump_json(manifest.to_json()));
    }
  }
  status.key = sha256_hex(canonical(status.material));
  status.manifest = Manifest::load(stage.folder);
  if (!status.manifest) {
    status.reason = interrupted_with(stage.folder, status.key) ? "was interrupted" : "has not run";
  } else if (status.manifest->key != status.key) {
    status.reason = explain_difference(*status.manifest, status.material, status.inputs);
  } else {
    status.reason = check_outputs(*status.manifest);
  }
  return status;
}

std::vector<PlannedStage> Runner::plan(const RunOptions& options) {
  const size_t forced = first_forced(options);
  DigestCache digests(recipe_.output / "digests.json");
  std::vector<PlannedStage> planned;
  std::vector<Manifest> done;
  std::vector<std::string> stale;
  for (size_t i = 0; i < stages_.size(); ++i) {
    const Stage& stage = stages_[i];
    PlannedStage item{stage.spec->name, stage.kind->name, false, ""};
    std::string waits;
    for (const Reference& reference : stage.references) {
      const bool is_stale = std::find(stale.begin(), stale.end(), reference.stage) != stale.end();
      if (waits.empty() && is_stale) waits = reference.stage;
    }
    if (waits.empty() && stage.kind->reads_manifests && !stale.empty()) waits = stale.front();
    if (i >= forced) {
      item.reason = "asked for by --from";
    } else if (!waits.empty()) {
      item.reason = fmt::format("needs '{}', which runs first", waits);
    } else {
      Status now = status(i, done, digests);
      item.reason = now.reason;
      item.cached = now.reason.empty();
      if (item.cached) done.push_back(*std::move(now.manifest));
    }
    if (!item.cached) stale.push_back(item.name);
    planned.push_back(std::move(item));
  }
  return planned;
}

std::vector<StageResult> Runner::run(const RunOptions& options) {
  const size_t forced = first_forced(options);
  const FolderLock lock(recipe_.output, "output");
  DigestCache digests(recipe_.output / "digests.json");
  std::vector<StageResult> results;
  std::vector<Manifest> done;
  for (size_t i = 0; i < stages_.size(); ++i) {
    Status now = status(i, done, digests);
    digests.save();
    if (i >= forced) now.reason = "asked for by --from";
    const bool cached = now.reason.empty();
    const std::string& name = stages_[i].spec->name;
    const std::string& kind = stages_[i].kind->name;
    if (options.on_begin) {
      options.on_begin({name, kind, cached, now.reason}, i, stages_.size());
    }
    done.push_back(cached ? *std::move(now.manifest)
                          : execute(i, std::move(now), i >= forced, done, options));
    results.push_back({name, kind, cached, done.back()});
    if (options.on_end) options.on_end(results.back());
  }
  publish();
  return results;
}

Manifest Runner::execute(size_t index, Status status, bool forced, std::span<const Manifest> done,
                         const RunOptions& options) const {
  const Stage& stage = stages_[index];
  const bool resume =
      stage.kind->resumable && !forced && interrupted_with(stage.folder, status.key);
  Manifest manifest;
  manifest.stage = stage.spec->name;
  manifest.key = status.key;
  manifest.material = std::move(status.material);
  manifest.inputs = std::move(status.inputs);
  StageContext context{stage.settings, stage.folder, resume, done, &recipe_, options.environment};
  try {
    run_in_folder(*stage.kind, stage.plan, context, manifest);
  } catch (const Error& e) {
    throw Error(e.code(), fmt::format("stage '{}': {}", stage.spec->name, e.what()));
  }
  return manifest;
}

void Runner::publish() const {
  for (const Recipe::Link& link : recipe_.publish) {
    const std::string where = fmt::format("{}: publish.{}", recipe_.origin, link.name);
    const Json target =
        replace_references(Json(link.target), where, [&](const Reference& reference) {
          const Stage& stage = stage_of(reference, where);
          for (const StageOutput& output : stage.plan.outputs) {
            if (output.name == reference.output) return (stage.folder / output.path).string();
          }
          return std::string();
        });
    make_link(recipe_.output / link.name, target.get<std::string>());
  }
}

Manifest run_single(const StageKind& kind, const Config& with, const fs::path& base,
                    const fs::path& folder, std::span<const Manifest> earlier,
                    const Json& environment) {
  const StageSettings settings{with, base};
  const StagePlan plan = kind.plan(settings);
  check_plan_outputs(plan, kind.name);
  const FolderLock lock(folder, "--output");
  Manifest manifest;
  manifest.stage = kind.name;
  DigestCache digests(folder / "digests.json");  // never saved: a single run looks afresh
  manifest.material = {{"kind", kind.name}, {"version", kind.version}, {"with", with.json()}};
  manifest.material["inputs"] = Json::array();
  for (const fs::path& input : plan.inputs) {
    manifest.inputs.push_back({"", input.string(), digests.digest(input), "", bytes_of(input), ""});
    manifest.material["inputs"].push_back(manifest.inputs.back().digest);
  }
  manifest.key = sha256_hex(canonical(manifest.material));
  const bool resume = kind.resumable && interrupted_with(folder, manifest.key);
  const StageContext context{settings, folder, resume, earlier, nullptr, environment};
  run_in_folder(kind, plan, context, manifest);
  return manifest;
}

}  // namespace fundi::recipe
