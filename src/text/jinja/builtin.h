#pragma once

#include <span>
#include <string_view>

#include "text/jinja/arguments.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

class Evaluator;
class Heap;

// A function of the language that is written here: a filter, a method, a global. `self` is what a
// filter or method is applied to, undefined for globals.
struct BuiltIn {
  std::string_view name;
  std::string_view parameters;  // see BoundArguments
  Value (*call)(Evaluator& evaluator, const Value& self, const BoundArguments& arguments);
  // In the place of `call` where any arguments are taken.
  Value (*call_any)(Evaluator& evaluator, const Value& self, const Arguments& arguments) = nullptr;
};

// Counts as so many steps as the arguments are long, and as a level of nesting: `map` applies
// filters, which may be `map`.
Value invoke(const BuiltIn& function, Evaluator& evaluator, const Value& self,
             const Arguments& arguments);

// Null where no function has the name.
const BuiltIn* find_builtin(std::span<const BuiltIn> functions, std::string_view name);

// The function as a value: `text.strip`, `range`.
Value as_value(Heap& heap, const BuiltIn& function, Value self);

}  // namespace fundi::text::jinja
