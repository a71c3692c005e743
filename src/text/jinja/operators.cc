#include "text/jinja/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/format.h"
#include "text/jinja/text_operations.h"
#include "text/jinja/unicode.h"

namespace fundi::text::jinja {
namespace {

std::string_view symbol(Arithmetic op) {
  constexpr std::string_view kSymbols[] = {"+", "-", "*", "/", "//", "%", "**"};
  return kSymbols[static_cast<size_t>(op)];
}

[[noreturn]] void fail_operands(std::string_view op, const Value& left, const Value& right) {
  if (left.is_undefined()) fail_undefined(left);
  if (right.is_undefined()) fail_undefined(right);
  fail(ErrorCode::kInvalidArgument, "unsupported operand types for {}: '{}' and '{}'", op,
       type_name(left), type_name(right));
}

[[noreturn]] void fail_overflow(Arithmetic op) {
  fail(ErrorCode::kUnsupported, "the result of {} is beyond 64 bits", symbol(op));
}

[[noreturn]] void fail_zero() { fail(ErrorCode::kInvalidArgument, "division by zero"); }

int64_t floor_divide(int64_t a, int64_t b) {
  if (b == 0) fail_zero();
  if (b == -1) {
    if (a == std::numeric_limits<int64_t>::min()) fail_overflow(Arithmetic::kFloorDivide);
    return -a;
  }
  const int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t floor_modulo(int64_t a, int64_t b) {
  if (b == 0) fail_zero();
  if (b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

double floor_modulo(double a, double b) {
  if (b == 0) fail_zero();
  const double rest = std::fmod(a, b);
  if (rest == 0) return std::copysign(0.0, b);
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

int64_t power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  // More than 64 rounds can only go on with -1, 0 or 1.
  if (exponent > 64 && base >= -1 && base <= 1) exponent = exponent % 2 == 0 ? 2 : 3;
  for (; exponent > 0; --exponent) {
    if (__builtin_mul_overflow(result, base, &result)) fail_overflow(Arithmetic::kPower);
  }
  return result;
}

double power(double base, double exponent) {
  const double result = std::pow(base, exponent);
  if (std::isfinite(base) && std::isfinite(exponent) && !std::isfinite(result)) {
    fail(ErrorCode::kInvalidArgument, "the result of ** is too large or not real");
  }
  return result;
}

Value real_arithmetic(Arithmetic op, double a, double b) {
  switch (op) {
    case Arithmetic::kAdd:
      return Value(a + b);
    case Arithmetic::kSubtract:
      return Value(a - b);
    case Arithmetic::kMultiply:
      return Value(a * b);
    case Arithmetic::kDivide:
      if (b == 0) fail_zero();
      return Value(a / b);
    case Arithmetic::kFloorDivide:
      if (b == 0) fail_zero();
      return Value((a - floor_modulo(a, b)) / b);
    case Arithmetic::kModulo:
      return Value(floor_modulo(a, b));
    case Arithmetic::kPower:
      if (a == 0 && b < 0) fail_zero();
      return Value(power(a, b));
  }
  return {};
}

Value integer_arithmetic(Arithmetic op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool overflow = false;
  switch (op) {
    case Arithmetic::kAdd:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Arithmetic::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Arithmetic::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    case Arithmetic::kFloorDivide:
      result = floor_divide(a, b);
      break;
    case Arithmetic::kModulo:
      result = floor_modulo(a, b);
      break;
    case Arithmetic::kPower:
      if (b >= 0) {
        result = power(a, b);
        break;
      }
      [[fallthrough]];
    case Arithmetic::kDivide:
      return real_arithmetic(op, static_cast<double>(a), static_cast<double>(b));
  }
  if (overflow) fail_overflow(op);
  return Value(result);
}

bool same_kind_list(const Value& left, const Value& right) {
  if (!left.is_sequence() || !right.is_sequence()) return false;
  const Sequence::Kind kind = left.sequence().kind;
  return kind == right.sequence().kind &&
         (kind == Sequence::Kind::kList || kind == Sequence::Kind::kTuple);
}

Value join(Heap& heap, const Value& left, const Value& right) {
  if (left.is_text()) {
    const bool markup = left.text().markup() || right.text().markup();
    TextBuilder out(heap);
    out.append(markup ? escape_html(heap, left.text()) : left.text());
    out.append(markup ? escape_html(heap, right.text()) : right.text());
    return markup ? heap.text(out.take().as_markup()) : out.value();
  }
  const Sequence &a = left.sequence(), &b = right.sequence();
  heap.expect((a.items.size() + b.items.size()) * sizeof(Value));
  std::vector<Value> items = a.items;
  items.insert(items.end(), b.items.begin(), b.items.end());
  return heap.sequence(a.kind, std::move(items));
}

Value repeat(Heap& heap, const Value& value, int64_t count) {
  const auto times = static_cast<size_t>(std::max<int64_t>(count, 0));
  const size_t unit =
      value.is_text() ? value.text().size() : value.sequence().items.size() * sizeof(Value);
  if (times > 0 && unit > heap.limits().bytes / times) heap.expect(SIZE_MAX);
  if (value.is_text()) {
    TextBuilder out(heap);
    for (size_t i = 0; i < times && unit > 0; ++i) out.append(value.text());
    return out.value();
  }
  heap.expect(unit * times);
  const Sequence& sequence = value.sequence();
  std::vector<Value> items;
  items.reserve(sequence.items.size() * times);
  for (size_t i = 0; i < times && unit > 0; ++i) {
    items.insert(items.end(), sequence.items.begin(), sequence.items.end());
  }
  return heap.sequence(sequence.kind, std::move(items));
}

bool repeatable(const Value& value) { return value.is_text() || same_kind_list(value, value); }

}  // namespace

void fail_undefined(const Value& value) { fail(ErrorCode::kInvalidArgument, "{}", value.why()); }

bool truthy(const Value& value) {
  switch (value.type()) {
    case Type::kUndefined:
    case Type::kNone:
      return false;
    case Type::kBool:
      return value.boolean();
    case Type::kInt:
      return value.integer() != 0;
    case Type::kFloat:
      return value.real() != 0;
    case Type::kText:
      return !value.text().empty();
    case Type::kSequence:
      return value.sequence().iterator() || !value.sequence().items.empty();
    case Type::kDict:
      return !value.dict().items.empty();
    case Type::kObject:
      return true;
  }
  return false;
}

Value arithmetic(Heap& heap, Arithmetic op, const Value& left, const Value& right) {
  heap.step();
  if (op == Arithmetic::kModulo && left.is_text()) return format_printf(heap, left.text(), right);
  const auto a = left.as_integer(), b = right.as_integer();
  if (a && b) return integer_arithmetic(op, *a, *b);
  if (const auto x = left.as_number(), y = right.as_number(); x && y) {
    return real_arithmetic(op, *x, *y);
  }
  if (op == Arithmetic::kAdd &&
      ((left.is_text() && right.is_text()) || same_kind_list(left, right))) {
    return join(heap, left, right);
  }
  if (op == Arithmetic::kMultiply && repeatable(left) && b) return repeat(heap, left, *b);
  if (op == Arithmetic::kMultiply && repeatable(right) && a) return repeat(heap, right, *a);
  fail_operands(symbol(op), left, right);
}

Value negate(const Value& value) {
  if (value.is_float()) return Value(-value.real());
  if (const auto number = value.as_integer()) {
    return integer_arithmetic(Arithmetic::kSubtract, 0, *number);
  }
  if (value.is_undefined()) fail_undefined(value);
  fail(ErrorCode::kInvalidArgument, "bad operand type for unary -: '{}'", type_name(value));
}

namespace {

bool equal_sequences(Heap& heap, const Sequence& left, const Sequence& right) {
  if (left.kind != right.kind || left.iterator()) return false;
  return std::equal(left.items.begin(), left.items.end(), right.items.begin(), right.items.end(),
                    [&](const Value& a, const Value& b) { return equal(heap, a, b); });
}

bool equal_dicts(Heap& heap, const Dict& left, const Dict& right) {
  if (left.items.size() != right.items.size()) return false;
  return std::all_of(left.items.begin(), left.items.end(), [&](const auto& item) {
    const Value* other = find_key(heap, right.items, item.first);
    return other != nullptr && equal(heap, item.second, *other);
  });
}

int order(double a, double b) { return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2; }

}  // namespace

bool equal(Heap& heap, const Value& left, const Value& right) {
  heap.step();
  if (const auto a = left.as_integer(), b = right.as_integer(); a && b) return *a == *b;
  if (const auto a = left.as_number(), b = right.as_number(); a && b) return *a == *b;
  if (left.type() != right.type()) return false;
  switch (left.type()) {
    case Type::kText:
      heap.touch(std::min(left.text().size(), right.text().size()));
      return left.view() == right.view();
    case Type::kSequence:
      return left.same_as(right) || equal_sequences(heap, left.sequence(), right.sequence());
    case Type::kDict:
      return left.same_as(right) || equal_dicts(heap, left.dict(), right.dict());
    default:
      return left.same_as(right);
  }
}

int compare(Heap& heap, const Value& left, const Value& right, std::string_view op) {
  heap.step();
  if (const auto a = left.as_integer(), b = right.as_integer(); a && b) {
    return *a < *b ? -1 : *a > *b ? 1 : 0;
  }
  if (const auto a = left.as_number(), b = right.as_number(); a && b) return order(*a, *b);
  if (left.is_text() && right.is_text()) {
    heap.touch(std::min(left.text().size(), right.text().size()));
    const int sign = left.view().compare(right.view());  // UTF-8 sorts as code points do
    return sign < 0 ? -1 : sign > 0 ? 1 : 0;
  }
  if (!same_kind_list(left, right)) fail_operands(op, left, right);
  const auto &a = left.sequence().items, &b = right.sequence().items;
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (!equal(heap, a[i], b[i])) return compare(heap, a[i], b[i], op);
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

bool contains(Heap& heap, const Value& container, const Value& item) {
  switch (container.type()) {
    case Type::kUndefined:
      return false;
    case Type::kText:
      if (item.is_undefined()) fail_undefined(item);
      if (!item.is_text()) {
        fail(ErrorCode::kInvalidArgument,
             "'in <string>' requires a string as its left operand, not {}", type_name(item));
      }
      heap.touch(container.text().size() + item.text().size());
      return find_text(container.view(), item.view()) != std::string_view::npos;
    case Type::kSequence: {
      const Value list = iterate(heap, container);
      const auto& items = list.sequence().items;
      return std::any_of(items.begin(), items.end(),
                         [&](const Value& other) { return equal(heap, other, item); });
    }
    case Type::kDict:
      check_hashable(item);
      return find_key(heap, container.dict().items, item) != nullptr;
    default:
      fail(ErrorCode::kInvalidArgument, "an argument of type '{}' is not iterable",
           type_name(container));
  }
}

void check_hashable(const Value& key) {
  const bool list = key.is_sequence() && key.sequence().kind == Sequence::Kind::kList;
  if (list || key.is_dict()) {
    fail(ErrorCode::kInvalidArgument, "unhashable type: '{}'", type_name(key));
  }
}

namespace {

template <typename Items>
auto* find_text_key(Heap& heap, Items& items, std::string_view key) {
  heap.touch(items.size() * (8 + key.size()));
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) {
    return item.first.is_text() && item.first.view() == key;
  });
  return found == items.end() ? nullptr : &found->second;
}

template <typename Items>
auto* find_any_key(Heap& heap, Items& items, const Value& key) {
  if (key.is_text()) return find_text_key(heap, items, key.view());
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const auto& item) { return equal(heap, item.first, key); });
  return found == items.end() ? nullptr : &found->second;
}

}  // namespace

const Value* find_key(Heap& heap, const DictItems& items, std::string_view key) {
  return find_text_key(heap, items, key);
}

const Value* find_key(Heap& heap, const DictItems& items, const Value& key) {
  return find_any_key(heap, items, key);
}

void set_item(Heap& heap, DictItems& items, Value key, Value value) {
  check_hashable(key);
  if (Value* known = find_any_key(heap, items, key)) {
    *known = std::move(value);
  } else {
    items.emplace_back(std::move(key), std::move(value));
  }
}

}  // namespace fundi::text::jinja
