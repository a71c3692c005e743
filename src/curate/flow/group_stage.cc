#include "curate/flow/group_stage.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "curate/flow/batches.h"
#include "curate/flow/bundle.h"
#include "curate/flow/task.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {
namespace {

class GroupStageRun : public Stage {
 public:
  GroupStageRun(const CurateRecipe& recipe, std::string name, GroupStage stage, GroupFiles before)
      : recipe_(recipe),
        name_(std::move(name)),
        stage_(std::move(stage)),
        before_(std::move(before)) {}

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
        .sent = [&](std::string_view from) { return bundles(from); },
        .total = [&](std::string_view from, std::string_view count) { return total(from, count); },
        .out = &out,
        .counts = {}};
    stage_.run(group);
    out.commit();
    context.advance({1});
    return {{"counts", group.counts}, {"examples", group.examples}};
  }

 private:
  const GroupFiles::Sent& sent(std::string_view stage) const {
    const auto found = before_.sent.find(stage);
    if (found == before_.sent.end()) {
      fail(ErrorCode::kInternal, "{}: reads from '{}', which is no stage before it", name_, stage);
    }
    return found->second;
  }

  // Read once for all tasks of this process: the stages before are done.
  int64_t total(std::string_view from, std::string_view count) const {
    const std::lock_guard lock(mutex_);
    const auto key = std::pair(std::string(from), std::string(count));
    const auto known = totals_.find(key);
    if (known != totals_.end()) return known->second;
    int64_t sum = 0;
    for (size_t i = 0; i < sent(from).tasks; ++i) {
      const Json done = read_done(Layout::task(sent(from).folder, i));
      if (done.is_object()) sum += done.at("counts").value(key.second, int64_t{0});
    }
    return totals_[key] = sum;
  }

  std::vector<fs::path> bundles(std::string_view from) const {
    return Layout::files(sent(from).folder, sent(from).tasks, "out.bundle");
  }

  const CurateRecipe& recipe_;
  std::string name_;
  GroupStage stage_;
  GroupFiles before_;
  mutable std::mutex mutex_;
  mutable std::map<std::pair<std::string, std::string>, int64_t> totals_;
};

// A task's folder: 000000.bundle ... one a batch of the pass, with section "sketch"; out.bundle.
class SketchStage : public Stage {
 public:
  SketchStage(const CurateRecipe& recipe, std::string name, GroupStage stage, GroupFiles before)
      : recipe_(recipe),
        name_(std::move(name)),
        stage_(std::move(stage)),
        before_(std::move(before)) {}

  std::string name() const override { return name_; }
  size_t tasks() const override { return recipe_.shards.size(); }
  int64_t work(size_t task) const override {
    return static_cast<int64_t>(recipe_.shards[task].bytes);
  }
  Json settings() const override { return name_; }

  Json run(size_t task, const TaskContext& context) const override {
    const size_t batches =
        make_batches(before_.pass, task, before_.findings, context, work(task),
                     [&](const fs::path& stored, std::span<const Finding> findings,
                         const fs::path& path) { return sketch_batch(stored, findings, path); });
    Outbox out(recipe_.partitions, context.folder / "out.bundle", context.share());
    for (size_t i = 0; i < batches; ++i) {
      out.send_packed(Bundle(batch_path(context.folder, i)).section("sketch"));
    }
    out.commit();
    return {{"counts", Json::object()}, {"examples", Json::array()}};
  }

 private:
  Advance sketch_batch(const fs::path& stored, std::span<const Finding> findings,
                       const fs::path& path) const {
    Outbox out(recipe_.partitions);
    Advance done;
    if (!findings.empty()) {
      for_each_document(stored, [&](Document document) {
        ++done.documents;
        const std::span<const Finding> found = findings_of(findings, document.ordinal);
        if (found.empty()) return;
        Subject subject(std::move(document));
        stage_.sketch(subject, found, out);
      });
    }
    BundleWriter bundle(path);
    bundle.add("sketch", out.pack());
    bundle.commit();
    return done;
  }

  const CurateRecipe& recipe_;
  std::string name_;
  GroupStage stage_;
  GroupFiles before_;
};

}  // namespace

std::unique_ptr<Stage> make_group_stage(const CurateRecipe& recipe, const Step& step,
                                        GroupStage stage, GroupFiles before) {
  std::string name = fmt::format("{}-{}", step.name, stage.name);
  if (stage.sketch) {
    return std::make_unique<SketchStage>(recipe, std::move(name), std::move(stage),
                                         std::move(before));
  }
  return std::make_unique<GroupStageRun>(recipe, std::move(name), std::move(stage),
                                         std::move(before));
}

}  // namespace fundi::curate
