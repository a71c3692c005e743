#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fundi::text::jinja {

// UTF-8 that remembers where each byte came from: the template itself, or one of the sources that
// the caller numbered when it handed in the conversation. Every operation of the interpreter
// carries the marks along, so that a rendered prompt still tells the markup of the template from
// what people said.
class TracedText {
 public:
  static constexpr uint32_t kTemplate = 0;
  // Bytes from the end of the run before up to `end`.
  struct Run {
    size_t end;
    uint32_t source;
    bool operator==(const Run&) const = default;
  };

  TracedText() = default;
  explicit TracedText(std::string bytes, uint32_t source = kTemplate);

  bool operator==(std::string_view bytes) const { return bytes_ == bytes; }  // of any source
  const std::string& bytes() const { return bytes_; }
  std::string_view view() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

  // In order, neighbours of different sources, the last ending at size(). Empty where all of the
  // text is the template's.
  std::span<const Run> runs() const { return runs_; }
  bool all_from_template() const { return runs_.empty(); }
  // Requires position < size().
  uint32_t source_at(size_t position) const;

  // What the filters `safe` and `escape` give: `+` escapes the text that is joined to it.
  bool markup() const { return markup_; }
  TracedText as_markup() && {
    markup_ = true;
    return std::move(*this);
  }

  void append(std::string_view bytes, uint32_t source = kTemplate);
  void append(const TracedText& other) { append(other, 0, other.size()); }
  void append(const TracedText& other, size_t begin, size_t end);
  TracedText slice(size_t begin, size_t end) const;

  // What it holds in memory.
  size_t footprint() const { return bytes_.capacity() + runs_.capacity() * sizeof(Run); }

 private:
  void mark(size_t bytes, uint32_t source);
  std::string bytes_;
  std::vector<Run> runs_;
  bool markup_ = false;
};

}  // namespace fundi::text::jinja
