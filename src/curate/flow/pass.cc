#include "curate/flow/pass.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/hash.h"
#include "curate/flow/batch_input.h"
#include "curate/flow/batches.h"
#include "curate/flow/bundle.h"
#include "curate/flow/document_ids.h"
#include "curate/flow/extractor.h"
#include "curate/flow/rows.h"
#include "curate/flow/shuffle.h"
#include "curate/flow/stored_document.h"

namespace fundi::curate {
namespace {

// The documents of one batch on their way through the steps of a pass, and all that comes of them.
class BatchRun {
 public:
  BatchRun(const CurateRecipe& recipe, const PassPlan& plan, const DocumentIds* ids,
           std::span<const Finding> findings)
      : recipe_(recipe),
        plan_(plan),
        ids_(ids),
        findings_(findings),
        sketch_(plan.sketches ? recipe.partitions : 0) {
    figures_.steps.resize(recipe.steps.size());
    rejects_.resize(recipe.steps.size());
  }

  void quarantine(const Document& document, const std::string& reason) {
    ++figures_.quarantined;
    entry_of(figures_.problems, problem_class(reason)).add(document.id, reason);
    quarantine_ +=
        dump_json({{"id", document.id}, {"source", document.source}, {"reason", reason}});
    quarantine_ += '\n';
  }

  void count_record() { ++figures_.records; }
  int64_t turned_away() const { return turned_away_ + figures_.quarantined; }

  void add(Document document) {
    Subject subject(std::move(document));
    if (plan_.applies && !apply_findings(subject)) return;
    for (const size_t step : plan_.steps) {
      const auto judge_it = [&](Judge& judge) {
        recipe_.steps[step].document->apply(subject, judge);
      };
      if (!passes(subject, step, judge_it)) return;
    }
    if (plan_.sketches) recipe_.steps[*plan_.sketches].group->sketch(subject, sketch_);
    const Document done = std::move(subject).release();
    if (plan_.sketches) id_list_.add(done.ordinal, done.id);
    figures_.sources[done.source].add(done);
    entry_of(figures_.languages, done.language).add(done);
    append_document(documents_, done);
  }

  void write(const fs::path& path) const {
    BundleWriter bundle(path);
    bundle.add_compressed("figures", dump_json(figures_.to_json()));
    bundle.add_compressed("documents", documents_);
    for (size_t i = 0; i < rejects_.size(); ++i) {
      if (!rejects_[i].empty()) bundle.add_compressed(fmt::format("rejects-{}", i), rejects_[i]);
    }
    if (!quarantine_.empty()) bundle.add_compressed("quarantine", quarantine_);
    if (plan_.sketches) {
      bundle.add("sketch", sketch_.pack());
      id_list_.write(bundle);
    }
    bundle.commit();
  }

 private:
  // Most documents have no findings; each of them passes through the step all the same, so that the
  // funnel counts it.
  bool apply_findings(Subject& subject) {
    const auto found = findings_of(findings_, subject.document().ordinal);
    const auto id_of = [this](uint64_t other) { return ids_ ? ids_->id_of(other) : ""; };
    return passes(subject, *plan_.applies, [&](Judge& judge) {
      if (found.empty()) return;
      recipe_.steps[*plan_.applies].group->apply(subject, judge, found, id_of);
    });
  }

  template <typename Body>
  bool passes(Subject& subject, size_t step, Body body) {
    StepRecord& record = figures_.steps[step];
    record.in.add(subject.document());
    Judge judge(recipe_.steps[step].rules(), record.figures);
    body(judge);
    const std::optional<Rejection> rejection = verdict(judge, subject);
    if (!rejection) {
      record.out.add(subject.document());
      return true;
    }
    reject(subject.document(), step, *rejection);
    return false;
  }

  void reject(const Document& document, size_t step, const Rejection& rejection) {
    ++turned_away_;
    StepRecord& record = figures_.steps[step];
    record.rejected[rejection.rule].add(document);
    record.examples[rejection.rule].add(document, rejection);
    rejects_[step] += reject_row(document, recipe_.steps[step].name, rejection);
    rejects_[step] += '\n';
  }

  const CurateRecipe& recipe_;
  const PassPlan& plan_;
  const DocumentIds* ids_;
  std::span<const Finding> findings_;
  PassFigures figures_;
  int64_t turned_away_ = 0;
  std::string documents_, quarantine_;
  std::vector<std::string> rejects_;
  Outbox sketch_;
  DocumentIdList id_list_;
};

// What all batches of a task say together.
class Gathered {
 public:
  Gathered(const CurateRecipe& recipe, const PassPlan& plan, const TaskContext& context)
      : folder_(context.folder) {
    if (!plan.sketches) return;
    sketch_.emplace(recipe.partitions, folder_ / "out.bundle", context.share());
    ids_.emplace(folder_ / "ids.bundle");
  }

  void add(const fs::path& path) {
    const Bundle bundle(path);
    figures_.merge(PassFigures::from_json(parse_json(bundle.section("figures"), path.string()),
                                          path.string()));
    for (size_t i = 0; i < bundle.sections(); ++i) {
      const std::string& name = bundle.name(i);
      if (name.starts_with("rejects") || name == "quarantine") {
        std::unique_ptr<AtomicFile>& file = rejects_[name];
        if (!file) file = std::make_unique<AtomicFile>(folder_ / (name + ".jsonl.zst"));
        file->write(bundle.stored(i));
      } else if (sketch_ && name == "sketch") {
        sketch_->send_packed(bundle.stored(i));
      }
    }
    if (ids_) DocumentIdList::copy(bundle, *ids_);
  }

