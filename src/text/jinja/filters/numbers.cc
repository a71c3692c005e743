// Filters that make or change numbers.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/error.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/filters/all.h"
#include "text/jinja/number_text.h"
#include "text/jinja/operators.h"

namespace fundi::text::jinja {
namespace {

using Bound = BoundArguments;

Value to_integer(Evaluator&, const Value& value, const Bound& arguments) {
  if (value.is_undefined()) fail_undefined(value);
  const auto base = static_cast<int>(arguments.integer(1, 10));
  if (base < 2 || base > 36) fail(ErrorCode::kInvalidArgument, "int: the base must be 2 to 36");
  std::optional<int64_t> number = value.as_integer();
  if (value.is_float()) number = truncated(value.real());
  if (value.is_text()) {
    number = parse_integer(value.view(), base);
    if (!number) {
      if (const auto real = parse_real(value.view())) number = truncated(*real);
    }
  }
  if (number) return Value(*number);
  return arguments.has(0) ? arguments[0] : Value(int64_t{0});
}

Value to_real(Evaluator&, const Value& value, const Bound& arguments) {
  if (value.is_undefined()) fail_undefined(value);
  std::optional<double> number = value.as_number();
  if (value.is_text()) number = parse_real(value.view());
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
    const auto whole = value.as_integer();
    if (whole && precision >= 0) return Value(*whole);
    const double result =
        std::isfinite(*number) ? rounded(*number, static_cast<int>(precision)) : *number;
    const auto integer = whole ? truncated(result) : std::nullopt;
    return integer ? Value(*integer) : Value(result);
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
