// The expressions of the grammar, loosest binding first.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/nesting.h"
#include "text/jinja/number_text.h"
#include "text/jinja/parser.h"

namespace fundi::text::jinja {
namespace {

int tallest(const std::vector<ExpressionPtr>& nodes) {
  int height = 0;
  for (const ExpressionPtr& node : nodes) height = std::max(height, node->height);
  return height;
}

int height_of(const ExpressionPtr& node) { return node ? node->height : 0; }

}  // namespace

bool Parser::at_tuple_end() const {
  return current().type == TokenType::kVariableEnd || current().type == TokenType::kBlockEnd ||
         is_operator(")");
}

ExpressionPtr Parser::parse_tuple(bool with_condition, bool parenthesized) {
  const int begin = line();
  std::vector<ExpressionPtr> items;
  bool tuple = false;
  while (!at_tuple_end()) {
    items.push_back(parse_expression(with_condition));
    if (!skip_operator(",")) break;
    tuple = true;
  }
  if (!tuple && items.size() == 1) return std::move(items.front());
  if (!tuple && !parenthesized) fail_unexpected();
  const int height = tallest(items);
  return make<ListDisplay>(height, begin, Sequence::Kind::kTuple, std::move(items));
}

ExpressionPtr Parser::parse_expression(bool with_condition) {
  const Nesting nesting(nesting_, kMaxNesting, line());
  return with_condition ? parse_condition() : parse_logic(Logic::Op::kOr);
}

ExpressionPtr Parser::parse_condition() {
  ExpressionPtr node = parse_logic(Logic::Op::kOr);
  while (is_name("if")) {
    const int begin = take().line;
    ExpressionPtr condition = parse_logic(Logic::Op::kOr);
    ExpressionPtr otherwise = skip_name("else") ? parse_expression() : nullptr;
    const int below = std::max({node->height, condition->height, height_of(otherwise)});
    node = make<Conditional>(below, begin, std::move(condition), std::move(node),
                             std::move(otherwise));
  }
  return node;
}

ExpressionPtr Parser::parse_logic(Logic::Op op) {
  const bool either = op == Logic::Op::kOr;
  const int begin = line();
  std::vector<ExpressionPtr> operands;
  do {
    operands.push_back(either ? parse_logic(Logic::Op::kAnd) : parse_not());
  } while (skip_name(either ? "or" : "and"));
  if (operands.size() == 1) return std::move(operands.front());
  const int below = tallest(operands);
  return make<Logic>(below, begin, op, std::move(operands));
}

ExpressionPtr Parser::parse_not() {
  if (!is_name("not")) return parse_comparison();
  const Nesting nesting(nesting_, kMaxNesting, line());
  const int begin = take().line;
  ExpressionPtr operand = parse_not();
  const int below = operand->height;
  return make<Unary>(below, begin, Unary::Op::kNot, std::move(operand));
}

std::optional<Comparison> Parser::take_comparison() {
  constexpr std::pair<std::string_view, Comparison> kSymbols[] = {
      {"==", Comparison::kEqual},  {"!=", Comparison::kNotEqual},
      {"<", Comparison::kLess},    {"<=", Comparison::kLessEqual},
      {">", Comparison::kGreater}, {">=", Comparison::kGreaterEqual}};
  for (const auto& [symbol, comparison] : kSymbols) {
    if (skip_operator(symbol)) return comparison;
  }
  if (skip_name("in")) return Comparison::kIn;
  if (is_name("not") && ahead().type == TokenType::kName && ahead().text == "in") {
    at_ += 2;
    return Comparison::kNotIn;
  }
  return std::nullopt;
}

ExpressionPtr Parser::parse_comparison() {
  const int begin = line();
  ExpressionPtr first = parse_sum();
  ComparisonChain::Links links;
  int below = first->height;
  while (const auto comparison = take_comparison()) {
    links.emplace_back(*comparison, parse_sum());
    below = std::max(below, links.back().second->height);
  }
  if (links.empty()) return first;
  return make<ComparisonChain>(below, begin, std::move(first), std::move(links));
}

ExpressionPtr Parser::parse_sum() {
  ExpressionPtr left = parse_concatenation();
  while (is_operator("+") || is_operator("-")) {
    const Token& op = take();
    ExpressionPtr right = parse_concatenation();
    const int below = std::max(left->height, right->height);
    left = make<ArithmeticUse>(below, op.line,
                               op.text == "+" ? Arithmetic::kAdd : Arithmetic::kSubtract,
                               std::move(left), std::move(right));
  }
  return left;
}

ExpressionPtr Parser::parse_concatenation() {
  const int begin = line();
  std::vector<ExpressionPtr> parts;
  do {
    parts.push_back(parse_product());
  } while (skip_operator("~"));
  if (parts.size() == 1) return std::move(parts.front());
  const int below = tallest(parts);
  return make<Concatenation>(below, begin, std::move(parts));
}

ExpressionPtr Parser::parse_product() {
  constexpr std::pair<std::string_view, Arithmetic> kSymbols[] = {{"*", Arithmetic::kMultiply},
                                                                  {"/", Arithmetic::kDivide},
                                                                  {"//", Arithmetic::kFloorDivide},
                                                                  {"%", Arithmetic::kModulo}};
  ExpressionPtr left = parse_power();
  for (;;) {
    const auto found = std::find_if(std::begin(kSymbols), std::end(kSymbols),
                                    [&](const auto& symbol) { return is_operator(symbol.first); });
    if (found == std::end(kSymbols)) return left;
    const int begin = take().line;
    ExpressionPtr right = parse_power();
    const int below = std::max(left->height, right->height);
    left = make<ArithmeticUse>(below, begin, found->second, std::move(left), std::move(right));
  }
}

ExpressionPtr Parser::parse_power() {
  ExpressionPtr left = parse_unary(true);
  while (is_operator("**")) {
    const int begin = take().line;
    ExpressionPtr right = parse_unary(true);
    const int below = std::max(left->height, right->height);
    left = make<ArithmeticUse>(below, begin, Arithmetic::kPower, std::move(left), std::move(right));
  }
  return left;
}

ExpressionPtr Parser::parse_unary(bool with_filter) {
  ExpressionPtr node;
  if (is_operator("-") || is_operator("+")) {
    const Nesting nesting(nesting_, kMaxNesting, line());
    const Token& op = take();
    ExpressionPtr operand = parse_unary(false);
    const int below = operand->height;
    node = make<Unary>(below, op.line, op.text == "-" ? Unary::Op::kMinus : Unary::Op::kPlus,
                       std::move(operand));
  } else {
    node = parse_primary();
  }
  node = parse_postfix(std::move(node));
  return with_filter ? parse_filters_and_tests(std::move(node)) : std::move(node);
}

ExpressionPtr Parser::parse_primary() {
  switch (current().type) {
    case TokenType::kName:
      return parse_name_or_literal();
    case TokenType::kString: {
      const int begin = line();
      std::string text = take().text;
      while (current().type == TokenType::kString) text += take().text;
      return make<Constant>(0, begin, Value::text(TracedText(std::move(text))));
    }
    case TokenType::kInteger:
    case TokenType::kFloat:
      return parse_number();
    default:
      break;
  }
  if (skip_operator("(")) {
    ExpressionPtr node = parse_tuple(true, true);
    expect_operator(")");
    return node;
  }
  if (is_operator("[")) return parse_list();
  if (is_operator("{")) return parse_dict();
  fail_unexpected();
}

ExpressionPtr Parser::parse_name_or_literal() {
  const Token& token = take();
  const std::string& name = token.text;
  if (name == "true" || name == "True") return make<Constant>(0, token.line, Value(true));
  if (name == "false" || name == "False") return make<Constant>(0, token.line, Value(false));
  if (name == "none" || name == "None") return make<Constant>(0, token.line, Value::none());
  for (Signature* signature : signatures_) {
    if (name == "varargs") signature->takes_varargs = true;
    if (name == "kwargs") signature->takes_kwargs = true;
    if (name == "caller") signature->takes_caller = true;
  }
  return make<Variable>(0, token.line, name);
}

ExpressionPtr Parser::parse_number() {
  const Token& token = take();
  if (token.type == TokenType::kFloat) {
    return make<Constant>(0, token.line, Value(parse_real(token.text).value_or(0)));
  }
  const char prefix = token.text.size() > 1 ? static_cast<char>(token.text[1] | 0x20) : '\0';
  const int base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 10;
  const auto number = parse_integer(token.text, base);
  if (!number) fail_syntax(token.line, fmt::format("'{}' is no number of 64 bits", token.text));
  return make<Constant>(0, token.line, Value(*number));
}

ExpressionPtr Parser::parse_list() {
  const int begin = take().line;
  std::vector<ExpressionPtr> items;
  while (!is_operator("]")) {
    items.push_back(parse_expression());
    if (!skip_operator(",")) break;
  }
  expect_operator("]");
  const int below = tallest(items);
  return make<ListDisplay>(below, begin, Sequence::Kind::kList, std::move(items));
}

ExpressionPtr Parser::parse_dict() {
  const int begin = take().line;
  DictDisplay::Items items;
  int below = 0;
  while (!is_operator("}")) {
    ExpressionPtr key = parse_expression();
    expect_operator(":");
    ExpressionPtr value = parse_expression();
    below = std::max({below, key->height, value->height});
    items.emplace_back(std::move(key), std::move(value));
    if (!skip_operator(",")) break;
  }
  expect_operator("}");
  return make<DictDisplay>(below, begin, std::move(items));
}

ExpressionPtr Parser::parse_postfix(ExpressionPtr node) {
  for (;;) {
    if (is_operator(".") || is_operator("[")) {
      node = parse_subscript(std::move(node));
    } else if (is_operator("(")) {
      node = parse_call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr Parser::parse_filters_and_tests(ExpressionPtr node) {
  for (;;) {
    if (skip_operator("|")) {
      node = parse_filter(std::move(node));
    } else if (is_name("is")) {
      node = parse_test(std::move(node));
    } else if (is_operator("(")) {
      node = parse_call(std::move(node));
    } else {
      return node;
    }
  }
}

ExpressionPtr Parser::parse_subscript(ExpressionPtr node) {
  const int begin = line();
  if (!skip_operator(".")) return parse_bracket_subscript(std::move(node));
  const int below = node->height;
  if (current().type == TokenType::kInteger) {
    ExpressionPtr index = parse_number();
    return make<ItemAccess>(below, begin, std::move(node), std::move(index));
  }
  return make<AttributeAccess>(below, begin, std::move(node), expect_identifier());
}

ExpressionPtr Parser::parse_bracket_subscript(ExpressionPtr node) {
  const int begin = take().line;
  ExpressionPtr bounds[3];
  size_t colons = 0;
  if (!is_operator(":")) bounds[0] = parse_tuple(true);
  while (colons < 2 && skip_operator(":")) {
    ++colons;
    if (!is_operator(":") && !is_operator("]")) bounds[colons] = parse_expression();
  }
  expect_operator("]");
  const int below =
      std::max({node->height, height_of(bounds[0]), height_of(bounds[1]), height_of(bounds[2])});
  if (colons == 0) return make<ItemAccess>(below, begin, std::move(node), std::move(bounds[0]));
  return make<SliceAccess>(below, begin, std::move(node), std::move(bounds[0]),
                           std::move(bounds[1]), std::move(bounds[2]));
}

std::unique_ptr<Call> Parser::parse_call(ExpressionPtr callee) {
  const int begin = line();
  ArgumentList arguments = parse_arguments();
  const int below = std::max(callee->height, arguments.height());
  return make<Call>(below, begin, std::move(callee), std::move(arguments));
}

ArgumentList Parser::parse_arguments() {
  ArgumentList out;
  expect_operator("(");
  while (!is_operator(")")) {
    const int begin = line();
    const bool late = out.spread || out.named_spread;
    if (skip_operator("**")) {
      if (out.named_spread) fail_syntax(begin, "a second ** in a call");
      out.named_spread = parse_expression();
    } else if (skip_operator("*")) {
      if (late) fail_syntax(begin, "* must come before it and ** in a call");
      out.spread = parse_expression();
    } else if (current().type == TokenType::kName && ahead().type == TokenType::kOperator &&
               ahead().text == "=") {
      if (out.named_spread) fail_syntax(begin, "a keyword behind ** in a call");
      std::string name = take().text;
      take();
      out.named.emplace_back(std::move(name), parse_expression());
    } else {
      if (late || !out.named.empty()) {
        fail_syntax(begin, "a positional argument behind keywords in a call");
      }
      out.positional.push_back(parse_expression());
    }
    if (!skip_operator(",")) break;
  }
  expect_operator(")");
  return out;
}

std::unique_ptr<FilterUse> Parser::parse_filter(ExpressionPtr input) {
  const int begin = line();
  std::string name = expect_identifier();
  ArgumentList arguments;
  if (is_operator("(")) arguments = parse_arguments();
  const int below = std::max(height_of(input), arguments.height());
  return make<FilterUse>(below, begin, std::move(input), std::move(name), std::move(arguments));
}

ExpressionPtr Parser::parse_test(ExpressionPtr node) {
  const int begin = take().line;
  const bool negated = skip_name("not");
  std::string name = expect_identifier();
  ArgumentList arguments;
  const bool word = current().type == TokenType::kName;
  const bool value = word || current().type == TokenType::kString ||
                     current().type == TokenType::kInteger || current().type == TokenType::kFloat ||
                     is_operator("[") || is_operator("{");
  if (is_operator("(")) {
    arguments = parse_arguments();
  } else if (value && !is_any_name({"else", "or", "and"})) {
    if (is_name("is")) fail_syntax(line(), "tests with 'is' cannot be chained");
    const Nesting nesting(nesting_, kMaxNesting, line());
    arguments.positional.push_back(parse_postfix(parse_primary()));
  }
  int below = std::max(node->height, arguments.height());
  ExpressionPtr use =
      make<TestUse>(below, begin, std::move(node), std::move(name), std::move(arguments));
  if (!negated) return use;
  below = use->height;
  return make<Unary>(below, begin, Unary::Op::kNot, std::move(use));
}

}  // namespace fundi::text::jinja
