#include "text/jinja/evaluator.h"

#include <algorithm>

#include "base/error.h"
#include "text/jinja/globals.h"
#include "text/jinja/operators.h"
#include "text/jinja/syntax.h"

namespace fundi::text::jinja {

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_.get()) {
    for (const auto& [known, value] : scope->variables_) {
      if (known == name) return &value;
    }
  }
  return nullptr;
}

void Scope::set(std::string_view name, Value value) {
  for (auto& [known, old] : variables_) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  variables_.emplace_back(name, std::move(value));
}

std::optional<Value> Namespace::attribute(Evaluator&, std::string_view name) {
  for (const auto& [known, value] : attributes_) {
    if (known == name) return value;
  }
  return std::nullopt;
}

void Namespace::set(std::string_view name, Value value) {
  if (name.starts_with('_')) {
    fail(ErrorCode::kInvalidArgument, "a namespace takes no attribute that begins with '_': '{}'",
         name);
  }
  for (auto& [known, old] : attributes_) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  attributes_.emplace_back(name, std::move(value));
}

class Evaluator::Nested {
 public:
  explicit Nested(Evaluator& evaluator) : evaluator_(evaluator) {
    evaluator.heap_.step();
    if (evaluator.depth_ >= evaluator.heap_.limits().depth) {
      fail(ErrorCode::kUnsupported, "evaluation is nested deeper than {} levels",
           evaluator.heap_.limits().depth);
    }
    ++evaluator.depth_;
  }
  ~Nested() { --evaluator_.depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  Evaluator& evaluator_;
};

Evaluator::Evaluator(const Limits& limits, const std::tm& now) : heap_(limits), now_(now) {
  scope_ = std::make_shared<Scope>(nullptr);
}

Evaluator::~Evaluator() {
  for (const auto& object : namespaces_) object->clear();
  for (const auto& scope : kept_scopes_) scope->clear();
}

Value Evaluator::evaluate(const Expression& expression) {
  const Nested nested(*this);
  line_ = expression.line;
  return expression.evaluate(*this);
}

Flow Evaluator::execute(const std::vector<std::unique_ptr<const Statement>>& body) {
  const Nested nested(*this);
  for (const auto& statement : body) {
    heap_.step();
    line_ = statement->line;
    const Flow flow = statement->execute(*this);
    if (flow != Flow::kNext) return flow;
  }
  return Flow::kNext;
}

Value Evaluator::call(const Value& callee, const Arguments& arguments) {
  if (callee.is_undefined()) fail_undefined(callee);
  if (!callee.is_object()) {
    fail(ErrorCode::kInvalidArgument, "'{}' object is not callable", type_name(callee));
  }
  const Nested nested(*this);
  return callee.object().call(*this, arguments);
}

Value Evaluator::look_up(std::string_view name) const {
  if (const Value* value = scope_->find(name)) return *value;
  if (const BuiltIn* function = find_builtin(globals(), name)) return as_value(*function, Value());
  return Value::undefined(fmt::format("'{}' is undefined", name));
}

std::shared_ptr<Namespace> Evaluator::make_namespace() {
  heap_.step(16);  // it stays until the end
  heap_.hold(sizeof(Namespace) + 64);
  namespaces_.push_back(std::make_shared<Namespace>());
  return namespaces_.back();
}

void Evaluator::keep(const std::shared_ptr<Scope>& scope) {
  if (!kept_scopes_.empty() && kept_scopes_.back() == scope) return;
  heap_.hold(sizeof(Scope) + 256);
  kept_scopes_.push_back(scope);
}

}  // namespace fundi::text::jinja
