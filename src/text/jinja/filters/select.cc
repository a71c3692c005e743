// Filters that apply a test or another filter to each item.
#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/filters/all.h"
#include "text/jinja/filters/common.h"
#include "text/jinja/operators.h"
#include "text/jinja/tests.h"

namespace fundi::text::jinja {
namespace {

// The first positional argument, taken away.
Value take_first(Arguments& arguments) {
  if (arguments.positional.empty()) {
    fail(ErrorCode::kInvalidArgument, "the name of an attribute or filter is missing");
  }
  Value first = std::move(arguments.positional.front());
  arguments.positional.erase(arguments.positional.begin());
  return first;
}

std::string_view name_of(const Value& value) {
  if (value.is_text()) return value.view();
  fail(ErrorCode::kInvalidArgument, "the name of a filter or test must be a string, not {}",
       type_name(value));
}

// These filters take what is false, None above all, as an empty list.
Value items_of(Evaluator& evaluator, const Value& value) {
  return truthy(value) ? iterate(evaluator.heap(), value) : evaluator.heap().list({});
}

// select, reject, selectattr, rejectattr.
template <bool kWanted, bool kByAttribute>
Value select(Evaluator& evaluator, const Value& value, const Arguments& given) {
  Arguments arguments = given;
  Value attribute;
  if (kByAttribute) attribute = take_first(arguments);
  const Test* test = nullptr;
  if (!arguments.positional.empty()) {
    const Value name = take_first(arguments);
    test = &test_named(name_of(name));
  }
  const Value items = items_of(evaluator, value);
  std::vector<Value> out;
  for (const Value& item : items.sequence().items) {
    const Value subject = kByAttribute ? get_path(evaluator, item, attribute) : item;
    const bool holds =
        test != nullptr ? test->apply(evaluator, subject, arguments) : truthy(subject);
    if (holds == kWanted) out.push_back(item);
  }
  return evaluator.heap().sequence(Sequence::Kind::kIterator, std::move(out));
}

Value map_attribute(Evaluator& evaluator, const Value& items, const Arguments& given) {
  const BoundArguments arguments(given, "attribute default?", "map");
  std::vector<Value> out;
  for (const Value& item : items.sequence().items) {
    out.push_back(get_path(evaluator, item, arguments[0], arguments.or_none(1)));
  }
  return evaluator.heap().sequence(Sequence::Kind::kIterator, std::move(out));
}

Value map(Evaluator& evaluator, const Value& value, const Arguments& given) {
  const Value items = items_of(evaluator, value);
  if (given.positional.empty()) return map_attribute(evaluator, items, given);
  Arguments arguments = given;
  const Value name = take_first(arguments);
  const BuiltIn& filter = filter_named(name_of(name));
  std::vector<Value> out;
  for (const Value& item : items.sequence().items) {
    out.push_back(invoke(filter, evaluator, item, arguments));
  }
  return evaluator.heap().sequence(Sequence::Kind::kIterator, std::move(out));
}

constexpr BuiltIn kFilters[] = {
    {"map", "", nullptr, map},
    {"reject", "", nullptr, select<false, false>},
    {"rejectattr", "", nullptr, select<false, true>},
    {"select", "", nullptr, select<true, false>},
    {"selectattr", "", nullptr, select<true, true>},
};

}  // namespace

std::span<const BuiltIn> select_filters() { return kFilters; }

}  // namespace fundi::text::jinja
