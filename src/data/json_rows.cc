#include "data/json_rows.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace fundi::data {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

// Finds the end of a JSON value that is fed in pieces: the comma or bracket behind it.
class ElementEnd {
 public:
  // The offset of the byte that ends the value, or npos.
  size_t find(std::string_view piece) {
    for (size_t i = 0; i < piece.size(); ++i) {
      const char c = piece[i];
      if (in_string_) {
        if (std::exchange(escaped_, false)) continue;
        if (c == '\\') escaped_ = true;
        if (c == '"') in_string_ = false;
      } else if (c == '"') {
        in_string_ = true;
      } else if (c == '{' || c == '[') {
        ++depth_;
      } else if (depth_ == 0 && (c == ',' || c == ']')) {
        return i;
      } else if (depth_ > 0 && (c == '}' || c == ']')) {
        --depth_;
      }
    }
    return std::string_view::npos;
  }

 private:
  bool in_string_ = false, escaped_ = false;
  uint64_t depth_ = 0;
};

}  // namespace

JsonRows::JsonRows(const fs::path& path, ByteRange range) : lines_(path, range) {
  if (range.begin == 0) {
    list_ = find_list();
  } else {
    list_ = ended_ = JsonRows(path).list_;
  }
}

// Whether the file is a list, of which the bracket is consumed then.
bool JsonRows::find_list() {
  InputBuffer& buffer = lines_.buffer();
  size_t at;
  while ((at = buffer.window().find_first_not_of(kSpace)) == std::string_view::npos) {
    if (buffer.window().size() > kMaxRecord || !buffer.fill()) return false;
  }
  if (buffer.window()[at] != '[') return false;
  buffer.consume(at + 1);
  return true;
}

bool JsonRows::next(std::string_view& row) { return list_ ? next_element(row) : next_line(row); }

bool JsonRows::next_line(std::string_view& row) {
  while (lines_.next(row)) {
    too_long_ = lines_.too_long();
    if (too_long_ || row.find_first_not_of(kSpace) != std::string_view::npos) return true;
  }
  return false;
}

// To the first byte of the next element; false behind the last.
bool JsonRows::skip_to_element() {
  InputBuffer& buffer = lines_.buffer();
  buffer.consume(std::exchange(taken_, 0));
  while (true) {
    const std::string_view window = buffer.window();
    for (size_t i = 0; i < window.size(); ++i) {
      const char c = window[i];
      if (c == ']') {
        buffer.consume(i + 1);
        expect_end();
        return false;
      }
      if (c != ',' && kSpace.find(c) == std::string_view::npos) return buffer.consume(i), true;
    }
    buffer.consume(window.size());
    if (!buffer.fill()) {
      fail(ErrorCode::kCorruptData, "{}: the list has no end: the file is cut off",
           buffer.path().string());
    }
  }
}

void JsonRows::expect_end() {
  InputBuffer& buffer = lines_.buffer();
  do {
    if (buffer.window().find_first_not_of(kSpace) != std::string_view::npos) {
      ended_ = true;
      fail(ErrorCode::kCorruptData, "{}: more follows behind the end of the list",
           buffer.path().string());
    }
    buffer.consume(buffer.window().size());
  } while (buffer.fill());
}

bool JsonRows::next_element(std::string_view& row) {
  if (ended_ || (ended_ = !skip_to_element())) return false;
  ++number_;
  too_long_ = false;
  row = {};
  InputBuffer& buffer = lines_.buffer();
  ElementEnd element;
  size_t seen = 0, end;
  while ((end = element.find(buffer.window().substr(seen))) == std::string_view::npos) {
    seen = buffer.window().size();
    if (seen > kMaxRecord || too_long_) {
      too_long_ = true;
      buffer.consume(std::exchange(seen, 0));
    }
    if (!buffer.fill()) {
      ended_ = true;
      fail(ErrorCode::kCorruptData, "{}: the list has no end: the file is cut off",
           buffer.path().string());
    }
  }
  taken_ = seen + end;
  if (!too_long_) row = trim(buffer.window().substr(0, taken_));
  return true;
}

std::string JsonRows::name() const { return list_ ? fmt::format("{}", number_) : lines_.name(); }

}  // namespace fundi::data
