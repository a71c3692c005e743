// Methods of dicts.
#include "text/jinja/evaluator.h"
#include "text/jinja/methods/all.h"
#include "text/jinja/operators.h"

namespace fundi::text::jinja {
namespace {

Value get(Evaluator& evaluator, const Value& self, const BoundArguments& arguments) {
  check_hashable(arguments[0]);
  if (const Value* found = find_key(evaluator.heap(), self.dict().items, arguments[0]))
    return *found;
  return arguments.or_none(1);
}

Value items(Evaluator& evaluator, const Value& self, const BoundArguments&) {
  std::vector<Value> pairs;
  for (const auto& [key, value] : self.dict().items) {
    pairs.push_back(evaluator.heap().tuple({key, value}));
  }
  return evaluator.heap().sequence(Sequence::Kind::kItems, std::move(pairs));
}

Value keys(Evaluator& evaluator, const Value& self, const BoundArguments&) {
  std::vector<Value> keys;
  for (const auto& item : self.dict().items) keys.push_back(item.first);
  return evaluator.heap().sequence(Sequence::Kind::kKeys, std::move(keys));
}

Value values(Evaluator& evaluator, const Value& self, const BoundArguments&) {
  std::vector<Value> values;
  for (const auto& item : self.dict().items) values.push_back(item.second);
  return evaluator.heap().sequence(Sequence::Kind::kValues, std::move(values));
}

Value copy(Evaluator&, const Value& self, const BoundArguments&) { return self; }

constexpr BuiltIn kMethods[] = {
    {"copy", "", copy}, {"get", "key default?", get}, {"items", "", items},
    {"keys", "", keys}, {"values", "", values},
};

}  // namespace

std::span<const BuiltIn> dict_methods() { return kMethods; }

}  // namespace fundi::text::jinja
