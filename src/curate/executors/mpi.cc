// mpi: the processes that mpirun or srun starts, on storage that all of them share:
//
//   mpirun -n 3 fundi curate recipe.yaml --executor mpi --threads 1
//
// A thread of rank 0 hands out the tasks of a stage, and goes on to the next when all are done. The
// workers, as many as --threads in each rank, rank 0 too, ask it for one whenever they have none;
// --memory is that of a rank. When a rank dies mpirun ends the others, and the next start goes on
// from what is done.
#include <mpi.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/hash.h"
#include "base/stopwatch.h"
#include "curate/executors/all.h"
#include "curate/executors/stage_work.h"
#include "curate/flow/threads.h"
#include "curate/flow/work_lock.h"

namespace fundi::curate {
namespace {

constexpr int kReports = 0;  // the tag of what workers send; worker n of a rank gets replies by n+1

class Session {
 public:
  Session() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    if (provided == MPI_THREAD_MULTIPLE) return;
    MPI_Finalize();
    fail(ErrorCode::kUnsupported, "--executor mpi: this MPI is built without MPI_THREAD_MULTIPLE");
  }
  ~Session() { MPI_Finalize(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  int rank = 0, ranks = 1;
};

void send(int rank, int tag, const Json& json) {
  const std::string text = dump_json(json);
  MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, rank, tag, MPI_COMM_WORLD);
}

struct Received {
  int rank;
  Json json;
};

// MPI waits by spinning, and the last task of a stage may keep all others waiting for long.
Received receive(int rank, int tag) {
  MPI_Message message;
  MPI_Status status;
  for (int here = 0; here == 0;) {
    MPI_Improbe(rank, tag, MPI_COMM_WORLD, &here, &message, &status);
    if (here == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  int size = 0;
  MPI_Get_count(&status, MPI_CHAR, &size);
  std::string text(static_cast<size_t>(size), ' ');
  MPI_Mrecv(text.data(), size, MPI_CHAR, &message, MPI_STATUS_IGNORE);
  return {status.MPI_SOURCE, parse_json(text, "a message between ranks")};
}

// What a rank tells rank 0 of itself before any work is done.
struct Presence {
  uint64_t plan = 0;  // a hash of all tasks' keys
  int32_t workers = 0;
  int32_t shares_storage = 0;
};

uint64_t hash_of(const Plan& plan) {
  std::string keys;
  for (size_t stage = 0; stage < plan.stages(); ++stage) {
    for (size_t task = 0; task < plan.stage(stage).tasks(); ++task) keys += plan.key(stage, task);
  }
  return hash64(keys);
}

// All ranks call it; what they said is complete only at rank 0.
std::vector<Presence> meet(const Session& session, const Plan& plan, int workers) {
  int64_t process = ::getpid();
  MPI_Bcast(&process, 1, MPI_INT64_T, 0, MPI_COMM_WORLD);
  const fs::path sign = plan.layout().work() / fmt::format("rank-0-is-{}", process);
  try {
    if (session.rank == 0) write_file_atomic(sign, "");
  } catch (const Error&) {  // the others wait: check_ranks() says it
  }
  MPI_Barrier(MPI_COMM_WORLD);
  const Presence mine{hash_of(plan), workers, fs::exists(sign) ? 1 : 0};
  std::vector<Presence> all(static_cast<size_t>(session.ranks));
  MPI_Gather(&mine, sizeof(Presence), MPI_BYTE, all.data(), sizeof(Presence), MPI_BYTE, 0,
             MPI_COMM_WORLD);
  if (session.rank == 0) fs::remove(sign);
  return all;
}

class Coordinator {
 public:
  Coordinator(const Plan& plan, const std::vector<Presence>& ranks) : plan_(plan), ranks_(ranks) {
    for (const Presence& rank : ranks) workers_ += static_cast<size_t>(rank.workers);
  }

  // Whatever happens, all workers are sent home in the end.
  Execution run() {
    const Stopwatch watch;
    Execution execution;
    std::exception_ptr error;
    try {
      check_ranks();
      const WorkLock lock = WorkLock::of_run(plan_.layout().work());
      for (size_t stage = 0; stage < plan_.stages(); ++stage) {
        StageWork work(plan_.stage(stage), tasks_left(plan_, stage, execution));
        hand_out(stage, work);
      }
    } catch (...) {
      error = std::current_exception();
    }
    while (idle_.size() < workers_) take(nullptr);
    for (const auto& [worker, rank] : idle_) send(rank, worker + 1, nullptr);
    if (error) std::rethrow_exception(error);
    execution.seconds = watch.seconds();
    execution.given_up = given_up(plan_);
    return execution;
  }

 private:
  void check_ranks() const {
    if (ranks_[0].shares_storage == 0) {
      fail(ErrorCode::kIo, "{}: cannot be written to", plan_.layout().work().string());
    }
    for (size_t rank = 0; rank < ranks_.size(); ++rank) {
      if (ranks_[rank].shares_storage == 0) {
        fail(ErrorCode::kInvalidArgument,
             "rank {} does not see rank 0's files in {}: the output must be on storage that all "
             "ranks share",
             rank, plan_.layout().work().string());
      }
      if (ranks_[rank].plan != ranks_[0].plan) {
        fail(ErrorCode::kInvalidArgument,
             "rank {} and rank 0 do not see the same recipe and input files: put them on storage "
             "that all ranks share, and leave them while it runs",
             rank);
      }
    }
  }

  void hand_out(size_t stage, StageWork& work) {
    const std::vector<size_t>& tasks = work.tasks();
    const size_t at_once = (tasks.size() + ranks_.size() - 1) / ranks_.size();  // in each rank
    size_t next = 0;
    while (next < tasks.size() || running_ > 0) {
      while (next < tasks.size() && !idle_.empty() &&
             static_cast<size_t>(idle_.begin()->first) < at_once) {
        const auto [worker, rank] = idle_.extract(idle_.begin()).value();
        send(rank, worker + 1, {{"stage", stage}, {"task", tasks[next++]}, {"at_once", at_once}});
        ++running_;
      }
      take(&work);
      if (!failure_.empty()) fail(ErrorCode::kInternal, "{}", failure_);
    }
  }

  void take(StageWork* work) {
    const auto [rank, report] = receive(MPI_ANY_SOURCE, kReports);
    if (report.is_array()) {
      if (work != nullptr) work->advance({report.at(0), report.at(1), report.at(2)});
      return;
    }
    idle_.emplace(report.at("worker").get<int>(), rank);
    if (report.value("was_busy", false)) --running_;
    if (report.contains("failure")) {
      failure_ = fmt::format("rank {}: {}", rank, report["failure"].get<std::string>());
    }
  }

  const Plan& plan_;
  const std::vector<Presence>& ranks_;
  size_t workers_ = 0, running_ = 0;
  std::set<std::pair<int, int>> idle_;  // worker and rank, so that tasks spread over the ranks
  std::string failure_;
};

void work(const Plan& plan, const ExecutorOptions& options, int worker) {
  Json report = {{"worker", worker}};
  while (true) {
    send(0, kReports, report);
    const Json task = receive(0, worker + 1).json;
    if (task.is_null()) return;
    report["was_busy"] = true;
    const int at_once = std::min(options.threads, task.at("at_once").get<int>());
    ExecutorOptions share = options;
    share.memory /= static_cast<uint64_t>(at_once);
    try {
      attempt_task(plan, task.at("stage"), task.at("task"), share,
                   on_threads(options.threads / at_once), [](const Advance& done) {
                     send(0, kReports, {done.work, done.documents, done.rejected});
                   });
    } catch (const std::exception& e) {
      report["failure"] = e.what();
    }
  }
}

Execution run(const Plan& plan, const ExecutorOptions& options) {
  const Session session;
  const std::vector<Presence> ranks = meet(session, plan, options.threads);
  const bool coordinates = session.rank == 0;
  Execution execution{
      .tasks = 0, .cached = 0, .seconds = 0, .given_up = {}, .silent = !coordinates};
  std::atomic<int> next = coordinates ? -1 : 0;
  run_threads(options.threads + (coordinates ? 1 : 0), [&] {
    const int worker = next++;
    if (worker >= 0) return work(plan, options, worker);
    execution = Coordinator(plan, ranks).run();
  });
  return execution;
}

}  // namespace

Executor mpi_executor() { return {"mpi", "The ranks that mpirun or srun started", run}; }

}  // namespace fundi::curate
