// Methods of lists and tuples.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/methods/all.h"
#include "text/jinja/operators.h"

namespace fundi::text::jinja {
namespace {

Value count(Evaluator& evaluator, const Value& self, const BoundArguments& arguments) {
  const auto& items = self.sequence().items;
  return Value(
      static_cast<int64_t>(std::count_if(items.begin(), items.end(), [&](const Value& item) {
        return equal(evaluator.heap(), item, arguments[0]);
      })));
}

Value index(Evaluator& evaluator, const Value& self, const BoundArguments& arguments) {
  const auto& items = self.sequence().items;
  const auto found = std::find_if(items.begin(), items.end(), [&](const Value& item) {
    return equal(evaluator.heap(), item, arguments[0]);
  });
  if (found == items.end())
    fail(ErrorCode::kInvalidArgument, "index: the value is not in the list");
  return Value(static_cast<int64_t>(found - items.begin()));
}

Value copy(Evaluator&, const Value& self, const BoundArguments&) { return self; }

constexpr BuiltIn kMethods[] = {
    {"copy", "", copy},
    {"count", "value", count},
    {"index", "value", index},
};

}  // namespace

std::span<const BuiltIn> sequence_methods() { return kMethods; }

}  // namespace fundi::text::jinja
