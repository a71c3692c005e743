#include "curate/flow/publish.h"

#include <cctype>
#include <regex>
#include <set>

#include "base/error.h"
#include "curate/flow/card.h"
#include "curate/flow/mix.h"
#include "curate/flow/task.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {
namespace {

using namespace std::string_literals;

void link_or_copy(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to);
}

class Publish : public Stage {
 public:
  explicit Publish(const Plan& plan) : plan_(plan) {}
  std::string name() const override { return "publish"; }
  size_t tasks() const override { return 1; }
  int64_t work(size_t) const override { return 1; }
  Json settings() const override { return plan_.recipe().json; }

  Json run(size_t, const TaskContext& context) const override {
    const fs::path& output = plan_.recipe().output;
    publish_data(output / "data");
    publish_turned_away("rejects", output / "rejects");
    publish_turned_away("quarantine", output / "quarantine");
    const Json card = make_card(plan_);
    write_file_atomic(output / "card.json", dump_json_pretty(card));
    write_file_atomic(output / "card.html", render_card(card));
    remove_half_written(output);
    remove_leftovers();
    context.advance({1});
    return {{"card", (output / "card.json").string()}};
  }

 private:
  // By a process that was killed: publish's own files alone, the folder may hold others.
  static void remove_half_written(const fs::path& output) {
    const std::regex own(
        "(data|rejects|quarantine|card\\.json|card\\.html)\\.tmp-[0-9]+-[0-9a-f]{8}");
    std::vector<fs::path> left;
    for (const auto& entry : fs::directory_iterator(output)) {
      if (std::regex_match(entry.path().filename().string(), own)) left.push_back(entry.path());
    }
    for (const fs::path& path : left) fs::remove_all(path);
  }

  void publish_data(const fs::path& to) const {
    AtomicDirectory folder(to);
    const bool with_tokens = !plan_.recipe().write.tokenizer.empty();
    const size_t write = plan_.find("write"), train = train_shards(plan_.recipe());
    for (size_t i = 0; i < plan_.stage(write).tasks(); ++i) {
      const fs::path from = plan_.folder(write, i);
      const std::string stem =
          i < train ? fmt::format("train-{:05}", i) : fmt::format("validation-{:05}", i - train);
      const std::string& extension = plan_.recipe().write.format->extension;
      for (const auto& [name, suffix] :
           {std::pair("documents" + extension, extension), std::pair("tokens.bin"s, ".bin"s),
            std::pair("tokens.idx"s, ".idx"s)}) {
        if (fs::exists(from / name)) {
          link_or_copy(from / name, folder.path() / (stem + suffix));
        } else if (has_done(from) && (name == "documents" + extension || with_tokens)) {
          fail_damaged(from / name, "is missing");
        }
      }
    }
    folder.commit();
  }

  // Files "KIND.jsonl.zst" and "KIND-STEP.jsonl.zst" of the passes' tasks.
  void publish_turned_away(const std::string& kind, const fs::path& to) const {
    AtomicDirectory folder(to);
    for (size_t stage = 0; stage < plan_.stages(); ++stage) {
      for (size_t task = 0; task < plan_.stage(stage).tasks(); ++task) {
        if (!fs::exists(plan_.folder(stage, task))) continue;
        for (const auto& entry : fs::directory_iterator(plan_.folder(stage, task))) {
          const std::string file = entry.path().filename();
          if (!file.starts_with(kind) || !file.ends_with(".jsonl.zst")) continue;
          link_or_copy(entry.path(), folder.path() / folder_of(file, kind) /
                                         fmt::format("{:05}.jsonl.zst", task));
        }
      }
    }
    folder.commit();
  }

  // "rejects-2.jsonl.zst" -> "02-gopher_quality".
  std::string folder_of(const std::string& file, const std::string& kind) const {
    const size_t end = file.find('.');
    if (end == kind.size()) return "";
    const std::string step = file.substr(kind.size() + 1, end - kind.size() - 1);
    if (step.find_first_not_of("0123456789") != std::string::npos) return step;
    const size_t number = std::stoul(step);
    return fmt::format("{:02}-{}", number + 1, plan_.recipe().steps.at(number).name);
  }

  // What an earlier form of the recipe left in the work folder: nothing reads it any more.
  void remove_leftovers() const {
    std::set<fs::path> known;
    for (size_t stage = 0; stage < plan_.stages(); ++stage) {
      known.insert(plan_.folder(stage));
      for (size_t task = 0; task < plan_.stage(stage).tasks(); ++task) {
        known.insert(plan_.folder(stage, task));
      }
    }
    const auto is_numbered = [](const fs::path& path) {
      const std::string name = path.filename();
      return name.size() > 2 && std::isdigit(static_cast<unsigned char>(name[0])) != 0;
    };
    const auto unknown = [&](const fs::path& folder) {
      std::vector<fs::path> left;
      for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_directory() && is_numbered(entry.path()) && !known.contains(entry.path())) {
          left.push_back(entry.path());
        }
      }
      return left;
    };
    for (const fs::path& stage : unknown(plan_.layout().work())) {
      for (const fs::path& task : unknown(stage)) remove_task(task);
      fs::remove_all(stage);
    }
    for (size_t stage = 0; stage < plan_.stages(); ++stage) {
      if (!fs::is_directory(plan_.folder(stage))) continue;
      for (const fs::path& task : unknown(plan_.folder(stage))) remove_task(task);
    }
  }

  const Plan& plan_;
};

}  // namespace

std::unique_ptr<Stage> make_publish(const Plan& plan) { return std::make_unique<Publish>(plan); }

}  // namespace fundi::curate
