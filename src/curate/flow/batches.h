#pragma once

#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "curate/document.h"
#include "curate/flow/group_step.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// The batches of a task that goes through documents: FOLDER/000000.bundle ...
fs::path batch_path(const fs::path& task_folder, size_t number);
// Of a task that is done, in order; none where it was given up. Throws kCorruptData where one is
// missing.
std::vector<fs::path> batches_of(const fs::path& task_folder);

// Makes a batch in context.folder of each that the pass stored of a shard, unless an earlier
// attempt did: make(stored, findings, path) writes the bundle `path`, on any thread. `findings` are
// those that the bundles given hold for its documents, sorted. Returns how many batches there are.
using MakeBatch = std::function<Advance(const fs::path& stored, std::span<const Finding> findings,
                                        const fs::path& path)>;
size_t make_batches(const fs::path& pass, size_t shard, const std::vector<fs::path>& findings,
                    const TaskContext& context, int64_t work, const MakeBatch& make);

// Batches of which one document takes most are worked on one at a time, so that threads need not
// each have the memory for the largest. Hold it while working on a batch of so many bytes of text.
std::unique_lock<std::mutex> turn_of(uint64_t bytes);

// The documents that a pass stored in a batch, in order.
void for_each_document(const fs::path& batch, const std::function<void(Document)>& body);
// As they are stored: for who passes them on.
void for_each_stored(const fs::path& batch, const std::function<void(std::string_view)>& body);

}  // namespace fundi::curate
