#include <utility>

#include "serve/prompt.h"
#include "serve/routes/all.h"
#include "serve/routes/generation.h"

namespace fundi::serve {
namespace {

constexpr int64_t kDefaultMaxTokens = 16;  // as the OpenAI API documents for this route

}  // namespace

RouteResult completions(const Request& request, Service& service) {
  require_json(request);
  CompletionRequest completion = parse_completion_request(request.body);
  const GenerationParameters& parameters = completion.parameters;
  require_model(parameters, service);
  ReplyOptions options = make_reply_options(parameters, service);
  options.id = service.new_id("cmpl-");
  options.chat = false;
  std::vector<std::vector<int32_t>> prompts;
  std::vector<std::string> texts;
  for (auto& prompt : completion.prompts) {
    if (auto* text = std::get_if<std::string>(&prompt)) {
      prompts.push_back(encode_prompt(*service.tokenizer, *text));
      texts.push_back(std::move(*text));
    } else {
      prompts.push_back(std::move(std::get<std::vector<int32_t>>(prompt)));
      texts.emplace_back();
    }
    options.prompt_tokens += static_cast<int64_t>(prompts.back().size());
  }
  Job job;
  job.requests = make_requests(parameters, prompts, kDefaultMaxTokens, "prompt", service);
  options.choices = job.requests.size();
  if (completion.echo) {
    // Decoding waits for make_requests, which has checked the ids.
    for (size_t i = 0; i < prompts.size(); ++i) {
      if (texts[i].empty()) texts[i] = service.tokenizer->decode(prompts[i]);
      options.echo.insert(options.echo.end(), static_cast<size_t>(parameters.n), texts[i]);
    }
  }
  job.reply = std::make_unique<Reply>(std::move(options));
  return job;
}

}  // namespace fundi::serve
