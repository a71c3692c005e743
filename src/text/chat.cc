#include "text/chat.h"

#include "base/error.h"

namespace fundi::text {
namespace {

std::string render_chatml(const std::vector<Message>& messages, bool add_generation_prompt) {
  std::string out;
  for (const Message& message : messages) {
    out.append("<|im_start|>").append(message.role).append("\n");
    out.append(message.content).append("<|im_end|>\n");
  }
  if (add_generation_prompt) out.append("<|im_start|>assistant\n");
  return out;
}

struct KnownTemplate {
  std::string_view source;
  std::string (*render)(const std::vector<Message>&, bool);
};

// A new template is one line here.
const KnownTemplate kKnownTemplates[] = {
    {chatml_template(), render_chatml},
    // As many fine-tuned models on the hub spell the same.
    {R"({% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %})",
     render_chatml},
};

}  // namespace

std::string_view chatml_template() {
  return "{%- for message in messages %}"
         "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
         "{%- endfor %}"
         "{%- if add_generation_prompt %}"
         "{{- '<|im_start|>assistant\\n' }}"
         "{%- endif %}";
}

std::string render_chat(const Tokenizer& tokenizer, const std::vector<Message>& messages,
                        bool add_generation_prompt) {
  const auto source = tokenizer.chat_template();
  if (!source) {
    std::string out;
    for (const Message& message : messages) out.append(message.content).append("\n");
    return out;
  }
  for (const KnownTemplate& known : kKnownTemplates) {
    if (known.source == *source) return known.render(messages, add_generation_prompt);
  }
  fail(ErrorCode::kUnsupported,
       "the chat template of this tokenizer is not among those fundi can render (it begins with "
       "'{}'); give prompts as plain text, or replace the template by ChatML",
       source->substr(0, 60));
}

}  // namespace fundi::text
