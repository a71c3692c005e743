#include "text/jinja/text_operations.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "text/jinja/python_text.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

constexpr size_t kNone = std::string_view::npos;

// Cuts a text into pieces.
class Cutter {
 public:
  Cutter(Heap& heap, const TracedText& text) : heap_(heap), text_(text) { heap.touch(text.size()); }
  std::string_view view() const { return text_.view(); }
  size_t count() const { return pieces_.size(); }
  void add(size_t begin, size_t end) { pieces_.push_back(heap_.text(text_.slice(begin, end))); }
  Value list(bool reversed = false) {
    if (!reversed) return heap_.list(std::move(pieces_));
    return heap_.list(std::vector<Value>(pieces_.rbegin(), pieces_.rend()));
  }

 private:
  Heap& heap_;
  const TracedText& text_;
  std::vector<Value> pieces_;
};

CharPredicate one_of(std::optional<std::string_view> characters) {
  if (!characters) return is_space;
  std::u32string set;
  for_each_character(*characters, [&](char32_t c, std::string_view) { set += c; });
  std::sort(set.begin(), set.end());
  return
      [set = std::move(set)](char32_t c) { return std::binary_search(set.begin(), set.end(), c); };
}

// Past the characters at `at` that are white space, or are not.
size_t skip_while(std::string_view text, size_t at, bool space) {
  const auto skipped = [space](char32_t c) { return is_space(c) == space; };
  return at + strip_range(text.substr(at), Side::kLeft, skipped).first;
}

size_t skip_back_while(std::string_view text, size_t at, bool space) {
  const auto skipped = [space](char32_t c) { return is_space(c) == space; };
  return strip_range(text.substr(0, at), Side::kRight, skipped).second;
}

Value split_space(Cutter cut, size_t most) {
  const std::string_view text = cut.view();
  for (size_t at = skip_while(text, 0, true); at < text.size(); at = skip_while(text, at, true)) {
    if (cut.count() == most) {
      cut.add(at, text.size());
      break;
    }
    const size_t begin = at;
    at = skip_while(text, at, false);
    cut.add(begin, at);
  }
  return cut.list();
}

Value split_space_from_right(Cutter cut, size_t most) {
  const std::string_view text = cut.view();
  for (size_t at = skip_back_while(text, text.size(), true); at > 0;
       at = skip_back_while(text, at, true)) {
    if (cut.count() == most) {
      cut.add(0, at);
      break;
    }
    const size_t end = at;
    at = skip_back_while(text, at, false);
    cut.add(at, end);
  }
  return cut.list(true);
}

Value split_at(Cutter cut, std::string_view separator, size_t most) {
  size_t begin = 0;
  while (cut.count() < most) {
    const size_t at = find_text(cut.view(), separator, begin);
    if (at == kNone) break;
    cut.add(begin, at);
    begin = at + separator.size();
  }
  cut.add(begin, cut.view().size());
  return cut.list();
}

Value split_at_from_right(Cutter cut, std::string_view separator, size_t most) {
  // Searched from the left in the reversed text: going back step by step could take quadratic time.
  const std::string text(cut.view().rbegin(), cut.view().rend());
  const std::string part(separator.rbegin(), separator.rend());
  size_t begin = 0;
  while (cut.count() < most) {
    const size_t at = find_text(text, part, begin);
    if (at == kNone) break;
    cut.add(text.size() - at, text.size() - begin);
    begin = at + part.size();
  }
  cut.add(0, text.size() - begin);
  return cut.list(true);
}

std::string_view html_entity(char32_t c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\'':
      return "&#39;";
    case '"':
      return "&#34;";
    default:
      return "";
  }
}

bool breaks_line(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 ||
         c == 0x2029;
}

}  // namespace

Value strip(Heap& heap, const TracedText& text, Side side,
            std::optional<std::string_view> characters) {
  heap.touch(text.size());
  if (characters) {  // they are sorted
    heap.touch(characters->size() * 64);
    heap.expect(characters->size() * sizeof(char32_t));
  }
  const auto [begin, end] = strip_range(text.view(), side, one_of(characters));
  return heap.text(text.slice(begin, end));
}

