#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/jinja/lexer.h"
#include "text/jinja/statements.h"

namespace fundi::text::jinja {

// Builds the tree of a template from its tokens, by the grammar of Jinja 3.1 without inheritance
// and includes. Everything throws kCorruptData naming the line, kUnsupported for a tag that does
// not exist here.
class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}
  Body parse_template();

 private:
  // Trees are evaluated and destroyed by recursion.
  static constexpr int kMaxHeight = 200, kMaxNesting = 100;

  // Tokens.
  const Token& current() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  const Token& take();
  bool is_operator(std::string_view symbol) const;
  bool is_name(std::string_view name) const;
  bool is_any_name(std::initializer_list<std::string_view> names) const;
  bool skip_operator(std::string_view symbol);
  bool skip_name(std::string_view name);
  void expect_operator(std::string_view symbol);
  void expect(TokenType type);
  std::string expect_identifier();
  [[noreturn]] void fail_unexpected() const;
  std::string describe_current() const;
  int line() const { return current().line; }

  // Statements (parse_statements.cc).
  Body parse_body(std::initializer_list<std::string_view> ends);
  Body parse_block_body(std::initializer_list<std::string_view> ends);
  Body parse_block_body_to(std::string_view end);
  StatementPtr parse_statement();
  StatementPtr parse_if();
  StatementPtr parse_for();
  StatementPtr parse_set();
  StatementPtr parse_with();
  StatementPtr parse_macro();
  StatementPtr parse_call_block();
  StatementPtr parse_filter_block();
  StatementPtr parse_generation();
  StatementPtr parse_loop_control(Flow flow);
  Body parse_macro_body(Signature& signature, std::string_view end);
  void parse_parameters(Signature& signature);
  Target parse_target(bool with_attribute);
  Target parse_single_target(bool with_attribute);
  std::unique_ptr<const FilterUse> parse_filter_chain(bool first_without_pipe);

  // Expressions (parse_expressions.cc).
  ExpressionPtr parse_tuple(bool with_condition, bool parenthesized = false);
  ExpressionPtr parse_expression(bool with_condition = true);
  ExpressionPtr parse_condition();
  ExpressionPtr parse_logic(Logic::Op op);
  ExpressionPtr parse_not();
  ExpressionPtr parse_comparison();
  std::optional<Comparison> take_comparison();
  ExpressionPtr parse_sum();
  ExpressionPtr parse_concatenation();
  ExpressionPtr parse_product();
  ExpressionPtr parse_power();
  ExpressionPtr parse_unary(bool with_filter);
  ExpressionPtr parse_primary();
  ExpressionPtr parse_name_or_literal();
  ExpressionPtr parse_number();
  ExpressionPtr parse_list();
  ExpressionPtr parse_dict();
  ExpressionPtr parse_postfix(ExpressionPtr node);
  ExpressionPtr parse_filters_and_tests(ExpressionPtr node);
  ExpressionPtr parse_subscript(ExpressionPtr node);
  ExpressionPtr parse_bracket_subscript(ExpressionPtr node);
  ExpressionPtr parse_test(ExpressionPtr node);
  std::unique_ptr<FilterUse> parse_filter(ExpressionPtr input);
  std::unique_ptr<Call> parse_call(ExpressionPtr callee);
  ArgumentList parse_arguments();
  bool at_tuple_end() const;

  // A node over children of at most the height `below`.
  template <typename Node, typename... Args>
  std::unique_ptr<Node> make(int below, int line, Args&&... args) {
    if (below >= kMaxHeight) {
      fail_syntax(line, "an expression is nested too deeply");
    }
    auto node = std::make_unique<Node>(line, std::forward<Args>(args)...);
    node->height = below + 1;
    return node;
  }

  class Nesting;

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int nesting_ = 0;
  int loops_ = 0;                       // around the current place, in the same macro
  std::vector<Signature*> signatures_;  // of the macros around it
};

}  // namespace fundi::text::jinja
