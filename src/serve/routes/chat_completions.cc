#include <utility>

#include "serve/prompt.h"
#include "serve/routes/all.h"
#include "serve/routes/generation.h"

namespace fundi::serve {

RouteResult chat_completions(const Request& request, Service& service) {
  require_json(request);
  const ChatRequest chat = parse_chat_request(request.body);
  require_model(chat.parameters, service);
  const std::vector<int32_t> prompt = encode_chat(*service.tokenizer, chat.messages);
  ReplyOptions options = make_reply_options(chat.parameters, service);
  options.id = service.new_id("chatcmpl-");
  options.prompt_tokens = static_cast<int64_t>(prompt.size());
  Job job;
  job.requests =
      make_requests(chat.parameters, {prompt}, service.context_length, "messages", service);
  options.choices = job.requests.size();
  job.reply = std::make_unique<Reply>(std::move(options));
  return job;
}

}  // namespace fundi::serve
