#pragma once

#include <functional>
#include <vector>

#include "curate/document.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// The batches of a task that goes through documents: FOLDER/000000.bundle ...
fs::path batch_path(const fs::path& task_folder, size_t number);
std::vector<fs::path> batches_of(const fs::path& task_folder);  // in order

// Makes a batch in context.folder of each that the task of a pass stored, unless an earlier attempt
// did: make(stored, path) writes the bundle `path`, on any thread. Returns how many there are.
size_t make_batches(const fs::path& stored_folder, const TaskContext& context, int64_t work,
                    const std::function<Advance(const fs::path&, const fs::path&)>& make);

// The documents that a pass stored in a batch, in order.
void for_each_document(const fs::path& batch, const std::function<void(Document)>& body);

}  // namespace fundi::curate