  Json commit() {
    for (auto& [name, file] : rejects_) file->commit();
    if (sketch_) sketch_->commit();
    if (ids_) ids_->commit();
    return figures_.to_json();
  }

 private:
  fs::path folder_;
  PassFigures figures_;
  std::map<std::string, std::unique_ptr<AtomicFile>> rejects_;  // "rejects-3", "quarantine"
  std::optional<Outbox> sketch_;
  std::optional<BundleWriter> ids_;
};

class Pass : public Stage {
 public:
  Pass(const CurateRecipe& recipe, PassPlan plan) : recipe_(recipe), plan_(std::move(plan)) {
    if (plan_.applies) ids_.emplace(*plan_.before);
  }

  std::string name() const override { return plan_.name; }
  size_t tasks() const override { return recipe_.shards.size(); }
  int64_t work(size_t task) const override {
    return static_cast<int64_t>(recipe_.shards[task].bytes);
  }
  Json settings() const override;
  Json inputs(size_t task) const override;

  Json run(size_t task, const TaskContext& context) const override {
    const size_t batches = plan_.before ? run_stored(task, context) : run_reading(task, context);
    Gathered gathered(recipe_, plan_, context);
    for (size_t i = 0; i < batches; ++i) gathered.add(batch_path(context.folder, i));
    Json figures = gathered.commit();
    figures["batches"] = batches;
    return figures;
  }

 private:
  size_t run_reading(size_t task, const TaskContext& context) const {
    BatchInput input(recipe_, task);
    std::mutex reading;
    std::atomic<size_t> batches = 0;
    context.on_threads([&] {
      Extractor extractor(recipe_);
      while (true) {
        std::unique_lock lock(reading);
        std::optional<Batch> batch = input.next();
        if (!batch) return;
        // Nothing more is read while the task has a large one in hand.
        const auto turn = turn_of(batch->text_bytes());
        if (!turn) lock.unlock();
        ++batches;
        const fs::path path = batch_path(context.folder, batch->number);
        Advance done{.work = static_cast<int64_t>(batch->bytes),
                     .documents = static_cast<int64_t>(batch->raw.size())};
        if (!is_bundle(path)) done.rejected = run_batch(*batch, extractor, path);
        context.advance(done);
      }
    });
    return batches;
  }

  // How many documents were turned away.
  int64_t run_batch(Batch& batch, Extractor& extractor, const fs::path& path) const {
    BatchRun run(recipe_, plan_, nullptr, {});
    for (RawDocument& raw : batch.raw) {
      run.count_record();
      if (raw.problem.empty()) raw.problem = extractor.extract(raw);
      if (raw.problem.empty()) {
        run.add(std::move(raw.document));
      } else {
        run.quarantine(raw.document, raw.problem);
      }
    }
    run.write(path);
    return run.turned_away();
  }

  size_t run_stored(size_t task, const TaskContext& context) const {
    return make_batches(
        *plan_.before, task, plan_.findings, context, work(task),
        [&](const fs::path& stored, std::span<const Finding> findings, const fs::path& path) {
          return run_stored_batch(stored, findings, path);
        });
  }

  Advance run_stored_batch(const fs::path& stored, std::span<const Finding> findings,
                           const fs::path& path) const {
    BatchRun run(recipe_, plan_, ids_ ? &*ids_ : nullptr, findings);
    Advance done;
    for_each_document(stored, [&](Document document) {
      ++done.documents;
      run.count_record();
      run.add(std::move(document));
    });
    run.write(path);
    done.rejected = run.turned_away();
    return done;
  }

  const CurateRecipe& recipe_;
  PassPlan plan_;
  std::optional<DocumentIds> ids_;
};

// The contents of word lists and models are part of what a step does.
Json step_settings(const Step& step) {
  Json stamps = Json::array();
  for (const fs::path& path : step.inputs) stamps.push_back(sha256_path(path));
  return {{"step", step.name},
          {"version", step.version},
          {"with", step.settings},
          {"inputs", std::move(stamps)}};
}

Json Pass::settings() const {
  Json steps = Json::array();
  const auto add = [&](size_t step) { steps.push_back(step_settings(recipe_.steps[step])); };
  if (plan_.applies) add(*plan_.applies);
  for (const size_t step : plan_.steps) add(step);
  if (plan_.sketches) add(*plan_.sketches);
  Json settings = {{"steps", std::move(steps)}, {"partitions", recipe_.partitions}};
  if (!plan_.before) {
    settings["main_content"] = recipe_.extract.main_content;
    settings["sample"] = recipe_.sample;
    settings["timeout"] = recipe_.extract_timeout;
    settings["memory"] = recipe_.extract_memory;
  }
  return settings;
}

Json Pass::inputs(size_t task) const {
  if (plan_.before) return nullptr;
  const Shard& shard = recipe_.shards[task];
  const Source& source = recipe_.sources[shard.source];
  Json parts = Json::array();
  for (const Shard::Part& part : shard.parts) {
    const Source::File& file = source.files[part.file];
    parts.push_back({file.path.string(), file.name, file.kind->name, file.stamp, part.range.begin,
                     part.range.end});
  }
  return {{"source", source.config.json()}, {"name", source.name}, {"parts", std::move(parts)}};
}

}  // namespace

std::unique_ptr<Stage> make_pass(const CurateRecipe& recipe, PassPlan plan) {
  return std::make_unique<Pass>(recipe, std::move(plan));
}

}  // namespace fundi::curate
