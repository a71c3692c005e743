#include "text/jinja/builtin.h"

#include <algorithm>
#include <utility>

#include "text/jinja/evaluator.h"

namespace fundi::text::jinja {
namespace {

class BoundFunction final : public Object {
 public:
  BoundFunction(const BuiltIn& function, Value self)
      : function_(function), self_(std::move(self)) {}
  std::string_view type_name() const override { return "builtin_function_or_method"; }
  std::string repr() const override {
    return "<built-in function " + std::string(function_.name) + ">";
  }
  bool callable() const override { return true; }
  Value call(Evaluator& evaluator, const Arguments& arguments) override {
    return invoke(function_, evaluator, self_, arguments);
  }
  uint32_t height() const override { return self_.height() + 1; }

 private:
  const BuiltIn& function_;
  Value self_;
};

}  // namespace

Value invoke(const BuiltIn& function, Evaluator& evaluator, const Value& self,
             const Arguments& arguments) {
  const Evaluator::Nested nested(evaluator);
  count_arguments(evaluator.heap(), self, arguments);
  if (function.call_any != nullptr) return function.call_any(evaluator, self, arguments);
  return function.call(evaluator, self,
                       BoundArguments(arguments, function.parameters, function.name));
}

const BuiltIn* find_builtin(std::span<const BuiltIn> functions, std::string_view name) {
  const auto found = std::find_if(functions.begin(), functions.end(),
                                  [&](const BuiltIn& f) { return f.name == name; });
  return found == functions.end() ? nullptr : &*found;
}

Value as_value(Heap& heap, const BuiltIn& function, Value self) {
  return Value(std::shared_ptr<Object>(heap.object<BoundFunction>(function, std::move(self))));
}

}  // namespace fundi::text::jinja
