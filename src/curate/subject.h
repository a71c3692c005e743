#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "curate/document.h"
#include "curate/words/words.h"

namespace fundi::curate {

// A document on its way through the steps, with what several of them ask about its text: computed
// at the first question, forgotten when the text changes. One thread at a time.
class Subject {
 public:
  explicit Subject(Document document) : document_(std::move(document)) {}

  const Document& document() const { return document_; }
  std::string_view text() const { return document_.text; }
  std::span<const Word> words();                  // words/words.h
  std::span<const std::string_view> lines();      // cut at '\n'; the last may be empty
  std::span<const std::string_view> sentences();  // words/sentences.h, by document().language

  // Replaces the text by what `edit` makes of it: the whole text, or each message of a
  // conversation by itself. True if anything changed. Where `edit` throws, nothing does.
  bool edit(const std::function<std::string(std::string_view)>& edit);
  void set_language(std::string language) { document_.language = std::move(language); }
  Json& meta() { return document_.meta; }

  Document release() && { return std::move(document_); }

 private:
  bool edit_messages(const std::function<std::string(std::string_view)>& edit);
  void forget();
  Document document_;
  std::vector<Word> words_;
  std::vector<std::string_view> lines_, sentences_;
  bool has_words_ = false, has_lines_ = false, has_sentences_ = false;
};

}  // namespace fundi::curate
