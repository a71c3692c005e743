#include "text/jinja/format.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/format_spec.h"
#include "text/jinja/number_text.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_text.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

class PrintfFormatter {
 public:
  PrintfFormatter(Heap& heap, const TracedText& format, const Value& arguments)
      : heap_(heap),
        format_(format),
        view_(format.view()),
        arguments_(arguments),
        out_(heap),
        list_(&arguments, 1) {
    if (arguments.is_sequence() && arguments.sequence().kind == Sequence::Kind::kTuple) {
      list_ = arguments.sequence().items;
    }
  }

  Value run() {
    size_t done = 0;
    while ((pos_ = view_.find('%', pos_)) != std::string_view::npos) {
      out_.append(format_, done, pos_);
      ++pos_;
      read_conversion();
      done = pos_;
    }
    out_.append(format_, done, view_.size());
    if (used_ < list_.size() && !may_be_left()) {
      fail(ErrorCode::kInvalidArgument, "not all arguments converted during string formatting");
    }
    return out_.value();
  }

 private:
  // Python lets go what looks like a mapping, and so has subscripts, but is no tuple.
  bool may_be_left() const {
    return arguments_.is_dict() || arguments_.is_undefined() ||
           (arguments_.is_sequence() && arguments_.sequence().indexable() &&
            arguments_.sequence().kind != Sequence::Kind::kTuple);
  }

  char peek() const { return pos_ < view_.size() ? view_[pos_] : '\0'; }

  const Value& next() {
    if (used_ >= list_.size()) {
      fail(ErrorCode::kInvalidArgument, "not enough arguments for format string");
    }
    return list_[used_++];
  }

  int read_number() {
    if (peek() == '*') {
      ++pos_;
      const auto number = next().as_integer();
      if (!number || *number < 0 || *number > 1'000'000) {
        fail(ErrorCode::kInvalidArgument, "'*' in a format wants a small integer");
      }
      return static_cast<int>(*number);
    }
    int number = 0;
    const char* begin = view_.data() + pos_;
    const auto [end, error] = std::from_chars(begin, view_.data() + view_.size(), number);
    if (error == std::errc::result_out_of_range || number > 1'000'000) {
      fail(ErrorCode::kInvalidArgument, "a number in a format is too large");
    }
    pos_ += static_cast<size_t>(end - begin);
    return number;
  }

  const Value* read_name() {
    if (peek() != '(') return nullptr;
    const size_t close = view_.find(')', pos_);
    if (close == std::string_view::npos || !arguments_.is_dict()) {
      fail(ErrorCode::kInvalidArgument, "a format with names requires a mapping");
    }
    const std::string_view name = view_.substr(pos_ + 1, close - pos_ - 1);
    pos_ = close + 1;
    const Value* value = find_key(heap_, arguments_.dict().items, name);
    if (value == nullptr) fail(ErrorCode::kInvalidArgument, "no value for '{}' of a format", name);
    return value;
  }

  void read_conversion() {
    const Value* named = read_name();
    FormatSpec spec;
    bool left = false, zero = false;
    for (; std::string_view("-+ #0").find(peek()) != std::string_view::npos; ++pos_) {
      if (peek() == '-') left = true;
      if (peek() == '0') zero = true;
      if (peek() == '#') spec.alternate = true;
      if (peek() == '+' || (peek() == ' ' && spec.sign != '+')) spec.sign = peek();
    }
    spec.align = left ? '<' : zero ? '=' : '>';
    if (zero && !left) spec.fill.assign(1, '0');
    spec.width = read_number();
    if (peek() == '.') {
      ++pos_;
      spec.precision = read_number();
    }
    spec.type = peek();
    if (pos_ >= view_.size()) fail(ErrorCode::kInvalidArgument, "incomplete format");
    ++pos_;
    if (spec.type == '%') return out_.append("%");
    convert(named != nullptr ? *named : next(), spec);
  }

  void convert(const Value& value, FormatSpec spec) {
    const bool text = spec.type == 's' || spec.type == 'r' || spec.type == 'c';
    if (spec.type == 'i' || spec.type == 'u') spec.type = 'd';
    if (spec.type == 'd' && value.is_float()) {
      const auto whole = truncated(value.real());
      if (!whole) fail(ErrorCode::kUnsupported, "%d of a number beyond 64 bits");
      return append_formatted(out_, heap_, Value(*whole), spec);
    }
    if (!text) return append_formatted(out_, heap_, value, spec);
    // Zeros before a text are blanks.
    if (spec.align == '=') spec.align = '>';
    spec.fill.assign(1, ' ');
    TextBuilder piece(heap_);
    if (spec.type == 'r') {
      append_repr(piece, heap_, value);
    } else if (spec.type == 'c' && value.as_integer()) {
      const int64_t point = *value.as_integer();
      if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
        fail(ErrorCode::kInvalidArgument, "%c wants a character");
      }
      std::string bytes;
      append_utf8(bytes, static_cast<char32_t>(point));
      piece.append(bytes);
    } else {
      append_str(piece, heap_, value);
    }
    spec.type = 's';
    append_formatted(out_, heap_, piece.value(), spec);
  }

  Heap& heap_;
  const TracedText& format_;
  std::string_view view_;
  const Value& arguments_;
  TextBuilder out_;
  std::span<const Value> list_;
  size_t pos_ = 0, used_ = 0;
};

