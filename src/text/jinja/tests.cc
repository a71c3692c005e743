#include "text/jinja/tests.h"

#include <algorithm>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/expressions.h"
#include "text/jinja/filters/all.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_text.h"
#include "text/jinja/unicode.h"

namespace fundi::text::jinja {
namespace {

using Bound = BoundArguments;

template <bool (Value::*kQuestion)() const>
bool type_is(Evaluator&, const Value& value, const Bound&) {
  return (value.*kQuestion)();
}

bool is_defined(Evaluator&, const Value& value, const Bound&) { return !value.is_undefined(); }

bool is_number(Evaluator&, const Value& value, const Bound&) {
  return value.as_number().has_value();  // a bool is one
}

template <bool kWhich>
bool is_truth(Evaluator&, const Value& value, const Bound&) {
  return value.is_bool() && value.boolean() == kWhich;
}

bool is_callable(Evaluator&, const Value& value, const Bound&) {
  // Python sees that an undefined value has the method which complains when it is called.
  return value.is_undefined() || (value.is_object() && value.object().callable());
}

bool is_iterable(Evaluator&, const Value& value, const Bound&) { return iterable(value); }

// What has a length and subscripts, which holds for texts, dicts and undefined values, too.
bool is_sequence(Evaluator&, const Value& value, const Bound&) {
  return value.is_undefined() || value.is_text() || value.is_dict() ||
         (value.is_sequence() && value.sequence().indexable());
}

bool leaves(Evaluator& evaluator, const Value& value, const Value& divisor, int64_t rest) {
  Heap& heap = evaluator.heap();
  return equal(heap, arithmetic(heap, Arithmetic::kModulo, value, divisor), Value(rest));
}

template <int64_t kRest>
bool is_parity(Evaluator& evaluator, const Value& value, const Bound&) {
  return leaves(evaluator, value, Value(int64_t{2}), kRest);
}

bool is_divisible(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  return leaves(evaluator, value, arguments[0], 0);
}

template <Comparison kComparison>
bool compares(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  return holds(evaluator.heap(), kComparison, value, arguments[0]);
}

bool is_same(Evaluator&, const Value& value, const Bound& arguments) {
  return value.same_as(arguments[0]);
}

template <bool kUpper>
bool is_case(Evaluator& evaluator, const Value& value, const Bound&) {
  const Value text = to_text(evaluator.heap(), value);
  return in_case(text.view(), kUpper);
}

bool is_filter(Evaluator&, const Value& value, const Bound&) {
  return value.is_text() && find_filter(value.view()) != nullptr;
}

bool is_test(Evaluator&, const Value& value, const Bound&) {
  return value.is_text() && find_test(value.view()) != nullptr;
}

bool is_escaped(Evaluator&, const Value& value, const Bound&) {
  return value.is_text() && value.text().markup();
}

constexpr Test kTests[] = {
    {"!=", "other", compares<Comparison::kNotEqual>},
    {"<", "other", compares<Comparison::kLess>},
    {"<=", "other", compares<Comparison::kLessEqual>},
    {"==", "other", compares<Comparison::kEqual>},
    {">", "other", compares<Comparison::kGreater>},
    {">=", "other", compares<Comparison::kGreaterEqual>},
    {"boolean", "", type_is<&Value::is_bool>},
    {"callable", "", is_callable},
    {"defined", "", is_defined},
    {"divisibleby", "num", is_divisible},
    {"eq", "other", compares<Comparison::kEqual>},
    {"equalto", "other", compares<Comparison::kEqual>},
    {"escaped", "", is_escaped},
    {"even", "", is_parity<0>},
    {"false", "", is_truth<false>},
    {"filter", "", is_filter},
    {"float", "", type_is<&Value::is_float>},
    {"ge", "other", compares<Comparison::kGreaterEqual>},
    {"greaterthan", "other", compares<Comparison::kGreater>},
    {"gt", "other", compares<Comparison::kGreater>},
    {"in", "seq", compares<Comparison::kIn>},
    {"integer", "", type_is<&Value::is_int>},
    {"iterable", "", is_iterable},
    {"le", "other", compares<Comparison::kLessEqual>},
    {"lessthan", "other", compares<Comparison::kLess>},
    {"lower", "", is_case<false>},
    {"lt", "other", compares<Comparison::kLess>},
    {"mapping", "", type_is<&Value::is_dict>},
    {"ne", "other", compares<Comparison::kNotEqual>},
    {"none", "", type_is<&Value::is_none>},
    {"number", "", is_number},
    {"odd", "", is_parity<1>},
    {"sameas", "other", is_same},
    {"sequence", "", is_sequence},
    {"string", "", type_is<&Value::is_text>},
    {"test", "", is_test},
    {"true", "", is_truth<true>},
    {"undefined", "", type_is<&Value::is_undefined>},
    {"upper", "", is_case<true>},
};

}  // namespace

const Test* find_test(std::string_view name) {
  const auto found = std::find_if(std::begin(kTests), std::end(kTests),
                                  [&](const Test& test) { return test.name == name; });
  return found == std::end(kTests) ? nullptr : &*found;
}

const Test& test_named(std::string_view name) {
  if (const Test* found = find_test(name)) return *found;
  fail(ErrorCode::kUnsupported, "there is no test '{}'", name);
}

}  // namespace fundi::text::jinja
