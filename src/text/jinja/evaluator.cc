#include "text/jinja/evaluator.h"

#include <algorithm>

#include "base/error.h"
#include "text/jinja/globals.h"
#include "text/jinja/operators.h"
#include "text/jinja/syntax.h"

namespace fundi::text::jinja {

namespace {

// More than a name and a value take, since lists grow in leaps.
constexpr size_t kVariableBytes = 2 * sizeof(std::pair<std::string, Value>);

}  // namespace

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_.get()) {
    if (const Value* value = find_named(heap_, scope->variables_, name)) return value;
  }
  return nullptr;
}

void Scope::set(std::string_view name, Value value) {
  if (Value* known = find_named(heap_, variables_, name)) {
    *known = std::move(value);
    return;
  }
  heap_.hold(kVariableBytes);
  variables_.emplace_back(name, std::move(value));
}

void Scope::clear() {
  heap_.release(variables_.size() * kVariableBytes);
  variables_.clear();
}

std::optional<Value> Namespace::attribute(Evaluator&, std::string_view name) {
  const Value* found = find_named(heap_, attributes_, name);
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

void Namespace::set(std::string_view name, Value value) {
  if (name.starts_with('_')) {
    fail(ErrorCode::kInvalidArgument, "a namespace takes no attribute that begins with '_': '{}'",
         name);
  }
  if (Value* known = find_named(heap_, attributes_, name)) {
    *known = std::move(value);
    return;
  }
  heap_.hold(kVariableBytes + name.size());  // it stays until the end
  attributes_.emplace_back(name, std::move(value));
}

Evaluator::Nested::Nested(Evaluator& evaluator) : evaluator_(evaluator) {
  evaluator.heap_.step();
  if (evaluator.depth_ >= evaluator.heap_.limits().depth) {
    fail(ErrorCode::kUnsupported, "evaluation is nested deeper than {} levels",
         evaluator.heap_.limits().depth);
  }
  ++evaluator.depth_;
}

Evaluator::Evaluator(const Limits& limits, const std::tm& now) : heap_(limits), now_(now) {
  scope_ = heap_.object<Scope>(heap_, nullptr);
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
  heap_.step();
  return callee.object().call(*this, arguments);
}

Value Evaluator::look_up(std::string_view name) {
  if (const Value* value = scope_->find(name)) return *value;
  if (const BuiltIn* function = find_builtin(globals(), name)) {
    return as_value(heap_, *function, Value());
  }
  return heap_.undefined(fmt::format("'{}' is undefined", name));
}

std::shared_ptr<Namespace> Evaluator::make_namespace() {
  heap_.step(16);  // it stays until the end
  namespaces_.push_back(heap_.object<Namespace>(heap_));
  return namespaces_.back();
}

void Evaluator::keep(const std::shared_ptr<Scope>& scope) {
  if (!kept_scopes_.empty() && kept_scopes_.back() == scope) return;
  heap_.hold(2 * sizeof scope);
  kept_scopes_.push_back(scope);
}

}  // namespace fundi::text::jinja
