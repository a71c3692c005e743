// slurm: a job array a stage, each waiting for the one before, on storage that all nodes share:
//
//   fundi curate recipe.yaml --executor slurm --threads 1 --sbatch=--partition=cpu
//
// --threads and --memory are those of a task, --sbatch adds options for sbatch, --no-wait leaves
// once all is submitted. WORK/slurm holds the scripts and logs. A task whose process is killed is
// tried again and given up in the end, its node's death makes Slurm put it back into the queue; a
// stage that cannot end stops all after it, and the next start goes on from what is done.
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <thread>

#include "base/error.h"
#include "base/stopwatch.h"
#include "curate/executors/all.h"
#include "curate/executors/stage_work.h"
#include "curate/flow/work_lock.h"

namespace fundi::curate {
namespace {

// So much more than --memory bounds is a process allowed: the program itself, other buffers.
constexpr uint64_t kMoreMemory = 512'000'000;
constexpr size_t kDefaultArraySize = 1001;  // Slurm's own, where it does not say

std::string for_shell(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

struct Answer {
  int status = 0;
  std::string text;  // stdout and stderr
};

Answer ask(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) fail(ErrorCode::kIo, "cannot start a shell for {}", command);
  Answer answer;
  char chunk[4096];
  for (size_t got = 0; (got = std::fread(chunk, 1, sizeof chunk, pipe)) > 0;) {
    answer.text.append(chunk, got);
  }
  const int status = ::pclose(pipe);
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  while (!answer.text.empty() && answer.text.back() == '\n') answer.text.pop_back();
  return answer;
}

// Elements that an array may have.
size_t array_size() {
  const Answer answer = ask("scontrol show config");
  if (answer.status != 0) {
    fail(ErrorCode::kUnavailable, "--executor slurm: Slurm does not answer here: {}", answer.text);
  }
  const size_t at = answer.text.find("MaxArraySize");
  const size_t digits = at == std::string::npos ? at : answer.text.find_first_of("0123456789", at);
  if (digits == std::string::npos) return kDefaultArraySize;
  return std::max<size_t>(1, std::strtoull(answer.text.c_str() + digits, nullptr, 10));
}

std::string command_of(const Plan& plan, const ExecutorOptions& options) {
  const CurateRecipe& recipe = plan.recipe();
  std::string command = for_shell(fs::read_symlink("/proc/self/exe").string()) + " curate " +
                        for_shell(fs::absolute(recipe.origin).string());
  for (const std::string& setting : recipe.overrides)
    command += fmt::format(" {}", for_shell(setting));
  if (recipe.sample > 0) command += fmt::format(" --sample {}", recipe.sample);
  return command +
         fmt::format(" --quiet --threads {} --memory {}", options.threads, options.memory);
}

// A task is left alone once it is done or given up; what ends its process otherwise may pass. One
// that is killed each time (a crash, too much memory) is given up here; what lets none begin (no
// program, no recipe on that node) stops the stage.
std::string script_of(const Plan& plan, size_t stage, const std::vector<size_t>& tasks,
                      size_t elements, const ExecutorOptions& options) {
  std::string script = fmt::format(
      "#!/bin/bash\n"
      "#SBATCH --job-name=fundi-{}\n"
      "#SBATCH --array=0-{}\n"
      "#SBATCH --cpus-per-task={}\n"
      "#SBATCH --mem={}M\n"
      "#SBATCH --requeue\n",
      plan.stage(stage).name(), elements - 1, options.threads,
      (options.memory + kMoreMemory) / 1'000'000);
  for (const std::string& option : options.sbatch) script += "#SBATCH " + option + "\n";
  std::string mark = mark_of(plan, stage, 0).string();
  mark.resize(mark.rfind('-') + 1);
  script += fmt::format(
      "tasks=({0})\n"
      "for ((i = SLURM_ARRAY_TASK_ID; i < ${{#tasks[@]}}; i += {1})); do\n"
      "  for attempt in {{1..{5}}}; do\n"
      "    {2} --task {3}/${{tasks[i]}} && continue 2\n"
      "    status=$?\n"
      "    [ -e {4}$(printf %05d ${{tasks[i]}}).json ] && continue 2\n"
      "  done\n"
      "  [ $status -gt 128 ] || exit 1\n"
      "  {2} --task {3}/${{tasks[i]}} --give-up \"killed by signal $((status - 128)) each time\" ||"
      " exit 1\n"
      "done\n",
      fmt::join(tasks, " "), elements, command_of(plan, options), plan.stage(stage).name(),
      for_shell(mark), options.attempts);
  return script;
}

class Submission {
 public:
  Submission(const Plan& plan, const ExecutorOptions& options)
      : plan_(plan),
        options_(options),
        folder_(plan.layout().work() / "slurm"),
        most_(array_size()) {}

