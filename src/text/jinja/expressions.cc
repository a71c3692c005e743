#include "text/jinja/expressions.h"

#include <algorithm>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/filters/all.h"
#include "text/jinja/python_text.h"

namespace fundi::text::jinja {
namespace {

Value evaluate_or_none(Evaluator& evaluator, const ExpressionPtr& expression) {
  return expression ? evaluator.evaluate(*expression) : Value::none();
}

// The heap does not count them.
void check_count(size_t arguments) {
  constexpr size_t kMost = 1000;
  if (arguments > kMost) {
    fail(ErrorCode::kUnsupported, "a call with {} arguments; the most is {}", arguments, kMost);
  }
}

}  // namespace

Arguments ArgumentList::evaluate(Evaluator& evaluator) const {
  Arguments out;
  out.positional.reserve(positional.size());
  for (const ExpressionPtr& argument : positional) {
    out.positional.push_back(evaluator.evaluate(*argument));
  }
  if (spread) {
    const Value list = iterate(evaluator.heap(), evaluator.evaluate(*spread));
    const auto& items = list.sequence().items;
    check_count(out.positional.size() + items.size());
    out.positional.insert(out.positional.end(), items.begin(), items.end());
  }
  for (const auto& [name, argument] : named) {
    out.named.emplace_back(name, evaluator.evaluate(*argument));
  }
  if (named_spread) {
    const Value dict = evaluator.evaluate(*named_spread);
    if (!dict.is_dict()) fail(ErrorCode::kInvalidArgument, "what follows ** must be a mapping");
    check_count(out.named.size() + dict.dict().items.size());
    for (const auto& [key, value] : dict.dict().items) {
      if (!key.is_text()) fail(ErrorCode::kInvalidArgument, "keywords must be strings");
      out.named.emplace_back(key.text(), value);
    }
  }
  return out;
}

int ArgumentList::height() const {
  int height = std::max(spread ? spread->height : 0, named_spread ? named_spread->height : 0);
  for (const auto& argument : positional) height = std::max(height, argument->height);
  for (const auto& [name, argument] : named) height = std::max(height, argument->height);
  return height;
}

Value ListDisplay::evaluate(Evaluator& evaluator) const {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const ExpressionPtr& item : items) values.push_back(evaluator.evaluate(*item));
  return evaluator.heap().sequence(kind, std::move(values));
}

Value DictDisplay::evaluate(Evaluator& evaluator) const {
  DictItems values;
  for (const auto& [key_expression, value_expression] : items) {
    Value key = evaluator.evaluate(*key_expression);
    set_item(evaluator.heap(), values, std::move(key), evaluator.evaluate(*value_expression));
  }
  return evaluator.heap().dict(std::move(values));
}

Value AttributeAccess::evaluate(Evaluator& evaluator) const {
  return get_attribute(evaluator, evaluator.evaluate(*object), name);
}

Value ItemAccess::evaluate(Evaluator& evaluator) const {
  const Value base = evaluator.evaluate(*object);
  return get_item(evaluator, base, evaluator.evaluate(*key));
}

Value SliceAccess::evaluate(Evaluator& evaluator) const {
  const Value base = evaluator.evaluate(*object);
  const Value first = evaluate_or_none(evaluator, start);
  const Value last = evaluate_or_none(evaluator, stop);
  return get_slice(evaluator.heap(), base, first, last, evaluate_or_none(evaluator, step));
}

Value Call::call(Evaluator& evaluator, const Value* caller) const {
  const Value function = evaluator.evaluate(*callee);
  Arguments given = arguments.evaluate(evaluator);
  if (caller != nullptr) given.named.emplace_back(TracedText("caller"), *caller);
  return evaluator.call(function, given);
}

Value FilterUse::apply(Evaluator& evaluator, const Value* text) const {
  Value value;
  if (!input) {
    value = *text;
  } else if (const auto* before = text ? dynamic_cast<const FilterUse*>(input.get()) : nullptr) {
    value = before->apply(evaluator, text);
  } else {
    value = evaluator.evaluate(*input);
  }
  const BuiltIn& function = filter != nullptr ? *filter : filter_named(name);
  return invoke(function, evaluator, value, arguments.evaluate(evaluator));
}

FilterUse::FilterUse(int line_number, ExpressionPtr i, std::string n, ArgumentList a)
    : Expression(line_number),
      input(std::move(i)),
      name(std::move(n)),
      filter(find_filter(name)),
      arguments(std::move(a)) {}

TestUse::TestUse(int line_number, ExpressionPtr i, std::string n, ArgumentList a)
    : Expression(line_number),
      input(std::move(i)),
      name(std::move(n)),
      test(find_test(name)),
      arguments(std::move(a)) {}

Value TestUse::evaluate(Evaluator& evaluator) const {
  const Value value = evaluator.evaluate(*input);
  const Test& question = test != nullptr ? *test : test_named(name);
  return Value(question.apply(evaluator, value, arguments.evaluate(evaluator)));
}

Value ArithmeticUse::evaluate(Evaluator& evaluator) const {
  const Value a = evaluator.evaluate(*left);
  return arithmetic(evaluator.heap(), op, a, evaluator.evaluate(*right));
}

Value Concatenation::evaluate(Evaluator& evaluator) const {
  TextBuilder out(evaluator.heap());
  for (const ExpressionPtr& part : parts) {
    append_str(out, evaluator.heap(), evaluator.evaluate(*part));
  }
  return out.value();
}

bool holds(Heap& heap, Comparison comparison, const Value& left, const Value& right) {
  switch (comparison) {
    case Comparison::kEqual:
      return equal(heap, left, right);
    case Comparison::kNotEqual:
      return !equal(heap, left, right);
    case Comparison::kLess:
      return compare(heap, left, right, "<") == -1;
    case Comparison::kLessEqual: {
      const int sign = compare(heap, left, right, "<=");
      return sign == -1 || sign == 0;
    }
    case Comparison::kGreater:
      return compare(heap, left, right, ">") == 1;
    case Comparison::kGreaterEqual: {
      const int sign = compare(heap, left, right, ">=");
      return sign == 1 || sign == 0;
    }
    case Comparison::kIn:
      return contains(heap, right, left);
    case Comparison::kNotIn:
      return !contains(heap, right, left);
  }
  return false;
}

Value ComparisonChain::evaluate(Evaluator& evaluator) const {
  Value left = evaluator.evaluate(*first);
  for (const auto& [comparison, expression] : links) {
    Value right = evaluator.evaluate(*expression);
    if (!holds(evaluator.heap(), comparison, left, right)) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Logic::evaluate(Evaluator& evaluator) const {
  Value value;
  for (const ExpressionPtr& operand : operands) {
    value = evaluator.evaluate(*operand);
    if (truthy(value) == (op == Op::kOr)) break;
  }
  return value;
}

Value Unary::evaluate(Evaluator& evaluator) const {
  const Value value = evaluator.evaluate(*operand);
  if (op == Op::kNot) return Value(!truthy(value));
  const Value negative = negate(value);
  return op == Op::kMinus ? negative : negate(negative);
}

Value Conditional::evaluate(Evaluator& evaluator) const {
  if (truthy(evaluator.evaluate(*condition))) return evaluator.evaluate(*yes);
  if (no) return evaluator.evaluate(*no);
  return evaluator.heap().undefined("the inline if-expression evaluated to false and has no else");
}

}  // namespace fundi::text::jinja
