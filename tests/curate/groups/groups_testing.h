#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/curate/flow_testing.h"

namespace fundi::curate {

// Runs a recipe of these steps (YAML, a list) over rows and gives what was written, by number of
// the row.
class GroupRun {
 public:
  std::map<size_t, Record> run(const std::vector<Json>& rows, const std::string& steps,
                               int threads = 2, int partitions = 3,
                               const std::string& task_size = "10KB") const {
    std::string all;
    for (size_t i = 0; i < rows.size(); ++i) {
      Json row = rows[i];
      row["id"] = std::to_string(i);
      all += dump_json(row) + "\n";
    }
    scratch_.write("rows.jsonl", all);
    fs::remove_all(output());
    const std::string format = !rows.empty() && rows[0].contains("messages") ? "chat" : "jsonl";
    recipe_ = scratch_.write(
        "recipe.yaml",
        fmt::format("output: {}\nsources: [{{name: rows, path: rows.jsonl, id: id, format: {}}}]\n"
                    "steps: {}\nmix: {{shuffle: false}}\nwrite: {{shards: 1}}\n"
                    "partitions: {}\ntask_size: {}\n",
                    output().string(), format, steps, partitions, task_size));
    run_locally(recipe_, threads);
    std::map<size_t, Record> written;
    for (const Record& record :
         read_records(format, output() / "data/train-00000.jsonl.zst", "{id: id}")) {
      written[std::stoul(record.name.substr(record.name.rfind(':') + 1))] = record;
    }
    return written;
  }
  fs::path output() const { return scratch_.path() / "out"; }
  const fs::path& recipe() const { return recipe_; }
  Json funnel() const { return read_json(output() / "card.json").at("funnel"); }

 private:
  TestFolder scratch_;
  mutable fs::path recipe_;
};

inline std::vector<Json> rows_of(const std::vector<std::string>& texts) {
  std::vector<Json> rows;
  for (const std::string& text : texts) rows.push_back({{"text", text}});
  return rows;
}

}  // namespace fundi::curate
