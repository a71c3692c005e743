#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "curate/flow/group_stage.h"
#include "curate/flow/recipe.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// A recipe compiled: stages in order, each with its tasks and their keys. A key says what a task's
// output depends on: the program's stage settings, the inputs' stamps, the keys of the stages
// before. Equal keys, equal bytes.
class Plan {
 public:
  explicit Plan(CurateRecipe recipe);
  const CurateRecipe& recipe() const { return recipe_; }
  const Layout& layout() const { return layout_; }
  size_t stages() const { return stages_.size(); }
  const Stage& stage(size_t number) const { return *stages_[number]; }
  fs::path folder(size_t stage) const { return layout_.stage(stage, stages_[stage]->name()); }
  fs::path folder(size_t stage, size_t task) const { return Layout::task(folder(stage), task); }
  const std::string& key(size_t stage, size_t task) const { return keys_[stage][task]; }
  bool is_done(size_t stage, size_t task) const;
  // Stage by name; throws kInvalidArgument with a did-you-mean.
  size_t find(const std::string& name) const;
  // What lies before the pass that applies a group step.
  const GroupFiles& group(const std::string& step) const { return groups_.at(step); }
  Json to_json() const;  // for --plan

 private:
  void add(std::unique_ptr<Stage> stage);
  void add_steps();
  void add_group_stages(const Step& step);
  CurateRecipe recipe_;
  Layout layout_;
  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<std::vector<std::string>> keys_;
  std::map<std::string, GroupFiles> groups_;
  fs::path last_pass_;
};

// Runs one task unless it is done, in its own folder, once no other process has it in hand; an
// earlier attempt with the same key goes on where it ended. Leaves done.json with the key, the
// figures and the seconds. Throws what fails.
void run_task(const Plan& plan, size_t stage, size_t task, const OnThreads& on_threads,
              uint64_t memory, const std::function<void(const Advance&)>& advance);

// Marks a task that failed too often and removes what it has made: those after it go on without,
// and are done anew by the next run. `log` says why; mark_of() is the file that exists then.
fs::path mark_of(const Plan& plan, size_t stage, size_t task);
void give_up(const Plan& plan, size_t stage, size_t task, const std::string& log);

struct GivenUp {
  std::string task, log;
};
std::vector<GivenUp> given_up(const Plan& plan);

// Throws kUnavailable unless every task of the stage before is done or given up: run_task() reads
// what they have made.
void check_stage_before(const Plan& plan, size_t stage);

}  // namespace fundi::curate