  void submit(size_t stage, const std::vector<size_t>& tasks) {
    // What an earlier run left of them says nothing about this one.
    std::error_code ignored;  // a folder that is in the way: its task will say so
    for (const size_t task : tasks) {
      fs::remove(plan_.folder(stage, task) / "done.json", ignored);
      fs::remove(mark_of(plan_, stage, task), ignored);
    }
    const std::string name = fmt::format("{:02}-{}", stage, plan_.stage(stage).name());
    const fs::path script = folder_ / (name + ".sh");
    write_file_atomic(script,
                      script_of(plan_, stage, tasks, std::min(most_, tasks.size()), options_));
    std::string command = "sbatch --parsable --chdir=" + for_shell(fs::current_path().string()) +
                          " --output=" + for_shell((folder_ / (name + "-%a.log")).string());
    if (!jobs_.empty()) {
      command += " --kill-on-invalid-dep=yes --dependency=afterok:" + jobs_.back();
    }
    const Answer answer = ask(command + " " + for_shell(script.string()));
    const std::string job = answer.text.substr(0, answer.text.find(';'));  // "12;cluster"
    if (answer.status != 0 || job.find_first_not_of("0123456789") != std::string::npos) {
      cancel();
      fail(ErrorCode::kUnavailable, "sbatch refuses {}: {}", script.string(), answer.text);
    }
    jobs_.push_back(job);
  }

  const std::vector<std::string>& jobs() const { return jobs_; }

  bool is_queued() const {
    const Answer answer =
        ask(fmt::format("squeue --noheader --format=%i --jobs={}", fmt::join(jobs_, ",")));
    if (answer.status != 0) return answer.text.find("Invalid job id") == std::string::npos;
    return !answer.text.empty();
  }

 private:
  void cancel() const { ask(fmt::format("scancel {}", fmt::join(jobs_, " "))); }

  const Plan& plan_;
  const ExecutorOptions& options_;
  fs::path folder_;
  size_t most_;
  std::vector<std::string> jobs_;
};

bool is_settled(const Plan& plan, size_t stage, size_t task) {
  return fs::exists(plan.folder(stage, task) / "done.json") ||
         fs::exists(mark_of(plan, stage, task));
}

// Until all tasks of the stage are settled, or no job is left that could settle them.
void watch(const Plan& plan, size_t stage, StageWork& work, const Submission& submission) {
  std::vector<size_t> open = work.tasks();
  for (bool queued = true;;) {
    std::erase_if(open, [&](size_t task) {
      if (!is_settled(plan, stage, task)) return false;
      work.advance({.work = plan.stage(stage).work(task)});
      return true;
    });
    if (open.empty()) return;
    if (!queued) {
      fail(ErrorCode::kInternal,
           "{}: no job is left in the queue, but {} tasks are not done, the first is {}: see the "
           "logs in {}, and run again to go on from here",
           plan.stage(stage).name(), open.size(), open.front(),
           (plan.layout().work() / "slurm").string());
    }
    std::this_thread::sleep_for(std::chrono::seconds(1));
    queued = submission.is_queued();
  }
}

Execution run(const Plan& plan, const ExecutorOptions& options) {
  const Stopwatch stopwatch;
  const WorkLock lock = WorkLock::of_run(plan.layout().work());
  Execution execution;
  Submission submission(plan, options);
  std::vector<std::vector<size_t>> left(plan.stages());
  for (size_t stage = 0; stage < plan.stages(); ++stage) {
    left[stage] = tasks_left(plan, stage, execution);
    if (!left[stage].empty()) submission.submit(stage, left[stage]);
  }
  if (!options.wait) {
    execution.submitted = submission.jobs();
    return execution;
  }
  for (size_t stage = 0; stage < plan.stages(); ++stage) {
    StageWork work(plan.stage(stage), std::move(left[stage]));
    watch(plan, stage, work, submission);
  }
  execution.seconds = stopwatch.seconds();
  execution.given_up = given_up(plan);
  return execution;
}

}  // namespace

Executor slurm_executor() { return {"slurm", "Job arrays of Slurm, one a stage", run}; }

}  // namespace fundi::curate
