#include "curate/flow/group_stage.h"

#include <mutex>
#include <utility>

#include "base/error.h"
#include "curate/flow/task.h"

namespace fundi::curate {
namespace {

class GroupStageRun : public Stage {
 public:
  GroupStageRun(const CurateRecipe& recipe, const Step& step, GroupStage stage,
                std::map<std::string, fs::path, std::less<>> folders)
      : recipe_(recipe),
        name_(group_stage_name(step, stage)),
        stage_(std::move(stage)),
        folders_(std::move(folders)) {}

  std::string name() const override { return name_; }
  size_t tasks() const override { return recipe_.partitions; }
  int64_t work(size_t) const override { return 1; }
  Json settings() const override { return name_; }

  Json run(size_t task, const TaskContext& context) const override {
    Outbox out(stage_.to_shards ? recipe_.shards.size() : recipe_.partitions,
               context.folder / "out.bundle", context.share());
    GroupTask group{
        .index = task,
        .partitions = recipe_.partitions,
        .folder = context.folder,
        .share = context.share(),
        .sent = [&](std::string_view from) { return sent(from); },
        .total = [&](std::string_view from, std::string_view count) { return total(from, count); },
        .out = &out,
        .counts = {}};
    stage_.run(group);
    out.commit();
    context.advance({1});
    return {{"counts", group.counts}, {"examples", group.examples}};
  }

 private:
  const fs::path& folder_of(std::string_view stage) const {
    const auto folder = folders_.find(stage);
    if (folder == folders_.end()) {
      fail(ErrorCode::kInternal, "{}: reads from '{}', which is no stage before it", name_, stage);
    }
    return folder->second;
  }

  // Read once for all tasks of this process: the stages before are done.
  int64_t total(std::string_view from, std::string_view count) const {
    const std::lock_guard lock(mutex_);
    const auto key = std::pair(std::string(from), std::string(count));
    const auto known = totals_.find(key);
    if (known != totals_.end()) return known->second;
    int64_t sum = 0;
    for (size_t i = 0; i < recipe_.partitions; ++i) {
      const Json done = read_done(Layout::task(folder_of(from), i));
      if (done.is_object()) sum += done.at("counts").value(key.second, int64_t{0});
    }
    return totals_[key] = sum;
  }

  std::vector<fs::path> sent(std::string_view from) const {
    const bool sketch = from == "sketch";
    return Layout::files(folder_of(from), sketch ? recipe_.shards.size() : recipe_.partitions,
                         sketch ? "sketch.bundle" : "out.bundle");
  }

  const CurateRecipe& recipe_;
  std::string name_;
  GroupStage stage_;
  std::map<std::string, fs::path, std::less<>> folders_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::string, std::string>, int64_t> totals_;
};

}  // namespace

std::string group_stage_name(const Step& step, const GroupStage& stage) {
  return fmt::format("{}-{}", step.name, stage.name);
}

std::unique_ptr<Stage> make_group_stage(const CurateRecipe& recipe, const Step& step,
                                        GroupStage stage,
                                        std::map<std::string, fs::path, std::less<>> folders) {
  return std::make_unique<GroupStageRun>(recipe, step, std::move(stage), std::move(folders));
}

}  // namespace fundi::curate
