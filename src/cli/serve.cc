#include "cli/serve.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/app.h"
#include "cli/chat_flags.h"
#include "serve/server.h"

namespace fundi::cli {
namespace {

struct ServeArguments {
  serve::ServeOptions options;
  double drain_seconds = 10;
};

void run_server(const ServeArguments& arguments) {
  serve::ServeOptions options = arguments.options;
  options.handle_signals = true;
  options.drain_timeout =
      std::chrono::milliseconds(static_cast<int64_t>(arguments.drain_seconds * 1000));
  serve::Server server(options);
  // Also with --quiet: it says that the port is open, and which one it is.
  fmt::print(stderr, "fundi: serving {} at {}/v1\n", server.model_name(), server.address());
  server.run();
}

}  // namespace

void add_serve_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("serve", "Answer HTTP requests in the OpenAI API, until Ctrl-C");
  command->footer(
      "Example: fundi serve models/swahili --port 8080\n"
      "  curl localhost:8080/v1/chat/completions -H 'Content-Type: application/json' \\\n"
      "    -d '{\"model\": \"swahili\", \"messages\": [{\"role\": \"user\", \"content\": "
      "\"Habari?\"}]}'");
  auto arguments = std::make_shared<ServeArguments>();
  serve::ServeOptions& options = arguments->options;
  command->add_option("model", options.model, "Model directory or GGUF file")->required();
  command->add_option("--host", options.host, "Name or address to listen on")
      ->capture_default_str();
  command->add_option("--port", options.port, "0 takes any free one")->capture_default_str();
  command->add_option("--model-name", options.model_name,
                      "What clients call the model (default: its directory's name)");
  add_chat_flags(*command, options.chat);
  command->add_option("--max-concurrent", options.max_concurrent, "Answers generated together")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  command
      ->add_option("--max-waiting", options.max_waiting,
                   "Answers that may wait for their turn; more get status 503")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  command
      ->add_option("--max-tokens", options.max_tokens,
                   "The longest answer anyone may ask for; 0: what the context leaves")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--max-request-bytes", options.max_request_bytes, "The largest request body")
      ->check(CLI::Range(size_t{1024}, size_t{1} << 30))
      ->capture_default_str();
  command
      ->add_option("--drain", arguments->drain_seconds,
                   "Seconds that running answers get after SIGTERM or Ctrl-C")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  command->callback([arguments] { run_server(*arguments); });
}

}  // namespace fundi::cli
