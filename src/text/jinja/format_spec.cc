#include "text/jinja/format_spec.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "base/error.h"
#include "text/jinja/number_text.h"
#include "text/jinja/python_text.h"
#include "text/jinja/unicode.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

constexpr int kMaxWidth = 1'000'000, kMaxDigits = 100;

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

[[noreturn]] void fail_spec(std::string_view spec) {
  fail(ErrorCode::kInvalidArgument, "'{}' is no format specification", spec);
}

class SpecReader {
 public:
  explicit SpecReader(std::string_view spec) : spec_(spec), rest_(spec) {}

  FormatSpec read() {
    FormatSpec out;
    read_align(out);
    if (next_is("+") || next_is("-") || next_is(" ")) out.sign = take();
    if (next_is("#")) out.alternate = take() == '#';
    if (next_is("0") && out.align == '\0') {
      out.fill.assign(1, '0');
      out.align = '=';
    }
    out.width = read_number(0, kMaxWidth);
    if (next_is(",") || next_is("_")) out.separator = take();
    if (next_is(".")) {
      take();
      out.precision = read_number(-1, kMaxWidth);
      if (out.precision < 0) fail_spec(spec_);
    }
    if (!rest_.empty()) out.type = take();
    if (!rest_.empty()) fail_spec(spec_);
    return out;
  }

 private:
  bool next_is(std::string_view text) const { return rest_.starts_with(text); }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void read_align(FormatSpec& out) {
    if (rest_.empty()) return;
    const size_t length = code_point_at(rest_, 0).length;
    if (rest_.size() > length && is_align(rest_[length])) {
      out.fill = rest_.substr(0, length);
      out.align = rest_[length];
      rest_.remove_prefix(length + 1);
    } else if (is_align(rest_.front())) {
      out.align = take();
    }
  }
  int read_number(int fallback, int most) {
    int number = fallback;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      number = std::max(number, 0) * 10 + (take() - '0');
      if (number > most) fail_spec(spec_);
    }
    return number;
  }
  std::string_view spec_, rest_;
};

// With a separator between the thousands of the whole part.
std::string grouped(std::string digits, char separator) {
  const size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
  for (size_t at = whole; at > 3; at -= 3) digits.insert(at - 3, 1, separator);
  return digits;
}

std::string real_digits(double size, const FormatSpec& spec) {
  if (!std::isfinite(size)) return std::isnan(size) ? "nan" : "inf";
  if (spec.type == '\0' && spec.precision < 0) return float_repr(size);
  if (spec.precision > kMaxDigits) {
    fail(ErrorCode::kUnsupported, "a format with {} digits; the most is {}", spec.precision,
         kMaxDigits);
  }
  const bool percent = spec.type == '%', general = spec.type == '\0';
  const char format[] = {'%', '.', '*', percent ? 'f' : general ? 'g' : spec.type, '\0'};
  char buffer[512];
  std::snprintf(buffer, sizeof buffer, format, spec.precision < 0 ? 6 : spec.precision,
                percent ? size * 100 : size);
  const bool whole = std::string_view(buffer).find_first_of(".e") == std::string_view::npos;
  return std::string(buffer) + (percent ? "%" : general && whole ? ".0" : "");
}

std::string integer_digits(uint64_t size, const FormatSpec& spec) {
  switch (spec.type) {
    case 'x':
      return fmt::format("{}{:x}", spec.alternate ? "0x" : "", size);
    case 'X':
      return fmt::format("{}{:X}", spec.alternate ? "0X" : "", size);
    case 'o':
      return fmt::format("{}{:o}", spec.alternate ? "0o" : "", size);
    case 'b':
      return fmt::format("{}{:b}", spec.alternate ? "0b" : "", size);
    default:
      return fmt::format("{}", size);
  }
}

// Puts the filling around `text`, whose first `head` bytes are a sign.
void append_padded(TextBuilder& out, const TracedText& text, size_t head, char align,
                   const FormatSpec& spec) {
  const size_t length = code_points(text.view());
  const auto width = static_cast<size_t>(spec.width);
  const size_t missing = width > length ? width - length : 0;
  const size_t before = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  if (align == '=') out.append(text, 0, head);
  out.append_times(before, spec.fill);
  out.append(text, align == '=' ? head : 0, text.size());
  out.append_times(missing - before, spec.fill);
}

void append_number(TextBuilder& out, const Value& value, const FormatSpec& spec) {
  const bool real =
      value.is_float() ||
      (spec.type != '\0' && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos);
  bool negative = false;
  std::string digits;
  if (real) {
    const double number = *value.as_number();
    negative = std::signbit(number);
    digits = real_digits(std::fabs(number), spec);
  } else {
    const int64_t number = *value.as_integer();
    negative = number < 0;
    const auto bits = static_cast<uint64_t>(number);
    digits = integer_digits(negative ? 0 - bits : bits, spec);
  }
  if (spec.separator != '\0') digits = grouped(std::move(digits), spec.separator);
  const std::string sign = negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
  append_padded(out, TracedText(sign + digits), sign.size(), spec.align == '\0' ? '>' : spec.align,
                spec);
}

}  // namespace

FormatSpec parse_format_spec(std::string_view spec) { return SpecReader(spec).read(); }

void append_formatted(TextBuilder& out, Heap& heap, const Value& value, const FormatSpec& spec) {
  constexpr std::string_view kIntegers = "dxXobn", kReals = "eEfFgG%";
  const bool integers = kIntegers.find(spec.type) != std::string_view::npos;
  const bool reals = kReals.find(spec.type) != std::string_view::npos;
  const bool fits = spec.type == '\0' || (spec.type == 's' && value.is_text()) ||
                    (integers && value.as_integer()) || (reals && value.as_number());
  // Python parts those in groups of four.
  const bool groups = std::string_view("xXob").find(spec.type) == std::string_view::npos;
  if (!fits || (spec.separator != '\0' && !groups)) {
    fail(ErrorCode::kInvalidArgument, "the format '{}' does not fit a value of type '{}'",
         spec.type, type_name(value));
  }
  const bool plain_bool = value.is_bool() && spec == FormatSpec{};
  if (spec.type != 's' && value.as_number() && !plain_bool) {
    return append_number(out, value, spec);
  }
  const Value text = to_text(heap, value);
  size_t end = text.text().size();
  if (spec.precision >= 0) end = byte_offset(text.view(), static_cast<size_t>(spec.precision));
  append_padded(out, text.text().slice(0, end), 0,
                spec.align == '\0' || spec.align == '=' ? '<' : spec.align, spec);
}

}  // namespace fundi::text::jinja
