#include "text/jinja/value.h"

#include "base/error.h"

namespace fundi::text::jinja {

Value Value::text(TracedText text) {
  return Value(std::make_shared<const TracedText>(std::move(text)));
}

const std::string& Value::why() const {
  static const std::string unknown = "the value is undefined";
  const auto& why = std::get<Undefined>(state_).why;
  return why ? *why : unknown;
}

std::optional<int64_t> Value::as_integer() const {
  if (is_bool()) return boolean() ? 1 : 0;
  if (is_int()) return integer();
  return std::nullopt;
}

std::optional<double> Value::as_number() const {
  if (is_float()) return real();
  if (const auto number = as_integer()) return static_cast<double>(*number);
  return std::nullopt;
}

bool Value::same_as(const Value& other) const { return state_ == other.state_; }

uint32_t Value::height() const {
  switch (type()) {
    case Type::kSequence:
      return sequence().height;
    case Type::kDict:
      return dict().height;
    case Type::kObject:
      return object().height();
    default:
      return 0;
  }
}

std::optional<Value> Object::attribute(Evaluator&, std::string_view) { return std::nullopt; }

Value Object::call(Evaluator&, const Arguments&) {
  fail(ErrorCode::kInvalidArgument, "'{}' object is not callable", type_name());
}

namespace {

std::string_view sequence_name(Sequence::Kind kind) {
  switch (kind) {
    case Sequence::Kind::kList:
      return "list";
    case Sequence::Kind::kTuple:
      return "tuple";
    case Sequence::Kind::kRange:
      return "range";
    case Sequence::Kind::kKeys:
      return "dict_keys";
    case Sequence::Kind::kValues:
      return "dict_values";
    case Sequence::Kind::kItems:
      return "dict_items";
    case Sequence::Kind::kIterator:
      return "generator";
  }
  return "";
}

}  // namespace

std::string_view type_name(const Value& value) {
  switch (value.type()) {
    case Type::kUndefined:
      return "Undefined";
    case Type::kNone:
      return "NoneType";
    case Type::kBool:
      return "bool";
    case Type::kInt:
      return "int";
    case Type::kFloat:
      return "float";
    case Type::kText:
      return "str";
    case Type::kSequence:
      return sequence_name(value.sequence().kind);
    case Type::kDict:
      return "dict";
    case Type::kObject:
      return value.object().type_name();
  }
  return "";
}

}  // namespace fundi::text::jinja
