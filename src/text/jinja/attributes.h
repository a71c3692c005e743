#pragma once

#include <optional>
#include <string_view>

#include "text/jinja/value.h"

namespace fundi::text::jinja {

class Evaluator;
class Heap;

// value.name: a method or attribute before a key of a dict; undefined where there is neither.
// Methods that would change a list or dict count as absent, as in Jinja's immutable sandbox. Throws
// kInvalidArgument for an undefined value.
Value get_attribute(Evaluator& evaluator, const Value& value, std::string_view name);

// value[key]: an item before a method or attribute.
Value get_item(Evaluator& evaluator, const Value& value, const Value& key);

// value[start:stop:step] with Python's rules; bounds that are None are open.
Value get_slice(Heap& heap, const Value& value, const Value& start, const Value& stop,
                const Value& step);

// What a loop over the value goes through, as a sequence value: characters of a text, keys of a
// dict, nothing for an undefined one. Counts that the caller goes through them. Throws
// kInvalidArgument where it is not iterable.
Value iterate(Heap& heap, const Value& value);
bool iterable(const Value& value);

// len(value); nothing where it has none.
std::optional<int64_t> length(const Value& value);

}  // namespace fundi::text::jinja
