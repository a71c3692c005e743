// Filters that make or change numbers.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/error.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/filters/all.h"
#include "text/jinja/operators.h"
#include "text/jinja/unicode.h"

namespace fundi::text::jinja {
namespace {

using Bound = BoundArguments;

std::string_view stripped(std::string_view text) {
  const auto [begin, end] = strip_range(text, Side::kBoth, is_space);
  return text.substr(begin, end - begin);
}

// What Python's int(text, base) and float(text) read, with underscores between digits left out.
std::string digits_of(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool joins = text[i] == '_' && i > 0 && i + 1 < text.size() && text[i - 1] != '_';
    if (!joins) out += text[i];
  }
  return out;
}

std::optional<int64_t> parse_integer(std::string_view text, int base) {
  std::string digits = digits_of(stripped(text));
  if (digits.starts_with('+')) digits.erase(0, 1);
  const size_t sign = digits.starts_with('-') ? 1 : 0;
  const char* prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
  if (*prefix != '\0' && digits.size() > sign + 2 && digits[sign] == '0' &&
      (digits[sign + 1] | 0x20) == prefix[1]) {
    digits.erase(sign, 2);
  }
  int64_t number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<double> parse_real(std::string_view text) {
  std::string digits = digits_of(stripped(text));
  if (digits.starts_with('+')) digits.erase(0, 1);
  double number = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error == std::errc::result_out_of_range && stop == end)
    return std::strtod(digits.c_str(), nullptr);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<int64_t> truncated(double number) {
  if (!(number > -9.2e18 && number < 9.2e18)) return std::nullopt;
  return static_cast<int64_t>(number);
}

Value to_integer(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  if (value.is_undefined()) fail_undefined(value);
  const auto base = static_cast<int>(arguments.integer(1, 10));
  if (base < 2 || base > 36) fail(ErrorCode::kInvalidArgument, "int: the base must be 2 to 36");
  std::optional<int64_t> number = value.as_integer();
  if (value.is_float()) number = truncated(value.real());
  if (value.is_text()) {
    evaluator.heap().touch(value.text().size() * 4);
    number = parse_integer(value.view(), base);
    if (!number) {
      if (const auto real = parse_real(value.view())) number = truncated(*real);
    }
  }
  if (number) return Value(*number);
  return arguments.has(0) ? arguments[0] : Value(int64_t{0});
}

Value to_real(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  if (value.is_undefined()) fail_undefined(value);
  std::optional<double> number = value.as_number();
  if (value.is_text()) {
    evaluator.heap().touch(value.text().size() * 4);
    number = parse_real(value.view());
  }
  if (number) return Value(*number);
  return arguments.has(0) ? arguments[0] : Value(0.0);
}

Value absolute(Evaluator&, const Value& value, const Bound&) {
  if (value.is_float()) return Value(std::fabs(value.real()));
  if (const auto number = value.as_integer()) return *number < 0 ? negate(value) : Value(*number);
  if (value.is_undefined()) fail_undefined(value);
  fail(ErrorCode::kInvalidArgument, "bad operand type for abs(): '{}'", type_name(value));
}

// To so many decimals, exactly halfway cases to even, as Python does.
double rounded(double number, int precision) {
  if (precision < 0) {
    const double unit = std::pow(10.0, -precision);
    return std::nearbyint(number / unit) * unit;
  }
  // Through decimal digits, which round correctly where multiplying would not.
  return std::strtod(fmt::format("{:.{}f}", number, precision).c_str(), nullptr);
}

Value round(Evaluator&, const Value& value, const Bound& arguments) {
  const auto number = value.as_number();
  if (value.is_undefined()) fail_undefined(value);
  const int64_t precision = arguments.integer(0, 0);
  const std::string_view method = arguments.view(1, "common");
  if (!number || precision < -300 || precision > 300) {
    fail(ErrorCode::kInvalidArgument, "round: cannot round a value of type '{}' to {} digits",
         type_name(value), precision);
  }
  if (method == "common") {
    if (const auto whole = value.as_integer(); whole && precision >= 0) return Value(*whole);
    return Value(std::isfinite(*number) ? rounded(*number, static_cast<int>(precision)) : *number);
  }
  const double unit = std::pow(10.0, static_cast<double>(precision));
  if (method == "ceil") return Value(std::ceil(*number * unit) / unit);
  if (method == "floor") return Value(std::floor(*number * unit) / unit);
  fail(ErrorCode::kInvalidArgument, "round: the method must be common, ceil or floor");
}

constexpr BuiltIn kFilters[] = {
    {"abs", "", absolute},
    {"float", "default?", to_real},
    {"int", "default? base?", to_integer},
    {"round", "precision? method?", round},
};

}  // namespace

std::span<const BuiltIn> number_filters() { return kFilters; }

}  // namespace fundi::text::jinja
