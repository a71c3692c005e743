#include <utility>

#include "serve/api_error.h"
#include "serve/prompt.h"
#include "serve/routes/all.h"
#include "serve/routes/generation.h"

namespace fundi::serve {
namespace {

bool mentions(const text::ChatTemplate& chat_template, std::string_view word) {
  return chat_template.source() && chat_template.source()->find(word) != std::string::npos;
}

void apply_effort(ChatRequest& chat, const text::ChatTemplate& chat_template) {
  if (!chat.reasoning_effort) return;
  if (mentions(chat_template, "reasoning_effort")) {
    chat.conversation.arguments["reasoning_effort"] = *chat.reasoning_effort;
  } else if (*chat.reasoning_effort != "none") {
    throw ApiError(400, "reasoning_effort", "unsupported_parameter",
                   "reasoning_effort: this model's chat template does not know it; leave it out");
  }
}

// The format in which the model writes calls; null where no tools are given.
const ToolFormat* tool_format(const ChatRequest& chat, const text::ChatTemplate& chat_template) {
  if (chat.conversation.tools.is_null()) return nullptr;
  const ToolFormat* format =
      mentions(chat_template, "tools") ? tool_format_of(*chat_template.source()) : nullptr;
  if (format == nullptr) {
    throw ApiError(400, "tools", "unsupported_parameter",
                   "tools: this model's chat template has no tools in a known format");
  }
  return format;
}

}  // namespace

RouteResult chat_completions(const Request& request, Service& service) {
  require_json(request);
  ChatRequest chat = parse_chat_request(request.body);
  require_model(chat.parameters, service);
  const text::ChatTemplate& chat_template = service.chat->chat_template();
  apply_effort(chat, chat_template);
  ReplyOptions options = make_reply_options(chat.parameters, service);
  options.answer.tools = tool_format(chat, chat_template);
  const ChatPrompt prompt = service.chat->encode(std::move(chat.conversation));
  options.id = service.new_id("chatcmpl-");
  options.prompt_tokens = static_cast<int64_t>(prompt.ids.size());
  options.answer.reasoning = service.chat->options().reasoning;
  options.answer.opened = prompt.opened;
  options.answer.one_call = !chat.parallel_tool_calls;
  options.make_call_id = [&service] { return service.new_call_id(); };
  Job job;
  job.requests =
      make_requests(chat.parameters, {prompt.ids}, service.context_length, "messages", service);
  const std::vector<int32_t> shown = shown_tokens(options.answer, *service.tokenizer);
  for (models::GenerationRequest& generation : job.requests) generation.shown_tokens = shown;
  options.choices = job.requests.size();
  job.reply = std::make_unique<Reply>(std::move(options));
  return job;
}

}  // namespace fundi::serve
