// serve: starts the server on a free port, asks it questions over HTTP, stops it.
//
//   model: ${export.model}
//   questions: ["..."]
//   max_tokens: 64
#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/stages/all.h"
#include "cli/stages/common.h"
#include "serve/client.h"
#include "serve/server.h"

namespace fundi::cli {
namespace {

struct Settings {
  fs::path model;
  std::vector<std::string> questions;
  int64_t max_tokens = 64;
};

Settings parse(const recipe::StageSettings& settings) {
  const Config& with = settings.with;
  Settings out;
  out.model = settings.path("model");
  out.questions = with.get<std::vector<std::string>>("questions");
  out.max_tokens = with.get<int64_t>("max_tokens", out.max_tokens);
  with.finish();
  if (out.questions.empty() || out.max_tokens < 1) {
    fail(ErrorCode::kInvalidArgument, "{}: must be positive",
         with.where(out.max_tokens < 1 ? "max_tokens" : "questions"));
  }
  return out;
}

// The server on a thread of its own; stopped and joined whatever happens.
class RunningServer {
 public:
  explicit RunningServer(serve::ServeOptions options)
      : server_(std::move(options)), thread_([this] {
          try {
            server_.run();
          } catch (...) {
            // The questions fail then, and say so.
          }
        }) {}
  ~RunningServer() {
    server_.stop();
    thread_.join();
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  const serve::Server& get() const { return server_; }

 private:
  serve::Server server_;
  std::thread thread_;
};

Json ask(serve::Client& client, const std::string& model, const std::string& question,
         int64_t max_tokens) {
  const auto start = std::chrono::steady_clock::now();
  const serve::ClientResponse response =
      client.post("/v1/chat/completions",
                  {{"model", model},
                   {"messages", Json::array({{{"role", "user"}, {"content", question}}})},
                   {"temperature", 0},
                   {"max_tokens", max_tokens}});
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (response.status != 200) {
    fail(ErrorCode::kInternal, "the server answered {} to a question: {}", response.status,
         response.body);
  }
  const Json body = response.json();
  return {{"question", question},
          {"answer", body.at("choices").at(0).at("message").at("content")},
          {"tokens", body.at("usage").at("completion_tokens")},
          {"seconds", taken.count()}};
}

Json run(const recipe::StageContext& context) {
  const Settings settings = parse(context.settings);
  Progress progress(context.folder.filename().string(), "questions",
                    static_cast<int64_t>(settings.questions.size()));
  Json answers = Json::array();
  std::string address;
  {
    serve::ServeOptions options;
    options.model = settings.model;
    options.port = 0;
    const RunningServer server(std::move(options));
    address = server.get().address();
    serve::Client client("127.0.0.1", server.get().port());
    if (client.get("/health").status != 200) {
      fail(ErrorCode::kInternal, "the server at {} is not healthy", address);
    }
    for (const std::string& question : settings.questions) {
      answers.push_back(ask(client, server.get().model_name(), question, settings.max_tokens));
      progress.advance();
    }
  }
  write_file_atomic(context.folder / "answers.json", dump_json_pretty(answers));
  return {{"headline",
           fmt::format("{} over HTTP", count_of(static_cast<int64_t>(answers.size()),
                                                "question answered", "questions answered"))},
          {"address", address},
          {"answers", answers}};
}

}  // namespace

recipe::StageKind serve_stage() {
  return {.name = "serve",
          .description = "Start the server, ask it questions over HTTP, stop it",
          .plan =
              [](const recipe::StageSettings& settings) {
                return recipe::StagePlan{{parse(settings).model}, {{"answers", "answers.json"}}};
              },
          .run = run};
}

}  // namespace fundi::cli
