#pragma once

#include <string_view>

#include "text/jinja/arguments.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// What stands behind `is`: `value is defined`, `value is divisibleby 3`.
struct Test {
  std::string_view name;
  std::string_view parameters;  // see BoundArguments
  bool (*holds)(Evaluator& evaluator, const Value& value, const BoundArguments& arguments);

  bool apply(Evaluator& evaluator, const Value& value, const Arguments& arguments) const {
    count_arguments(evaluator.heap(), value, arguments);
    return holds(evaluator, value, BoundArguments(arguments, parameters, name));
  }
};

// Null where no test has the name. A new test is a line in the list of tests.cc and its function.
const Test* find_test(std::string_view name);
// Throws kUnsupported instead.
const Test& test_named(std::string_view name);

}  // namespace fundi::text::jinja
