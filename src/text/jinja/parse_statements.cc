// The tokens and the statements of the grammar.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/nesting.h"
#include "text/jinja/parser.h"

namespace fundi::text::jinja {

const Token& Parser::take() {
  const Token& token = tokens_[at_];
  if (token.type != TokenType::kEnd) ++at_;
  return token;
}

bool Parser::is_operator(std::string_view symbol) const {
  return current().type == TokenType::kOperator && current().text == symbol;
}

bool Parser::is_name(std::string_view name) const {
  return current().type == TokenType::kName && current().text == name;
}

bool Parser::is_any_name(std::initializer_list<std::string_view> names) const {
  return std::any_of(names.begin(), names.end(), [&](std::string_view n) { return is_name(n); });
}

bool Parser::skip_operator(std::string_view symbol) {
  if (!is_operator(symbol)) return false;
  ++at_;
  return true;
}

bool Parser::skip_name(std::string_view name) {
  if (!is_name(name)) return false;
  ++at_;
  return true;
}

void Parser::expect_operator(std::string_view symbol) {
  if (skip_operator(symbol)) return;
  fail_syntax(line(), fmt::format("expected '{}', found {}", symbol, describe_current()));
}

void Parser::expect(TokenType type) {
  if (current().type != type) fail_unexpected();
  take();
}

std::string Parser::expect_identifier() {
  if (current().type == TokenType::kName) return take().text;
  fail_syntax(line(), fmt::format("expected a name, found {}", describe_current()));
}

std::string Parser::describe_current() const {
  switch (current().type) {
    case TokenType::kEnd:
      return "the end of the template";
    case TokenType::kBlockEnd:
    case TokenType::kVariableEnd:
      return "the end of the tag";
    default:
      return fmt::format("'{}'", current().text);
  }
}

void Parser::fail_unexpected() const {
  fail_syntax(line(), fmt::format("unexpected {}", describe_current()));
}

Body Parser::parse_template() {
  Body body = parse_body({});
  if (current().type != TokenType::kEnd) fail_unexpected();
  return body;
}

// Statements up to a tag that begins with one of `ends`, whose name is then the current token, or
// to the end of the template.
Body Parser::parse_body(std::initializer_list<std::string_view> ends) {
  const Nesting nesting(nesting_, kMaxNesting, line());
  Body body;
  for (;;) {
    const int begin = line();
    switch (current().type) {
      case TokenType::kData:
        body.push_back(std::make_unique<Data>(begin, take().text));
        break;
      case TokenType::kVariableBegin:
        take();
        body.push_back(std::make_unique<Print>(begin, parse_tuple(true)));
        expect(TokenType::kVariableEnd);
        break;
      case TokenType::kBlockBegin:
        take();
        if (is_any_name(ends)) return body;
        body.push_back(parse_statement());
        expect(TokenType::kBlockEnd);
        break;
      case TokenType::kEnd:
        return body;
      default:
        fail_unexpected();
    }
  }
}

// The body of a block whose opening tag is to be closed yet.
Body Parser::parse_block_body(std::initializer_list<std::string_view> ends) {
  const int begin = line();
  expect(TokenType::kBlockEnd);
  Body body = parse_body(ends);
  if (current().type == TokenType::kEnd) {
    fail_syntax(begin, fmt::format("the block that begins here has no '{}'", *(ends.end() - 1)));
  }
  return body;
}

Body Parser::parse_block_body_to(std::string_view end) {
  Body body = parse_block_body({end});
  take();
  return body;
}

StatementPtr Parser::parse_statement() {
  const int begin = line();
  if (is_name("if")) return parse_if();
  if (is_name("for")) return parse_for();
  if (is_name("set")) return parse_set();
  if (is_name("with")) return parse_with();
  if (is_name("macro")) return parse_macro();
  if (is_name("call")) return parse_call_block();
  if (is_name("filter")) return parse_filter_block();
  if (is_name("generation")) return parse_generation();
  if (is_name("break")) return parse_loop_control(Flow::kBreak);
  if (is_name("continue")) return parse_loop_control(Flow::kContinue);
  fail(ErrorCode::kUnsupported, "chat template, line {}: there is no tag {}", begin,
       describe_current());
}

StatementPtr Parser::parse_if() {
  auto node = std::make_unique<If>(take().line);
  for (;;) {
    If::Branch branch;
    branch.condition = parse_tuple(false);
    branch.body = parse_block_body({"elif", "else", "endif"});
    node->branches.push_back(std::move(branch));
    const std::string& next = take().text;
    if (next == "elif") continue;
    if (next == "else") node->branches.push_back({nullptr, parse_block_body_to("endif")});
    return node;
  }
}

StatementPtr Parser::parse_for() {
  auto node = std::make_unique<For>(take().line);
  node->target = parse_target(false);
  if (!skip_name("in")) fail_unexpected();
  node->iterable = parse_tuple(false);
  if (skip_name("if")) node->filter = parse_expression();
  node->recursive = skip_name("recursive");
  ++loops_;
  node->body = parse_block_body({"endfor", "else"});
  --loops_;
  if (take().text == "else") node->otherwise = parse_block_body_to("endfor");
  return node;
}

StatementPtr Parser::parse_set() {
  const int begin = take().line;
  Target target = parse_target(true);
  if (skip_operator("=")) {
    return std::make_unique<Set>(begin, std::move(target), parse_tuple(true));
  }
  auto node = std::make_unique<SetBlock>(begin);
  node->target = std::move(target);
  if (is_operator("|")) node->filters = parse_filter_chain(false);
  node->body = parse_block_body_to("endset");
  return node;
}

StatementPtr Parser::parse_with() {
  auto node = std::make_unique<With>(take().line);
  while (current().type != TokenType::kBlockEnd) {
    if (!node->bindings.empty()) expect_operator(",");
    Target target = parse_single_target(false);
    expect_operator("=");
    node->bindings.emplace_back(std::move(target), parse_expression());
  }
  node->body = parse_block_body_to("endwith");
  return node;
}

StatementPtr Parser::parse_macro() {
  auto node = std::make_unique<MacroDefinition>(take().line);
  node->signature.name = expect_identifier();
  parse_parameters(node->signature);
  node->body = parse_macro_body(node->signature, "endmacro");
  return node;
}

StatementPtr Parser::parse_call_block() {
  const int begin = take().line;
  auto node = std::make_unique<CallBlock>(begin);
  if (is_operator("(")) parse_parameters(node->signature);
  ExpressionPtr expression = parse_expression();
  const auto* call = dynamic_cast<const Call*>(expression.get());
  if (call == nullptr) fail_syntax(begin, "a call block wants a call");
  (void)expression.release();
  node->call.reset(call);
  node->body = parse_macro_body(node->signature, "endcall");
  return node;
}

// The loops around a macro are not those of its body.
Body Parser::parse_macro_body(Signature& signature, std::string_view end) {
  const int loops = std::exchange(loops_, 0);
  signatures_.push_back(&signature);
  Body body = parse_block_body_to(end);
  signatures_.pop_back();
  loops_ = loops;
  for (const auto& parameter : signature.parameters) {
    if (parameter.name == "varargs") signature.takes_varargs = false;
    if (parameter.name == "kwargs") signature.takes_kwargs = false;
  }
  return body;
}

void Parser::parse_parameters(Signature& signature) {
  expect_operator("(");
  while (!is_operator(")")) {
    Signature::Parameter parameter{.name = expect_identifier(), .fallback = nullptr};
    if (skip_operator("=")) {
      parameter.fallback = parse_expression();
    } else if (!signature.parameters.empty() && signature.parameters.back().fallback) {
      fail_syntax(line(), "a parameter without a default behind one with");
    }
    signature.parameters.push_back(std::move(parameter));
    if (!skip_operator(",")) break;
  }
  expect_operator(")");
}

StatementPtr Parser::parse_filter_block() {
  auto node = std::make_unique<FilterBlock>(take().line);
  node->filters = parse_filter_chain(true);
  node->body = parse_block_body_to("endfilter");
  return node;
}

StatementPtr Parser::parse_generation() {
  const int begin = take().line;
  const int loops = std::exchange(loops_, 0);
  Body body = parse_block_body_to("endgeneration");
  loops_ = loops;
  return std::make_unique<Generation>(begin, std::move(body));
}

StatementPtr Parser::parse_loop_control(Flow flow) {
  const Token& token = take();
  if (loops_ == 0) fail_syntax(token.line, fmt::format("'{}' outside of a loop", token.text));
  return std::make_unique<LoopControl>(token.line, flow);
}

// A name, or names with commas between them, in parentheses or not.
Target Parser::parse_target(bool with_attribute) {
  Target first = parse_single_target(with_attribute);
  if (!is_operator(",")) return first;
  Target tuple;
  tuple.parts.push_back(std::move(first));
  while (skip_operator(",")) {
    if (is_name("in") || is_operator("=") || is_operator(")")) break;
    tuple.parts.push_back(parse_single_target(with_attribute));
  }
  return tuple;
}

Target Parser::parse_single_target(bool with_attribute) {
  const Nesting nesting(nesting_, kMaxNesting, line());
  if (skip_operator("(")) {
    Target inner = parse_target(with_attribute);
    expect_operator(")");
    return inner;
  }
  Target target;
  target.name = expect_identifier();
  if (with_attribute && skip_operator(".")) target.attribute = expect_identifier();
  return target;
}

std::unique_ptr<const FilterUse> Parser::parse_filter_chain(bool first_without_pipe) {
  std::unique_ptr<FilterUse> chain;
  while (first_without_pipe || skip_operator("|")) {
    first_without_pipe = false;
    chain = parse_filter(std::move(chain));
  }
  return chain;
}

}  // namespace fundi::text::jinja
