#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/evaluator.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// The nodes of a parsed template. Immutable after parsing; each evaluates itself. The concrete ones
// are in expressions.h and statements.h.

struct Expression {
  explicit Expression(int line_number) : line(line_number) {}
  virtual ~Expression() = default;
  virtual Value evaluate(Evaluator& evaluator) const = 0;
  int line;
  int height = 1;  // of the tree below and with it
};
using ExpressionPtr = std::unique_ptr<const Expression>;

struct Statement {
  explicit Statement(int line_number) : line(line_number) {}
  virtual ~Statement() = default;
  virtual Flow execute(Evaluator& evaluator) const = 0;
  int line;
};
using StatementPtr = std::unique_ptr<const Statement>;
using Body = std::vector<StatementPtr>;

// The arguments of a call, a filter or a test, as written.
struct ArgumentList {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr spread;        // *list; null where there is none
  ExpressionPtr named_spread;  // **dict

  Arguments evaluate(Evaluator& evaluator) const;
  int height() const;
};

// What a value can be assigned to.
struct Target {
  std::string name;           // a variable; or the namespace, where there is an attribute
  std::string attribute;      // empty: none
  std::vector<Target> parts;  // not empty: a tuple, taken apart

  void assign(Evaluator& evaluator, const Value& value) const;
};

// A macro, or the body of a call block.
struct Signature {
  struct Parameter {
    std::string name;
    ExpressionPtr fallback;  // null: undefined where it is not given
  };
  std::string name;  // empty: that of a call block
  std::vector<Parameter> parameters;
  // The body uses `varargs` or `kwargs`, which hold the arguments beyond the parameters, or
  // `caller`, the body of a call block.
  bool takes_varargs = false, takes_kwargs = false, takes_caller = false;
};

}  // namespace fundi::text::jinja
