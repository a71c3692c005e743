// Filters for any value.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/filters/all.h"
#include "text/jinja/filters/common.h"
#include "text/jinja/json_text.h"
#include "text/jinja/methods/all.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_text.h"

namespace fundi::text::jinja {
namespace {

using Bound = BoundArguments;

Value with_default(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  const bool missing = value.is_undefined() || (arguments.truth(1, false) && !truthy(value));
  if (!missing) return value;
  return arguments.has(0) ? arguments[0] : evaluator.heap().text(std::string());
}

Value string(Evaluator& evaluator, const Value& value, const Bound&) {
  return to_text(evaluator.heap(), value);
}

Value to_json(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  JsonStyle style;
  style.ascii = arguments.truth(0, false);
  if (arguments.has(1) && !arguments[1].is_none()) {
    TextBuilder indent(evaluator.heap());
    if (arguments[1].is_text()) {
      indent.append(arguments[1].view());
    } else {
      indent.append_times(static_cast<size_t>(std::max<int64_t>(arguments.integer(1, 0), 0)), " ");
    }
    style.indent = indent.take().bytes();
    style.item_separator.assign(1, ',');
  }
  if (arguments.has(2) && !arguments[2].is_none()) {
    const Value pair = iterate(evaluator.heap(), arguments[2]);
    const auto& separators = pair.sequence().items;
    if (separators.size() != 2 || !separators[0].is_text() || !separators[1].is_text()) {
      fail(ErrorCode::kInvalidArgument, "tojson: separators must be two strings");
    }
    style.item_separator = separators[0].view();
    style.key_separator = separators[1].view();
  }
  style.sort_keys = arguments.truth(3, false);
  return to_json_text(evaluator.heap(), value, style);
}

Value items(Evaluator& evaluator, const Value& value, const Bound&) {
  std::vector<Value> pairs;
  if (!value.is_undefined()) {
    if (!value.is_dict()) fail(ErrorCode::kInvalidArgument, "items: the value is no mapping");
    for (const auto& [key, item] : value.dict().items) {
      pairs.push_back(evaluator.heap().tuple({key, item}));
    }
  }
  return evaluator.heap().sequence(Sequence::Kind::kIterator, std::move(pairs));
}

Value dict_sort(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  Heap& heap = evaluator.heap();
  if (value.is_undefined()) fail_undefined(value);
  if (!value.is_dict()) fail(ErrorCode::kInvalidArgument, "dictsort: the value is no mapping");
  const std::string_view by = arguments.view(1, "key");
  if (by != "key" && by != "value") {
    fail(ErrorCode::kInvalidArgument, "dictsort: can sort by 'key' or 'value' only");
  }
  std::vector<Value> pairs;
  for (const auto& [key, item] : value.dict().items) pairs.push_back(heap.tuple({key, item}));
  const bool case_sensitive = arguments.truth(0, false);
  const auto key = [&](const Value& pair) {
    return sort_key(evaluator, pair.sequence().items[by == "key" ? 0 : 1], Value::none(),
                    case_sensitive);
  };
  return heap.list(sorted(heap, pairs, key, arguments.truth(2, false)));
}

// An attribute proper, not a key.
Value attribute(Evaluator& evaluator, const Value& value, const Bound& arguments) {
  const std::string_view name = arguments.view(0, "");
  if (value.is_undefined()) fail_undefined(value);
  auto found = value.is_object() ? value.object().attribute(evaluator, name)
                                 : bound_method(evaluator.heap(), value, name);
  if (found) return *std::move(found);
  return evaluator.heap().undefined(
      fmt::format("'{}' has no attribute '{}'", type_name(value), name));
}

constexpr BuiltIn kFilters[] = {
    {"attr", "name", attribute},
    {"d", "default_value? boolean?", with_default},
    {"default", "default_value? boolean?", with_default},
    {"dictsort", "case_sensitive? by? reverse?", dict_sort},
    {"items", "", items},
    {"string", "", string},
    {"tojson", "ensure_ascii? indent? separators? sort_keys?", to_json},
};

}  // namespace

std::span<const BuiltIn> value_filters() { return kFilters; }

}  // namespace fundi::text::jinja
