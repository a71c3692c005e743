#pragma once

#include <functional>
#include <vector>

#include "text/jinja/evaluator.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// The item at a path such as "function.name" or "0.name", or at an integer; `path` is what a
// filter got for its parameter "attribute"; None stands for the value itself. The fallback, unless
// None, takes the place of what is undefined on the way.
Value get_path(Evaluator& evaluator, Value value, const Value& path,
               const Value& fallback = Value::none());

// The value a filter sorts or compares by: at the path, in lower case unless `case_sensitive`.
Value sort_key(Evaluator& evaluator, const Value& value, const Value& path, bool case_sensitive);

// A stable sort by keys.
std::vector<Value> sorted(Heap& heap, const std::vector<Value>& items,
                          const std::function<Value(const Value&)>& key, bool reverse);

}  // namespace fundi::text::jinja
