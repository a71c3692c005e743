#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "text/jinja/traced_text.h"

namespace fundi::text::jinja {

class Object;
struct Sequence;
struct Dict;

// The order of the alternatives in Value.
enum class Type : uint8_t {
  kUndefined,
  kNone,
  kBool,
  kInt,
  kFloat,
  kText,
  kSequence,
  kDict,
  kObject
};

// A value of the template language with the semantics of Python. Texts, sequences and dicts never
// change after they are made (transformers renders in a sandbox that forbids it, too), so copies
// share them. Only namespaces and iterators have state.
class Value {
 public:
  Value() = default;  // undefined
  // `why` is the message of the error that using it gives: "'x' is undefined".
  static Value undefined(std::shared_ptr<const std::string> why) {
    return Value(State(Undefined{std::move(why)}));
  }
  static Value none() { return Value(State(nullptr)); }
  static Value text(TracedText text);  // one no Heap counts: constants of a template
  explicit Value(bool value) : state_(value) {}
  explicit Value(int64_t value) : state_(value) {}
  explicit Value(double value) : state_(value) {}
  explicit Value(std::shared_ptr<const TracedText> text) : state_(std::move(text)) {}
  explicit Value(std::shared_ptr<const Sequence> sequence) : state_(std::move(sequence)) {}
  explicit Value(std::shared_ptr<const Dict> dict) : state_(std::move(dict)) {}
  explicit Value(std::shared_ptr<Object> object) : state_(std::move(object)) {}

  Type type() const { return static_cast<Type>(state_.index()); }
  bool is_undefined() const { return type() == Type::kUndefined; }
  bool is_none() const { return type() == Type::kNone; }
  bool is_bool() const { return type() == Type::kBool; }
  bool is_int() const { return type() == Type::kInt; }
  bool is_float() const { return type() == Type::kFloat; }
  bool is_text() const { return type() == Type::kText; }
  bool is_sequence() const { return type() == Type::kSequence; }
  bool is_dict() const { return type() == Type::kDict; }
  bool is_object() const { return type() == Type::kObject; }

  // Each requires the type.
  bool boolean() const { return std::get<bool>(state_); }
  int64_t integer() const { return std::get<int64_t>(state_); }
  double real() const { return std::get<double>(state_); }
  const TracedText& text() const { return *std::get<std::shared_ptr<const TracedText>>(state_); }
  std::string_view view() const { return text().view(); }
  const Sequence& sequence() const { return *std::get<std::shared_ptr<const Sequence>>(state_); }
  const Dict& dict() const { return *std::get<std::shared_ptr<const Dict>>(state_); }
  Object& object() const { return *std::get<std::shared_ptr<Object>>(state_); }
  template <typename T>
  std::shared_ptr<T> object_as() const {  // null where it is another kind of object
    return is_object() ? std::dynamic_pointer_cast<T>(std::get<std::shared_ptr<Object>>(state_))
                       : nullptr;
  }
  const std::string& why() const;  // of an undefined one

  // A bool counts as 0 or 1, as in Python.
  std::optional<int64_t> as_integer() const;
  std::optional<double> as_number() const;

  // True where both are the same object in memory, or equal scalars: Python's `is`.
  bool same_as(const Value& other) const;
  // How deeply sequences and dicts are nested in it.
  uint32_t height() const;

 private:
  struct Undefined {
    std::shared_ptr<const std::string> why;
    bool operator==(const Undefined&) const { return true; }
  };
  using State = std::variant<Undefined, std::nullptr_t, bool, int64_t, double,
                             std::shared_ptr<const TracedText>, std::shared_ptr<const Sequence>,
                             std::shared_ptr<const Dict>, std::shared_ptr<Object>>;
  explicit Value(State state) : state_(std::move(state)) {}
  State state_;
};

struct Sequence {
  // Ranges, views and iterators print, compare and index differently from lists. The indexable
  // ones come first.
  enum class Kind : uint8_t { kList, kTuple, kRange, kKeys, kValues, kItems, kIterator };
  Kind kind = Kind::kList;
  std::vector<Value> items;
  uint32_t height = 1;
  bool indexable() const { return kind <= Kind::kRange; }
  bool iterator() const { return kind == Kind::kIterator; }
  mutable size_t given = 0;  // an iterator gives its items once; so many are gone
};

using DictItems = std::vector<std::pair<Value, Value>>;

struct Dict {
  DictItems items;  // in the order of insertion, no key twice
  uint32_t height = 1;
};

class Evaluator;
struct Arguments;

// What is neither data nor a number: functions, macros, namespaces, `loop`.
class Object {
 public:
  virtual ~Object() = default;
  virtual std::string_view type_name() const = 0;  // as Python calls it
  virtual std::string repr() const = 0;
  // Nothing where there is no such attribute.
  virtual std::optional<Value> attribute(Evaluator& evaluator, std::string_view name);
  virtual bool callable() const { return false; }
  // Throws where it is not callable or the arguments do not fit.
  virtual Value call(Evaluator& evaluator, const Arguments& arguments);
  virtual uint32_t height() const { return 0; }
};

// "str", "int", "NoneType", ...
std::string_view type_name(const Value& value);

}  // namespace fundi::text::jinja
