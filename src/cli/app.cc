#include "cli/app.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <new>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "cli/all.h"
#include "cli/version.h"

namespace fundi::cli {
namespace {

GlobalOptions options;

void start_log() {
  auto log = spdlog::stderr_color_mt("fundi");
  log->set_pattern("fundi: %^%l%$: %v");
  log->set_level(options.quiet     ? spdlog::level::err
                 : options.verbose ? spdlog::level::debug
                                   : spdlog::level::warn);
  spdlog::set_default_logger(std::move(log));
}

void apply_global_options() {
  if (options.threads < 0 || options.threads > 4096) {
    fail(ErrorCode::kInvalidArgument, "--threads: {} is not between 1 and 4096", options.threads);
  }
  if (options.threads > 0) set_thread_count(options.threads);
  start_log();
  if (!options.quiet) set_progress_sink(make_terminal_progress());
}

void add_global_options(CLI::App& app) {
  app.add_flag("--json", options.json, "Print the result as one JSON object");
  app.add_flag("-q,--quiet", options.quiet, "No progress and no messages but errors");
  app.add_flag("-v,--verbose", options.verbose, "Say more on stderr");
  app.add_option("--threads", options.threads, "Threads to use (default: all cores)")
      ->type_name("N");
  app.set_version_flag("--version", std::string("fundi ") + kVersion);
}

const CLI::App& deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.front());
}

// "fundi bench train".
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name()
                           : fmt::format("{} {}", full_name(*parent), command.get_name());
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// What to say about words that nobody took.
std::string unknown_word(const CLI::App& app, const std::string& word) {
  const CLI::App& command = deepest(app);
  const bool is_flag = word.starts_with("-");
  std::vector<std::string> candidates;
  if (is_flag) {
    candidates = flag_names(command);
    for (const std::string& name : flag_names(app)) candidates.push_back(name);
  } else {
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
      candidates.push_back(sub->get_name());
    }
  }
  const std::string name = word.substr(0, is_flag ? word.find('=') : std::string::npos);
  const auto near = closest(name, candidates);
  const std::string hint = near ? fmt::format("; did you mean '{}'?", *near) : "";
  if (is_flag) return fmt::format("unknown flag '{}'{}", name, hint);
  if (&command == &app) return fmt::format("no command '{}'{}", name, hint);
  return fmt::format("{}: '{}' is one argument too many{}", command.get_name(), name, hint);
}

int report(std::string message, int status) {
  while (!message.empty() && message.back() == '\n') message.pop_back();
  set_progress_sink(nullptr);
  std::fflush(stdout);  // what was printed before the error stands before it
  fmt::print(stderr, "fundi: {}\n", message);
  return status;
}

int report_parse_error(CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
  const std::vector<std::string> words = app.remaining(true);
  const CLI::App& command = deepest(app);
  const std::string help = fmt::format("see {} --help", full_name(command));
  if (!words.empty()) {
    return report(fmt::format("{} ({})", unknown_word(app, words.front()), help), 2);
  }
  if (&command == &app) {  // no subcommand at all
    fmt::print(stderr, "{}", app.help());
    return 2;
  }
  return report(fmt::format("{}: {} ({})", command.get_name(), error.what(), help), 2);
}

int guarded(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& e) {
    return report_parse_error(app, e);
  } catch (const Error& e) {
    return report(e.what(), e.exit_status());
  } catch (const std::bad_alloc&) {
    return report("out of memory", 1);
  } catch (const std::filesystem::filesystem_error& e) {
    return report(e.what(), 1);
  } catch (const std::exception& e) {
    return report(fmt::format("internal error: {}", e.what()), 1);
  }
}

}  // namespace

const GlobalOptions& global_options() { return options; }

int run_app(int argc, char** argv) {
  CLI::App app("fundi: from documents to an answering language model", "fundi");
  app.fallthrough();
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  add_global_options(app);
  // Before the subcommand's own callback.
  app.parse_complete_callback(apply_global_options);
  add_all_commands(app);
  const int status = guarded(app, argc, argv);
  set_progress_sink(nullptr);
  // A full disk shows only here when stdout is a file.
  if (std::fflush(stdout) != 0 && status == 0) return report("cannot write to stdout", 1);
  return status;
}

}  // namespace fundi::cli
