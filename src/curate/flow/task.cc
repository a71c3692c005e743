#include "curate/flow/task.h"

#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "base/hash.h"
#include "base/stopwatch.h"
#include "curate/flow/mix.h"
#include "curate/flow/pass.h"
#include "curate/flow/publish.h"
#include "curate/flow/task_folder.h"
#include "curate/flow/unforced_file.h"
#include "curate/flow/work_lock.h"

namespace fundi::curate {
namespace {

constexpr int kFormat = 6;  // of the work folder; raise it when what lies in it changes meaning

// Not forced to disk: torn, they are as if they were not there.
void save(const fs::path& path, const Json& json) {
  UnforcedFile file(path);
  file.write(dump_json(json));
  file.commit();
}

bool is_of_key(const Json& json, const std::string& key) {
  return json.is_object() && json.value("key", "") == key;
}

std::string task_name(const Plan& plan, size_t stage, size_t task) {
  return fmt::format("{}/{}", plan.stage(stage).name(), task);
}

}  // namespace

Plan::Plan(CurateRecipe recipe) : recipe_(std::move(recipe)), layout_(recipe_.output / "work") {
  add_steps();
  const fs::path last = last_pass_;
  add(make_mix(recipe_, last));
  const fs::path mix = folder(stages() - 1);
  add(make_deal(recipe_, last, mix));
  add(make_write(recipe_, folder(stages() - 1)));
  add(make_publish(*this));
}

// The steps between two group steps make one pass.
void Plan::add_steps() {
  PassPlan pass{
      .name = "read", .before = {}, .findings = {}, .applies = {}, .steps = {}, .sketches = {}};
  for (size_t i = 0; i < recipe_.steps.size(); ++i) {
    if (recipe_.steps[i].document) {
      pass.steps.push_back(i);
      continue;
    }
    pass.sketches = i;
    add(make_pass(recipe_, pass));
    last_pass_ = folder(stages() - 1);
    add_group_stages(recipe_.steps[i]);
    pass = PassPlan{.name = recipe_.steps[i].name,
                    .before = last_pass_,
                    .findings = group(recipe_.steps[i].name).findings,
                    .applies = i,
                    .steps = {},
                    .sketches = {}};
  }
  add(make_pass(recipe_, pass));
  last_pass_ = folder(stages() - 1);
}

void Plan::add_group_stages(const Step& step) {
  GroupFiles& files = groups_[step.name];
  files.pass = last_pass_;
  files.sent["sketch"] = {last_pass_, recipe_.shards.size()};
  for (GroupStage& stage : step.group->stages()) {
    const std::string name = stage.name;
    const bool to_shards = stage.to_shards;
    add(make_group_stage(recipe_, step, std::move(stage), files));
    const size_t tasks = stages_.back()->tasks();
    files.sent[name] = {folder(stages() - 1), tasks};
    if (!to_shards) continue;
    for (fs::path& path : Layout::files(folder(stages() - 1), tasks, "out.bundle")) {
      files.findings.push_back(std::move(path));
    }
  }
}

void Plan::add(std::unique_ptr<Stage> stage) {
  std::string before = std::to_string(kFormat);
  if (!keys_.empty()) {
    for (const std::string& key : keys_.back()) before += key;
  }
  before = sha256_hex(before);
  const std::string settings = dump_json(stage->settings());
  std::vector<std::string> keys;
  for (size_t i = 0; i < stage->tasks(); ++i) {
    keys.push_back(sha256_hex(
        dump_json({before, stage->name(), settings, stage->tasks(), i, stage->inputs(i)})));
  }
  stages_.push_back(std::move(stage));
  keys_.push_back(std::move(keys));
}

bool Plan::is_done(size_t stage, size_t task) const {
  const Json done = load_json(folder(stage, task) / "done.json");
  return is_of_key(done, key(stage, task)) && done.value("complete", false);
}

size_t Plan::find(const std::string& name) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < stages(); ++i) {
    if (stage(i).name() == name) return i;
    names.push_back(stage(i).name());
  }
  const auto near = closest(name, names);
  fail(ErrorCode::kInvalidArgument, "no stage '{}'{} (there are: {})", name,
       near ? fmt::format("; did you mean '{}'?", *near) : "", fmt::join(names, ", "));
}