class BraceFormatter {
 public:
  BraceFormatter(Evaluator& evaluator, const TracedText& format, const Arguments& arguments)
      : evaluator_(evaluator), format_(format), view_(format.view()), arguments_(arguments) {}

  Value run() {
    TextBuilder out(evaluator_.heap());
    fill_in(out, 0, format_.size(), false);
    return out.value();
  }

 private:
  // Appends the bytes of the format with their fields replaced.
  void fill_in(TextBuilder& out, size_t pos, size_t end, bool nested) {
    while (pos < end) {
      const size_t brace = std::min(view_.find_first_of("{}", pos), end);
      out.append(format_, pos, brace);
      if (brace == end) return;
      if (brace + 1 < end && view_[brace + 1] == view_[brace] && !nested) {
        out.append(format_, brace, brace + 1);
        pos = brace + 2;
        continue;
      }
      pos = field_end(brace, end);
      replace(out, brace + 1, pos, nested);
      ++pos;
    }
  }

  // The place of the brace that closes the one at `open`.
  size_t field_end(size_t open, size_t end) const {
    int depth = 0;
    for (size_t i = open; i < end; ++i) {
      if (view_[i] == '{') ++depth;
      if (view_[i] == '}' && --depth == 0) return i;
      if (depth < 0) break;
    }
    fail(ErrorCode::kInvalidArgument, "single '{}' in a format string", view_[open]);
  }

  void replace(TextBuilder& out, size_t begin, size_t end, bool nested) {
    Heap& heap = evaluator_.heap();
    std::string_view field = view_.substr(begin, end - begin);
    const size_t colon = std::min(field.find(':'), field.size());
    field = field.substr(0, colon);
    char conversion = '\0';
    if (const size_t mark = field.find('!'); mark != std::string_view::npos) {
      conversion = mark + 2 == field.size() ? field.back() : '?';
      field = field.substr(0, mark);
    }
    Value value = look_up(field);
    if (conversion == 'r') {
      TextBuilder piece(heap);
      append_repr(piece, heap, value);
      value = piece.value();
    } else if (conversion == 's') {
      value = to_text(heap, value);
    } else if (conversion != '\0') {
      fail(ErrorCode::kInvalidArgument, "unknown conversion in a format string");
    }
    TextBuilder spec(heap);
    const size_t spec_begin = std::min(begin + colon + 1, end);
    if (nested && spec_begin < end) {
      fail(ErrorCode::kInvalidArgument, "a format string is nested too deeply");
    }
    fill_in(spec, spec_begin, end, true);
    append_formatted(out, heap, value, parse_format_spec(spec.take().view()));
  }

  // "0.name[key]"
  Value look_up(std::string_view field) {
    const size_t end = std::min(field.find_first_of(".["), field.size());
    Value value = argument(field.substr(0, end));
    field.remove_prefix(end);
    while (!field.empty()) {
      const bool subscript = field.front() == '[';
      const size_t stop = subscript ? field.find(']') : field.find_first_of(".[", 1);
      if (subscript && stop == std::string_view::npos) {
        fail(ErrorCode::kInvalidArgument, "expected ']' in a format string");
      }
      const size_t length = std::min(stop, field.size()) - 1;
      const std::string_view key = field.substr(1, length);
      value = subscript ? get_item(evaluator_, value, key_value(key))
                        : get_attribute(evaluator_, value, key);
      field.remove_prefix(std::min(1 + length + (subscript ? 1 : 0), field.size()));
    }
    return value;
  }

  Value key_value(std::string_view key) {
    int64_t number = 0;
    const char* end = key.data() + key.size();
    const auto [stop, error] = std::from_chars(key.data(), end, number);
    if (!key.empty() && error == std::errc() && stop == end) return Value(number);
    return evaluator_.heap().text(std::string(key));
  }

  Value argument(std::string_view name) {
    const Value key = name.empty() ? Value(static_cast<int64_t>(automatic_++)) : key_value(name);
    if (key.is_int()) {
      const int64_t index = key.integer();
      if (index >= 0 && static_cast<size_t>(index) < arguments_.positional.size()) {
        return arguments_.positional[static_cast<size_t>(index)];
      }
    }
    if (const Value* value = find_named(evaluator_.heap(), arguments_.named, name)) return *value;
    fail(ErrorCode::kInvalidArgument, "no value for the field '{}' of a format string", name);
  }

  Evaluator& evaluator_;
  const TracedText& format_;
  std::string_view view_;
  const Arguments& arguments_;
  size_t automatic_ = 0;
};

}  // namespace

Value format_printf(Heap& heap, const TracedText& format, const Value& arguments) {
  return PrintfFormatter(heap, format, arguments).run();
}

Value format_braces(Evaluator& evaluator, const TracedText& format, const Arguments& arguments) {
  return BraceFormatter(evaluator, format, arguments).run();
}

}  // namespace fundi::text::jinja
