#include "curate/document.h"

namespace fundi::curate {

std::string join(const std::vector<Message>& messages) {
  const std::vector<uint64_t> begins = message_begins(messages);
  std::string text;
  for (size_t i = 0; i < messages.size(); ++i) {
    text.append(begins[i] - text.size(), '\n');
    text += messages[i].content;
  }
  return text;
}

std::vector<uint64_t> message_begins(const std::vector<Message>& messages) {
  constexpr uint64_t kBlankLine = 2;
  std::vector<uint64_t> begins;
  uint64_t end = 0;
  for (const Message& message : messages) {
    if (end > 0 && !message.content.empty()) end += kBlankLine;
    begins.push_back(end);
    end += message.content.size();
  }
  return begins;
}

}  // namespace fundi::curate
