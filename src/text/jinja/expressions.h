#pragma once

#include <string>
#include <utility>
#include <vector>

#include "text/jinja/builtin.h"
#include "text/jinja/operators.h"
#include "text/jinja/syntax.h"
#include "text/jinja/tests.h"

namespace fundi::text::jinja {

struct Constant final : Expression {
  Constant(int line_number, Value v) : Expression(line_number), value(std::move(v)) {}
  Value evaluate(Evaluator&) const override { return value; }
  Value value;
};

struct Variable final : Expression {
  Variable(int line_number, std::string n) : Expression(line_number), name(std::move(n)) {}
  Value evaluate(Evaluator& evaluator) const override { return evaluator.look_up(name); }
  std::string name;
};

// [a, b] and (a, b)
struct ListDisplay final : Expression {
  ListDisplay(int line_number, Sequence::Kind k, std::vector<ExpressionPtr> i)
      : Expression(line_number), kind(k), items(std::move(i)) {}
  Value evaluate(Evaluator& evaluator) const override;
  Sequence::Kind kind;
  std::vector<ExpressionPtr> items;
};

struct DictDisplay final : Expression {
  using Items = std::vector<std::pair<ExpressionPtr, ExpressionPtr>>;
  DictDisplay(int line_number, Items i) : Expression(line_number), items(std::move(i)) {}
  Value evaluate(Evaluator& evaluator) const override;
  Items items;
};

struct AttributeAccess final : Expression {
  AttributeAccess(int line_number, ExpressionPtr o, std::string n)
      : Expression(line_number), object(std::move(o)), name(std::move(n)) {}
  Value evaluate(Evaluator& evaluator) const override;
  ExpressionPtr object;
  std::string name;
};

struct ItemAccess final : Expression {
  ItemAccess(int line_number, ExpressionPtr o, ExpressionPtr k)
      : Expression(line_number), object(std::move(o)), key(std::move(k)) {}
  Value evaluate(Evaluator& evaluator) const override;
  ExpressionPtr object, key;
};

struct SliceAccess final : Expression {
  SliceAccess(int line_number, ExpressionPtr o, ExpressionPtr first, ExpressionPtr last,
              ExpressionPtr stride)
      : Expression(line_number),
        object(std::move(o)),
        start(std::move(first)),
        stop(std::move(last)),
        step(std::move(stride)) {}
  Value evaluate(Evaluator& evaluator) const override;
  ExpressionPtr object, start, stop, step;  // the bounds null where they are left out
};

struct Call final : Expression {
  Call(int line_number, ExpressionPtr c, ArgumentList a)
      : Expression(line_number), callee(std::move(c)), arguments(std::move(a)) {}
  Value evaluate(Evaluator& evaluator) const override { return call(evaluator, nullptr); }
  // With a further argument, `caller`, unless it is null.
  Value call(Evaluator& evaluator, const Value* caller) const;
  ExpressionPtr callee;
  ArgumentList arguments;
};

struct FilterUse final : Expression {
  FilterUse(int line_number, ExpressionPtr i, std::string n, ArgumentList a);
  Value evaluate(Evaluator& evaluator) const override { return apply(evaluator, nullptr); }
  // To `text` in the place of what the chain of filters begins with, unless it is null.
  Value apply(Evaluator& evaluator, const Value* text) const;
  ExpressionPtr input;  // null at the beginning of a chain over the text of a block
  std::string name;
  const BuiltIn* filter;  // null where it does not exist: an error only where it is used
  ArgumentList arguments;
};

struct TestUse final : Expression {
  TestUse(int line_number, ExpressionPtr i, std::string n, ArgumentList a);
  Value evaluate(Evaluator& evaluator) const override;
  ExpressionPtr input;
  std::string name;
  const Test* test;  // null as above
  ArgumentList arguments;
};

struct ArithmeticUse final : Expression {
  ArithmeticUse(int line_number, Arithmetic o, ExpressionPtr l, ExpressionPtr r)
      : Expression(line_number), op(o), left(std::move(l)), right(std::move(r)) {}
  Value evaluate(Evaluator& evaluator) const override;
  Arithmetic op;
  ExpressionPtr left, right;
};

struct Concatenation final : Expression {  // a ~ b ~ c
  Concatenation(int line_number, std::vector<ExpressionPtr> p)
      : Expression(line_number), parts(std::move(p)) {}
  Value evaluate(Evaluator& evaluator) const override;
  std::vector<ExpressionPtr> parts;
};

enum class Comparison {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn
};

struct ComparisonChain final : Expression {  // a < b <= c
  using Links = std::vector<std::pair<Comparison, ExpressionPtr>>;
  ComparisonChain(int line_number, ExpressionPtr f, Links l)
      : Expression(line_number), first(std::move(f)), links(std::move(l)) {}
  Value evaluate(Evaluator& evaluator) const override;
  ExpressionPtr first;
  Links links;
};

// The value of the operand that decides, as in Python.
struct Logic final : Expression {
  enum class Op { kAnd, kOr };
  Logic(int line_number, Op o, std::vector<ExpressionPtr> list)
      : Expression(line_number), op(o), operands(std::move(list)) {}
  Value evaluate(Evaluator& evaluator) const override;
  Op op;
  std::vector<ExpressionPtr> operands;
};

struct Unary final : Expression {
  enum class Op { kNot, kMinus, kPlus };
  Unary(int line_number, Op o, ExpressionPtr v)
      : Expression(line_number), op(o), operand(std::move(v)) {}
  Value evaluate(Evaluator& evaluator) const override;
  Op op;
  ExpressionPtr operand;
};

struct Conditional final : Expression {  // yes if condition else no
  Conditional(int line_number, ExpressionPtr c, ExpressionPtr y, ExpressionPtr n)
      : Expression(line_number), condition(std::move(c)), yes(std::move(y)), no(std::move(n)) {}
  Value evaluate(Evaluator& evaluator) const override;
  ExpressionPtr condition, yes, no;  // `no` is null where there is no else: undefined then
};

// Whether the comparison holds.
bool holds(Heap& heap, Comparison comparison, const Value& left, const Value& right);

}  // namespace fundi::text::jinja
