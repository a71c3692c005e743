#pragma once

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace fundi::curate {

// The folder of a task. done.json in it says that what lies beside it is whole; begun.json says
// what was begun. Whoever removes such a folder removes them first, so that a kill leaves neither
// to speak for files that are gone.

// A JSON file of the work folder, which is not forced to disk: null where it is missing or torn.
Json load_json(const fs::path& path);
// The figures of a task that is done; null where it is not, or was given up.
Json read_done(const fs::path& task_folder);
bool has_done(const fs::path& task_folder);

// A file of a task that is done is missing or damaged: kCorruptData. No other attempt mends that,
// and what is published without it would be wrong: the run ends. Another makes the task anew once
// its folder is removed, as the message says.
class DamagedWork : public Error {
 public:
  using Error::Error;
};
[[noreturn]] void fail_damaged(const fs::path& file, std::string_view what);

void remove_task(const fs::path& task_folder);

}  // namespace fundi::curate
