#include "cli/chat.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "cli/answer_printer.h"
#include "cli/app.h"
#include "cli/chat_flags.h"
#include "cli/sampling_flags.h"
#include "serve/session.h"

namespace fundi::cli {
namespace {

struct ChatArguments {
  std::string model;
  std::string system;
  serve::SessionOptions options;
  serve::ChatOptions chat;
};

volatile std::sig_atomic_t interrupted = 0;

void on_interrupt(int) { interrupted = 1; }

// While it lives, Ctrl-C ends the answer instead of the program.
class InterruptGuard {
 public:
  InterruptGuard() {
    interrupted = 0;
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    action.sa_flags = SA_RESTART;  // output goes on
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptGuard() { sigaction(SIGINT, &before_, nullptr); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction before_ {};
};

void note(const std::string& text) {
  if (!global_options().quiet) fmt::print(stderr, "{}\n", text);
}

std::vector<text::Message> opening(const ChatArguments& arguments) {
  if (arguments.system.empty()) return {};
  return {{"system", arguments.system}};
}

void answer(serve::Session& session, std::vector<text::Message>& messages,
            const serve::SessionOptions& options) {
  const size_t dropped = session.fit(messages, options.max_tokens);
  if (dropped > 0) {
    note(fmt::format("(forgot the oldest {} messages: the model's context is full)", dropped));
  }
  const InterruptGuard guard;
  serve::SessionResult result;
  {
    AnswerPrinter printer;
    result = session.chat(
        messages, options, [&](const serve::AnswerPiece& piece) { printer.print(piece); },
        [] { return interrupted != 0; });
  }
  print_now("\n");
  if (result.finish == models::FinishReason::kCancelled) note("(interrupted)");
  Json message{{"role", "assistant"}, {"content", result.text}};
  if (!result.reasoning.empty()) message["reasoning_content"] = result.reasoning;
  messages.emplace_back(std::move(message));
}

void chat(const ChatArguments& arguments) {
  if (global_options().json) {
    fail(ErrorCode::kInvalidArgument,
         "chat: --json is not for conversations; use fundi generate --chat --json");
  }
  arguments.options.sampling.validate();
  serve::Session session(arguments.model, arguments.chat);
  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal) note("/reset starts over, /exit or Ctrl-D ends, Ctrl-C stops an answer");
  std::vector<text::Message> messages = opening(arguments);
  serve::SessionOptions options = arguments.options;
  std::string line;
  for (;;) {
    if (terminal) print_now("> ");
    if (!std::getline(std::cin, line)) break;
    const std::string_view words = trim(line);
    if (words.empty()) continue;
    if (words == "/exit") return;
    if (words == "/reset") {
      messages = opening(arguments);
      note("(a new conversation)");
      continue;
    }
    messages.push_back({"user", std::string(words)});
    try {
      answer(session, messages, options);
    } catch (const Error& error) {
      // A question that does not fit spoils neither the conversation nor, typed by hand, the
      // session.
      if (!terminal || error.code() != ErrorCode::kInvalidArgument) throw;
      messages.pop_back();
      note(fmt::format("fundi: {}", error.what()));
    }
    ++options.sampling.seed;  // the same question again may get another answer
  }
  if (terminal) print_now("\n");
}

}  // namespace

void add_chat_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("chat", "Talk with a model");
  command->footer("Example: fundi chat models/swahili --system \"Answer in Swahili.\"");
  auto arguments = std::make_shared<ChatArguments>();
  arguments->options.max_tokens = 512;
  arguments->options.sampling.temperature = 0.7;
  command->add_option("model", arguments->model, "Model directory or GGUF file")->required();
  command->add_option("--system", arguments->system, "What the model is told before all else")
      ->type_name("TEXT");
  add_sampling_flags(*command, arguments->options);
  add_chat_flags(*command, arguments->chat);
  command->callback([arguments] { chat(*arguments); });
}

}  // namespace fundi::cli
