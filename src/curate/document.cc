#include "curate/document.h"

namespace fundi::curate {

std::string join(const std::vector<Message>& messages) {
  std::string text;
  for (const Message& message : messages) {
    if (!text.empty() && !message.content.empty()) text += "\n\n";
    text += message.content;
  }
  return text;
}

}  // namespace fundi::curate
