#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/expressions.h"
#include "text/jinja/syntax.h"

namespace fundi::text::jinja {

struct Data final : Statement {  // text between the tags
  Data(int line_number, std::string t) : Statement(line_number), text(std::move(t)) {}
  Flow execute(Evaluator& evaluator) const override;
  std::string text;
};

struct Print final : Statement {  // {{ value }}
  Print(int line_number, ExpressionPtr v) : Statement(line_number), value(std::move(v)) {}
  Flow execute(Evaluator& evaluator) const override;
  ExpressionPtr value;
};

struct If final : Statement {
  struct Branch {
    ExpressionPtr condition;  // null: else
    Body body;
  };
  explicit If(int line_number) : Statement(line_number) {}
  Flow execute(Evaluator& evaluator) const override;
  std::vector<Branch> branches;
};

struct For final : Statement {
  explicit For(int line_number) : Statement(line_number) {}
  Flow execute(Evaluator& evaluator) const override;
  // Over the items of `list`, so many loops deep in a recursive one.
  Flow run(Evaluator& evaluator, const Value& list, int64_t depth) const;
  Target target;
  ExpressionPtr iterable;
  ExpressionPtr filter;  // for x in y if filter; null: all
  Body body;
  Body otherwise;          // else: where no item got to the end of the body
  bool recursive = false;  // the body may call `loop(list)` to run the statement over another list
};

struct LoopControl final : Statement {  // break, continue
  LoopControl(int line_number, Flow f) : Statement(line_number), flow(f) {}
  Flow execute(Evaluator&) const override { return flow; }
  Flow flow;
};

struct Set final : Statement {
  Set(int line_number, Target t, ExpressionPtr v)
      : Statement(line_number), target(std::move(t)), value(std::move(v)) {}
  Flow execute(Evaluator& evaluator) const override;
  Target target;
  ExpressionPtr value;
};

// {% set x | filters %}...{% endset %}
struct SetBlock final : Statement {
  explicit SetBlock(int line_number) : Statement(line_number) {}
  Flow execute(Evaluator& evaluator) const override;
  Target target;
  std::unique_ptr<const FilterUse> filters;  // null: none
  Body body;
};

struct FilterBlock final : Statement {
  explicit FilterBlock(int line_number) : Statement(line_number) {}
  Flow execute(Evaluator& evaluator) const override;
  std::unique_ptr<const FilterUse> filters;
  Body body;
};

struct With final : Statement {
  explicit With(int line_number) : Statement(line_number) {}
  Flow execute(Evaluator& evaluator) const override;
  std::vector<std::pair<Target, ExpressionPtr>> bindings;
  Body body;
};

// {% generation %} of transformers marks what the assistant says; it changes no text. Its body has
// a scope of its own, as there.
struct Generation final : Statement {
  Generation(int line_number, Body b) : Statement(line_number), body(std::move(b)) {}
  Flow execute(Evaluator& evaluator) const override;
  Body body;
};

struct MacroDefinition final : Statement {
  explicit MacroDefinition(int line_number) : Statement(line_number) {}
  Flow execute(Evaluator& evaluator) const override;
  Signature signature;
  Body body;
};

struct CallBlock final : Statement {  // {% call(x) macro() %}...{% endcall %}
  explicit CallBlock(int line_number) : Statement(line_number) {}
  Flow execute(Evaluator& evaluator) const override;
  Signature signature;
  std::unique_ptr<const Call> call;
  Body body;
};

// The macro of a definition or call block, which must outlive it, seeing the present scope.
Value make_macro(Evaluator& evaluator, const Signature& signature, const Body& body);

}  // namespace fundi::text::jinja