Json Plan::to_json() const {
  Json all = Json::array();
  for (size_t i = 0; i < stages(); ++i) {
    Json tasks = Json::array();
    for (size_t t = 0; t < stage(i).tasks(); ++t) {
      tasks.push_back({{"id", task_name(*this, i, t)},
                       {"key", key(i, t)},
                       {"inputs", stage(i).inputs(t)},
                       {"output", folder(i, t).string()},
                       {"given_up", mark_of(*this, i, t).string()},
                       {"done", is_done(i, t)}});
    }
    Json entry = {{"stage", stage(i).name()}, {"after", Json()}, {"tasks", std::move(tasks)}};
    if (i > 0) entry["after"] = stage(i - 1).name();
    all.push_back(std::move(entry));
  }
  return {{"name", recipe_.name}, {"output", recipe_.output.string()}, {"stages", std::move(all)}};
}

fs::path mark_of(const Plan& plan, size_t stage, size_t task) {
  return plan.layout().work() / "given_up" / fmt::format("{:02}-{:05}.json", stage, task);
}

namespace {

struct Mark {
  size_t stage = 0, task = 0;
};

// Marks that an earlier form of the recipe left say nothing about this one.
std::vector<Mark> marks_of(const Plan& plan) {
  std::vector<Mark> marks;
  const fs::path folder = mark_of(plan, 0, 0).parent_path();
  if (!fs::exists(folder)) return marks;
  for (const auto& entry : fs::directory_iterator(folder)) {
    Mark mark;
    if (std::sscanf(entry.path().filename().c_str(), "%zu-%zu.json", &mark.stage, &mark.task) !=
        2) {
      continue;
    }
    const bool known = mark.stage < plan.stages() && mark.task < plan.stage(mark.stage).tasks();
    if (known && !plan.is_done(mark.stage, mark.task)) marks.push_back(mark);
  }
  return marks;
}

// Whether a task of an earlier stage was given up: one of the same stage makes nothing that others
// of it read.
bool gave_up_before(const Plan& plan, size_t stage) {
  const std::vector<Mark> marks = marks_of(plan);
  return std::ranges::any_of(marks, [&](const Mark& mark) { return mark.stage < stage; });
}

}  // namespace

void run_task(const Plan& plan, size_t stage, size_t task, const OnThreads& on_threads,
              uint64_t memory, const std::function<void(const Advance&)>& advance) {
  const fs::path folder = plan.folder(stage, task);
  const std::string& key = plan.key(stage, task);
  const WorkLock lock = WorkLock::of_task(plan.layout().work(), stage, task);
  if (plan.is_done(stage, task)) return advance({plan.stage(stage).work(task)});
  fs::remove(mark_of(plan, stage, task));
  // What was begun without the output of a task that was given up is no part of the whole.
  const bool complete = !gave_up_before(plan, stage);
  const Json begun = load_json(folder / "begun.json");
  if (!complete || !is_of_key(begun, key) || !begun.value("complete", false)) {
    remove_task(folder);
    save(folder / "begun.json", {{"key", key}, {"complete", complete}});
  } else {
    remove_temporaries(folder);
  }
  const Stopwatch watch;
  const TaskContext context{
      .folder = folder, .on_threads = on_threads, .memory = memory, .advance = advance};
  Json figures = plan.stage(stage).run(task, context);
  save(folder / "done.json", {{"key", key},
                              {"complete", complete},
                              {"seconds", watch.seconds()},
                              {"figures", std::move(figures)}});
}

void give_up(const Plan& plan, size_t stage, size_t task, const std::string& log) {
  try {
    remove_task(plan.folder(stage, task));
  } catch (const fs::filesystem_error&) {  // the folder may be what failed
  }
  write_file_atomic(mark_of(plan, stage, task),
                    dump_json({{"task", task_name(plan, stage, task)}, {"log", log}}));
}

std::vector<GivenUp> given_up(const Plan& plan) {
  std::vector<GivenUp> all;
  for (const Mark& mark : marks_of(plan)) {
    const Json json = load_json(mark_of(plan, mark.stage, mark.task));
    all.push_back({task_name(plan, mark.stage, mark.task),
                   json.is_object() ? json.value("log", "") : std::string()});
  }
  std::sort(all.begin(), all.end(),
            [](const GivenUp& a, const GivenUp& b) { return a.task < b.task; });
  return all;
}

void check_stage_before(const Plan& plan, size_t stage) {
  if (stage == 0) return;
  for (size_t task = 0; task < plan.stage(stage - 1).tasks(); ++task) {
    const Json done = load_json(plan.folder(stage - 1, task) / "done.json");
    if (is_of_key(done, plan.key(stage - 1, task)) ||  // complete or not
        fs::exists(mark_of(plan, stage - 1, task))) {
      continue;
    }
    fail(ErrorCode::kUnavailable, "{} is to run before the tasks of {}: it is not done",
         task_name(plan, stage - 1, task), plan.stage(stage).name());
  }
}

}  // namespace fundi::curate
