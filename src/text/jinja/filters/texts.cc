// Filters whose input is a text, or is made one by str().
#include <algorithm>

#include "base/error.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/filters/all.h"
#include "text/jinja/format.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_text.h"
#include "text/jinja/text_operations.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

using Bound = BoundArguments;

const TracedText& require_text(const Value& value, std::string_view filter) {
  if (value.is_undefined()) fail_undefined(value);
  if (value.is_text()) return value.text();
  fail(ErrorCode::kInvalidArgument, "{}: expected a string, not {}", filter, type_name(value));
}

template <Casing kCasing>
Value cased(Evaluator& evaluator, const Value& value, const Bound&) {
  const Value text = to_text(evaluator.heap(), value);
  return recase(evaluator.heap(), text.text(), kCasing);
}

bool begins_word(char32_t c) {
  return is_space(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
}

// Jinja's own idea of title case: what stands behind white space, a hyphen or an opening bracket
// becomes upper case, all else lower case.
Value title(Evaluator& evaluator, const Value& value, const Bound&) {
  Heap& heap = evaluator.heap();
  const Value text = to_text(heap, value);
  const std::string_view view = text.view();
  TextBuilder out(heap);
  size_t begin = 0;
  const auto add = [&](size_t end, Casing casing) {
    const Value part = heap.text(text.text().slice(begin, end));
    out.append(recase(heap, part.text(), casing).text());
    begin = end;
  };
  bool first = true;
  for (size_t i = 0; i < view.size();) {
    const CodePoint c = code_point_at(view, i);
    i += c.length;
    const bool separator = begins_word(c.value);
    if (first && !separator) add(i, Casing::kUpper);
    if (separator && !first) add(i, Casing::kLower);
    first = separator;
  }
  add(view.size(), Casing::kLower);
  return out.value();
}

Value trim(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  const Value text = to_text(evaluator.heap(), value);
  return strip(evaluator.heap(), text.text(), Side::kBoth, arguments.view_or_none(0));
}

Value replaced(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  const Value text = to_text(heap, value);
  const Value old = to_text(heap, arguments[0]), fresh = to_text(heap, arguments[1]);
  return replace(heap, text.text(), old.text(), fresh.text(), arguments.integer(2, -1, true));
}

Value indent(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  TextBuilder spaces(heap);
  if (arguments.has(0) && arguments[0].is_text()) {
    spaces.append(arguments[0].text());
  } else {
    spaces.append_times(static_cast<size_t>(std::max<int64_t>(arguments.integer(0, 4), 0)), " ");
  }
  const Value margin = spaces.value();
  const bool first = arguments.truth(1, false), blank = arguments.truth(2, false);
  TextBuilder padded(heap);
  padded.append(require_text(value, "indent"));
  padded.append("\n");  // so that the last line counts, even an empty one
  const Value with_break = padded.value();
  const Value lines = split_lines(heap, with_break.text());
  TextBuilder out(heap);
  bool at_first = true;
  for (const Value& line : lines.sequence().items) {
    if (!at_first) out.append("\n");
    const bool margined = at_first ? first : blank || !line.text().empty();
    if (margined) out.append(margin.text());
    out.append(line.text());
    at_first = false;
  }
  return out.value();
}

Value center(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  const Value text = to_text(evaluator.heap(), value);
  return pad(evaluator.heap(), text.text(), Place::kCenter, arguments.integer(0, 80), " ");
}

Value formatted(Evaluator& evaluator, const Value& value, const Arguments& arguments) {
  Heap& heap = evaluator.heap();
  const Value text = to_text(heap, value);
  if (!arguments.positional.empty() && !arguments.named.empty()) {
    fail(ErrorCode::kInvalidArgument, "format takes positional or keyword arguments, not both");
  }
  if (arguments.named.empty()) {
    return format_printf(heap, text.text(), heap.tuple(arguments.positional));
  }
  DictItems named;
  for (const auto& [name, item] : arguments.named) named.emplace_back(heap.text(name), item);
  return format_printf(heap, text.text(), heap.dict(std::move(named)));
}

Value escape(Evaluator& evaluator, const Value& value, const Bound&) {
  const Value text = to_text(evaluator.heap(), value);
  return evaluator.heap().text(escape_html(evaluator.heap(), text.text()));
}

Value force_escape(Evaluator& evaluator, const Value& value, const Bound&) {
  const Value text = to_text(evaluator.heap(), value);
  const TracedText plain = text.text().slice(0, text.text().size());  // a mark as markup is lost
  return evaluator.heap().text(escape_html(evaluator.heap(), plain));
}

Value safe(Evaluator& evaluator, const Value& value, const Bound&) {
  const Value text = to_text(evaluator.heap(), value);
  return evaluator.heap().text(TracedText(text.text()).as_markup());
}

Value truncate(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  if (value.is_undefined()) return value;
  const TracedText& text = require_text(value, "truncate");
  const std::string_view view = text.view(), ending = arguments.view(2, "...");
  heap.touch(view.size() * 2);
  const int64_t length = arguments.integer(0, 255), leeway = arguments.integer(3, 5, true);
  const auto marks = static_cast<int64_t>(code_points(ending));
  if (length < marks || leeway < 0) {
    fail(ErrorCode::kInvalidArgument, "truncate: the length is less than that of its ending");
  }
  if (static_cast<int64_t>(code_points(view)) - leeway <= length) return value;
  size_t end = byte_offset(view, static_cast<size_t>(length - marks));
  if (!arguments.truth(1, false)) end = std::min(end, view.substr(0, end).rfind(' '));
  TextBuilder out(heap);
  out.append(text, 0, end);
  out.append(ending);
  return out.value();
}

Value word_count(Evaluator& evaluator, const Value& value, const Bound&) {
  const Value text = to_text(evaluator.heap(), value);
  const std::string_view view = text.view();
  evaluator.heap().touch(view.size() * 16);
  int64_t count = 0;
  bool inside = false;
  for_each_character(view, [&](char32_t c, std::string_view) {
    const bool word = is_alpha(c) || is_numeric(c) || c == '_';
    if (word && !inside) ++count;
    inside = word;
  });
  return Value(count);
}

Value url_encode(Evaluator& evaluator, const Value& value, const Bound&) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~/";
  const auto encoded = [&](char32_t c) {
    std::string bytes, out;
    append_utf8(bytes, c);
    if (kPlain.find(bytes) != std::string_view::npos) return out;
    for (const char byte : bytes) out += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    return out;
  };
  const Value text = to_text(evaluator.heap(), value);
  evaluator.heap().touch(text.text().size() * 64);
  TextBuilder out(evaluator.heap());
  append_replaced(out, text.text(), encoded);
  return out.value();
}

constexpr BuiltIn kFilters[] = {
    {"capitalize", "", cased<Casing::kCapital>},
    {"center", "width?", center},
    {"e", "", escape},
    {"escape", "", escape},
    {"forceescape", "", force_escape},
    {"format", "", nullptr, formatted},
    {"indent", "width? first? blank?", indent},
    {"lower", "", cased<Casing::kLower>},
    {"replace", "old new count?", replaced},
    {"safe", "", safe},
    {"title", "", title},
    {"trim", "chars?", trim},
    {"truncate", "length? killwords? end? leeway?", truncate},
    {"upper", "", cased<Casing::kUpper>},
    {"urlencode", "", url_encode},
    {"wordcount", "", word_count},
};

}  // namespace

std::span<const BuiltIn> text_filters() { return kFilters; }

}  // namespace fundi::text::jinja