Value replace(Heap& heap, const TracedText& text, const TracedText& old, const TracedText& fresh,
              int64_t count) {
  const std::string_view view = text.view();
  TextBuilder out(heap);
  heap.touch(view.size());
  size_t done = 0;
  for (int64_t replaced = 0; replaced != count; ++replaced) {
    size_t at = 0;
    if (!old.empty()) {
      at = find_text(view, old.view(), done);
      if (at == kNone) break;
      out.append(text, done, at);
      done = at + old.size();
    } else if (replaced > 0) {
      // An empty text stands before each character and at the end.
      if (done == view.size()) break;
      const size_t next = done + code_point_at(view, done).length;
      out.append(text, done, next);
      done = next;
    }
    out.append(fresh);
  }
  out.append(text, done, view.size());
  return out.value();
}

Value split(Heap& heap, const TracedText& text, std::optional<std::string_view> separator,
            int64_t most, bool from_right) {
  Cutter cut(heap, text);
  const size_t limit = most < 0 ? kNone : static_cast<size_t>(most);
  if (!separator) {
    return from_right ? split_space_from_right(std::move(cut), limit)
                      : split_space(std::move(cut), limit);
  }
  if (separator->empty()) fail(ErrorCode::kInvalidArgument, "empty separator");
  return from_right ? split_at_from_right(std::move(cut), *separator, limit)
                    : split_at(std::move(cut), *separator, limit);
}

Value split_lines(Heap& heap, const TracedText& text, bool keep_ends) {
  Cutter cut(heap, text);
  const std::string_view view = text.view();
  size_t begin = 0;
  for (size_t i = 0; i < view.size();) {
    const CodePoint c = code_point_at(view, i);
    size_t next = i + c.length;
    if (breaks_line(c.value)) {
      if (c.value == '\r' && next < view.size() && view[next] == '\n') ++next;
      cut.add(begin, keep_ends ? next : i);
      begin = next;
    }
    i = next;
  }
  if (begin < view.size()) cut.add(begin, view.size());
  return cut.list();
}

Value join(Heap& heap, const TracedText& separator, const std::vector<Value>& items, bool convert) {
  TextBuilder out(heap);
  bool first = true;
  for (const Value& item : items) {
    if (!convert && !item.is_text()) {
      fail(ErrorCode::kInvalidArgument, "join: expected strings, got {}", type_name(item));
    }
    if (!std::exchange(first, false)) out.append(separator);
    append_str(out, heap, item);
  }
  return out.value();
}

Value recase(Heap& heap, const TracedText& text, Casing casing) {
  const bool ascii = is_ascii(text.view());
  heap.touch(text.size() * (ascii ? 4 : 64));
  if (text.all_from_template()) return heap.text(change_case(text.view(), casing));
  if (casing == Casing::kTitle || casing == Casing::kCapital || text.runs().size() == 1) {
    // A letter's case depends on its neighbours, so the text is changed as one, and all of it
    // counts as of the first source that is not the template.
    uint32_t source = TracedText::kTemplate;
    for (const auto& run : text.runs()) source = std::max(source, run.source);
    return heap.text(TracedText(change_case(text.view(), casing), source));
  }
  TextBuilder out(heap);
  size_t begin = 0;
  for (const auto& run : text.runs()) {
    out.append(change_case(text.view().substr(begin, run.end - begin), casing), run.source);
    begin = run.end;
  }
  return out.value();
}

Value pad(Heap& heap, const TracedText& text, Place place, int64_t width, std::string_view fill) {
  if (code_points(fill) != 1) fail(ErrorCode::kInvalidArgument, "the fill must be one character");
  const int64_t length = static_cast<int64_t>(code_points(text.view()));
  const auto missing = static_cast<size_t>(std::max<int64_t>(0, width - length));
  size_t before = place == Place::kLeft ? 0 : missing;
  // Python puts the odd one on the left where the width is odd.
  if (place == Place::kCenter) before = missing / 2 + (missing & static_cast<size_t>(width) & 1);
  TextBuilder out(heap);
  out.append_times(before, fill);
  out.append(text);
  out.append_times(missing - before, fill);
  return out.value();
}

TracedText escape_html(Heap& heap, const TracedText& text) {
  if (text.markup()) return text;
  TextBuilder out(heap);
  append_replaced(out, text, html_entity);
  return out.take().as_markup();
}

int64_t count_text(std::string_view text, std::string_view part) {
  if (part.empty()) return static_cast<int64_t>(code_points(text)) + 1;
  int64_t count = 0;
  for (size_t at = find_text(text, part); at != kNone;
       at = find_text(text, part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace fundi::text::jinja
