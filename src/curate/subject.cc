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
  bool changed = false;
  const auto replace = [&](std::string& text) {
    std::string edited = edit(text);
    if (edited == text) return;
    text = std::move(edited);
    changed = true;
  };
  if (document_.messages.empty()) {
    replace(document_.text);
  } else {
    for (Message& message : document_.messages) replace(message.content);
    if (changed) document_.text = join(document_.messages);
  }
  if (changed) forget();
  return changed;
}

void Subject::forget() { has_words_ = has_lines_ = has_sentences_ = false; }

}  // namespace fundi::curate
