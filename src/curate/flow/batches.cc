#include "curate/flow/batches.h"

#include <atomic>

#include "curate/flow/bundle.h"
#include "curate/flow/document_stream.h"
#include "curate/flow/threads.h"

namespace fundi::curate {

fs::path batch_path(const fs::path& task_folder, size_t number) {
  return task_folder / fmt::format("{:06}.bundle", number);
}

std::vector<fs::path> batches_of(const fs::path& task_folder) {
  std::vector<fs::path> paths;
  for (size_t i = 0; fs::exists(batch_path(task_folder, i)); ++i) {
    paths.push_back(batch_path(task_folder, i));
  }
  return paths;
}

size_t make_batches(const fs::path& stored_folder, const TaskContext& context, int64_t work,
                    const std::function<Advance(const fs::path&, const fs::path&)>& make) {
  const std::vector<fs::path> stored = batches_of(stored_folder);
  std::atomic<size_t> next = 0;
  run_threads(context.threads, [&] {
    for (size_t i = next++; i < stored.size(); i = next++) {
      const fs::path path = batch_path(context.folder, i);
      Advance done;
      if (!is_bundle(path)) done = make(stored[i], path);
      done.work = work / static_cast<int64_t>(stored.size());
      context.advance(done);
    }
  });
  return stored.size();
}

void for_each_document(const fs::path& batch, const std::function<void(Document)>& body) {
  const std::string bytes = Bundle(batch).section("documents");
  DocumentStream stream(bytes, batch.string());
  for (Document document; stream.next(document); document = Document()) body(std::move(document));
}

}  // namespace fundi::curate
