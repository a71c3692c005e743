#include "curate/subject.h"

#include "curate/words/sentences.h"

namespace fundi::curate {

std::span<const Word> Subject::words() {
  if (!has_words_) split_words(text(), words_);
  has_words_ = true;
  return words_;
}

std::span<const std::string_view> Subject::lines() {
  if (!has_lines_) {
    lines_.clear();
    const std::string_view all = text();
    for (size_t begin = 0;;) {
      const size_t end = all.find('\n', begin);
      lines_.push_back(all.substr(begin, end - begin));
      if (end == std::string_view::npos) break;
      begin = end + 1;
    }
    has_lines_ = true;
  }
  return lines_;
}

std::span<const std::string_view> Subject::sentences() {
  if (!has_sentences_) split_sentences(text(), sentences_);
  has_sentences_ = true;
  return sentences_;
}

bool Subject::edit(const std::function<std::string(std::string_view)>& edit) {
  if (document_.messages.empty()) {
    std::string edited = edit(document_.text);
    if (edited == document_.text) return false;
    document_.text = std::move(edited);
  } else if (!edit_messages(edit)) {
    return false;
  }
  forget();
  return true;
}

bool Subject::edit_messages(const std::function<std::string(std::string_view)>& edit) {
  std::vector<Message>& messages = document_.messages;
  std::vector<std::string> edited;
  for (const Message& message : messages) edited.push_back(edit(message.content));
  bool changed = false;
  for (size_t i = 0; i < messages.size(); ++i) {
    if (edited[i] == messages[i].content) continue;
    messages[i].content = std::move(edited[i]);
    changed = true;
  }
  if (changed) document_.text = join(messages);
  return changed;
}

void Subject::forget() { has_words_ = has_lines_ = has_sentences_ = false; }

}  // namespace fundi::curate
