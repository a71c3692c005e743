#include "curate/flow/batches.h"

#include <mutex>

#include "curate/flow/document_ids.h"
#include "curate/flow/sorted_records.h"
#include "curate/flow/stored_document.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {
namespace {

constexpr uint64_t kLargeBatch = 16'000'000;  // four times what one of small documents has

// Hands out the batches of a shard in order, each with its findings.
class StoredBatches {
 public:
  StoredBatches(const fs::path& folder, std::function<bool(Finding&)> findings)
      : paths_(batches_of(folder)), findings_(std::move(findings)) {
    more_ = findings_(ahead_);
  }
  size_t size() const { return paths_.size(); }
  const fs::path& path(size_t number) const { return paths_[number]; }

  // False at the end.
  bool next(size_t& number, std::vector<Finding>& findings) {
    const std::lock_guard lock(mutex_);
    if (next_ == paths_.size()) return false;
    number = next_++;
    findings.clear();
    if (!more_) return true;
    const auto last = DocumentIdList::last_ordinal(Bundle(paths_[number]));
    for (; more_ && last && ahead_.ordinal <= *last; more_ = findings_(ahead_)) {
      findings.push_back(ahead_);
    }
    return true;
  }

 private:
  std::vector<fs::path> paths_;
  std::mutex mutex_;
  size_t next_ = 0;
  std::function<bool(Finding&)> findings_;
  Finding ahead_;
  bool more_;
};

uint64_t text_bytes(const fs::path& batch) {
  const Bundle bundle(batch);
  for (size_t i = 0; i < bundle.sections(); ++i) {
    if (bundle.name(i) == "documents") return bundle.size(i);
  }
  return 0;
}

}  // namespace

fs::path batch_path(const fs::path& task_folder, size_t number) {
  return task_folder / fmt::format("{:06}.bundle", number);
}

std::vector<fs::path> batches_of(const fs::path& task_folder) {
  std::vector<fs::path> paths;
  const Json done = read_done(task_folder);
  if (done.is_null()) return paths;
  for (size_t i = 0; i < done.at("batches").get<size_t>(); ++i) {
    paths.push_back(batch_path(task_folder, i));
    if (!fs::exists(paths.back())) fail_damaged(paths.back(), "is missing");
  }
  return paths;
}

size_t make_batches(const fs::path& pass, size_t shard, const std::vector<fs::path>& findings,
                    const TaskContext& context, int64_t work, const MakeBatch& make) {
  StoredBatches stored(Layout::task(pass, shard),
                       sorted_records<Finding>(findings, shard, context.folder, context.share()));
  context.on_threads([&] {
    std::vector<Finding> found;
    for (size_t i = 0; stored.next(i, found);) {
      const fs::path path = batch_path(context.folder, i);
      Advance done;
      if (!is_bundle(path)) {
        const auto turn = turn_of(text_bytes(stored.path(i)));
        done = make(stored.path(i), found, path);
      }
      done.work = work / static_cast<int64_t>(stored.size());
      context.advance(done);
    }
  });
  return stored.size();
}

std::unique_lock<std::mutex> turn_of(uint64_t bytes) {
  static std::mutex turn;
  return bytes < kLargeBatch ? std::unique_lock<std::mutex>() : std::unique_lock(turn);
}

void for_each_document(const fs::path& batch, const std::function<void(Document)>& body) {
  const std::string origin = batch.string();
  for_each_stored(batch, [&](std::string_view stored) { body(stored_document(stored, origin)); });
}

void for_each_stored(const fs::path& batch, const std::function<void(std::string_view)>& body) {
  const std::string bytes = Bundle(batch).section("documents"), origin = batch.string();
  for (std::string_view rest = bytes; !rest.empty();) {
    const size_t size = document_size(rest, origin);
    body(rest.substr(0, size));
    rest.remove_prefix(size);
  }
}

}  // namespace fundi::curate
