#include "curate/flow/task_folder.h"

namespace fundi::curate {

Json load_json(const fs::path& path) {
  try {
    return fs::exists(path) ? read_json(path) : Json();
  } catch (const Error&) {
    return nullptr;
  }
}

Json read_done(const fs::path& task_folder) {
  const Json done = load_json(task_folder / "done.json");
  return done.is_object() ? done.value("figures", Json()) : Json();
}

bool has_done(const fs::path& task_folder) { return fs::exists(task_folder / "done.json"); }

void fail_damaged(const fs::path& file, std::string_view what) {
  throw DamagedWork(ErrorCode::kCorruptData,
                    fmt::format("{}: {}; remove {} and run again", file.string(), what,
                                file.parent_path().string()));
}

void remove_task(const fs::path& task_folder) {
  fs::remove(task_folder / "done.json");
  fs::remove(task_folder / "begun.json");
  fs::remove_all(task_folder);
}

}  // namespace fundi::curate
