#include "text/jinja/python_text.h"

#include <fmt/format.h>

#include <string_view>

#include "text/jinja/number_text.h"
#include "text/jinja/text_operations.h"
#include "text/jinja/unicode.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

// How repr() writes a character of a string in the given quotes; empty: as it is.
std::string escaped(char32_t c, char quote) {
  switch (c) {
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  if (c == static_cast<char32_t>(quote)) return fmt::format("\\{}", quote);
  if (is_printable(c)) return "";
  const auto value = static_cast<uint32_t>(c);
  if (c < 0x100) return fmt::format("\\x{:02x}", value);
  if (c < 0x10000) return fmt::format("\\u{:04x}", value);
  return fmt::format("\\U{:08x}", value);
}

void append_quoted(TextBuilder& out, Heap& heap, const TracedText& text) {
  const std::string_view view = text.view();
  heap.touch(view.size() * 16);
  const bool doubled =
      view.find('\'') != std::string_view::npos && view.find('"') == std::string_view::npos;
  const char quote = doubled ? '"' : '\'';
  out.append(std::string_view(&quote, 1));
  append_replaced(out, text, [&](char32_t c) { return escaped(c, quote); });
  out.append(std::string_view(&quote, 1));
}

void append_items(TextBuilder& out, Heap& heap, const std::vector<Value>& items) {
  bool first = true;
  for (const Value& item : items) {
    if (!std::exchange(first, false)) out.append(", ");
    append_repr(out, heap, item);
  }
}

std::string range_repr(const std::vector<Value>& items) {
  if (items.empty()) return "range(0, 0)";
  const int64_t first = items.front().integer();
  const int64_t step = items.size() > 1 ? items[1].integer() - first : 1;
  // Python tells the bound it was given; this is the nearest that gives the same items.
  const int64_t stop = items.back().integer() + (step > 0 ? 1 : -1);
  return step == 1 ? fmt::format("range({}, {})", first, stop)
                   : fmt::format("range({}, {}, {})", first, stop, step);
}

void append_sequence(TextBuilder& out, Heap& heap, const Value& value) {
  const Sequence& sequence = value.sequence();
  switch (sequence.kind) {
    case Sequence::Kind::kRange:
      return out.append(range_repr(sequence.items));
    case Sequence::Kind::kList:
      out.append("[");
      append_items(out, heap, sequence.items);
      return out.append("]");
    case Sequence::Kind::kTuple:
      out.append("(");
      append_items(out, heap, sequence.items);
      return out.append(sequence.items.size() == 1 ? ",)" : ")");
    case Sequence::Kind::kIterator:
      return out.append("<generator object>");  // Python adds its address
    default:
      out.append(type_name(value));
      out.append("([");
      append_items(out, heap, sequence.items);
      return out.append("])");
  }
}

void append_dict(TextBuilder& out, Heap& heap, const Dict& dict) {
  out.append("{");
  bool first = true;
  for (const auto& [key, value] : dict.items) {
    if (!std::exchange(first, false)) out.append(", ");
    append_repr(out, heap, key);
    out.append(": ");
    append_repr(out, heap, value);
  }
  out.append("}");
}

}  // namespace

void append_repr(TextBuilder& out, Heap& heap, const Value& value) {
  heap.step();
  switch (value.type()) {
    case Type::kUndefined:
      return out.append("Undefined");
    case Type::kNone:
      return out.append("None");
    case Type::kBool:
      return out.append(value.boolean() ? "True" : "False");
    case Type::kInt:
      return out.append(fmt::format("{}", value.integer()));
    case Type::kFloat:
      return out.append(float_repr(value.real()));
    case Type::kText:
      return append_quoted(out, heap, value.text());
    case Type::kSequence:
      return append_sequence(out, heap, value);
    case Type::kDict:
      return append_dict(out, heap, value.dict());
    case Type::kObject:
      return out.append(value.object().repr());
  }
}

void append_str(TextBuilder& out, Heap& heap, const Value& value) {
  if (value.is_undefined()) return;
  if (value.is_text()) return out.append(value.text());
  append_repr(out, heap, value);
}

Value to_text(Heap& heap, const Value& value) {
  if (value.is_text()) return value;
  TextBuilder out(heap);
  append_str(out, heap, value);
  return out.value();
}

}  // namespace fundi::text::jinja
