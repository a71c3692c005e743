#include "text/jinja/globals.h"

#include <array>
#include <ctime>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/operators.h"
#include "text/jinja/python_text.h"
#include "text/utf8.h"

namespace fundi::text::jinja {
namespace {

constexpr int64_t kMaxRange = 100'000;  // as in Jinja's sandbox

Value range(Evaluator& evaluator, const Value&, const BoundArguments& arguments) {
  const bool one = !arguments.has(1);
  const int64_t start = one ? 0 : arguments.integer(0, 0);
  const int64_t stop = arguments.integer(one ? 0 : 1, 0), step = arguments.integer(2, 1);
  if (step == 0) fail(ErrorCode::kInvalidArgument, "range: the step must not be zero");
  std::vector<Value> items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (items.size() == kMaxRange) {
      fail(ErrorCode::kUnsupported, "range: more than {} items", kMaxRange);
    }
    items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return evaluator.heap().sequence(Sequence::Kind::kRange, std::move(items));
}

// The items dict(...) makes of its arguments: a mapping or pairs, then keywords.
DictItems dict_items(Evaluator& evaluator, const Arguments& arguments) {
  Heap& heap = evaluator.heap();
  DictItems items;
  if (arguments.positional.size() > 1) {
    fail(ErrorCode::kInvalidArgument, "dict and namespace take one argument besides keywords");
  }
  for (const Value& source : arguments.positional) {
    if (source.is_dict()) {
      items = source.dict().items;
      continue;
    }
    const Value pairs = iterate(heap, source);
    for (const Value& pair : pairs.sequence().items) {
      const Value both = iterate(heap, pair);
      const auto& list = both.sequence().items;
      if (list.size() != 2) fail(ErrorCode::kInvalidArgument, "dict: expected pairs");
      set_item(heap, items, list[0], list[1]);
    }
  }
  for (const auto& [name, value] : arguments.named) {
    set_item(heap, items, heap.text(name), value);
  }
  return items;
}

Value make_dict(Evaluator& evaluator, const Value&, const Arguments& arguments) {
  return evaluator.heap().dict(dict_items(evaluator, arguments));
}

Value make_namespace(Evaluator& evaluator, const Value&, const Arguments& arguments) {
  const auto space = evaluator.make_namespace();
  for (const auto& [key, value] : dict_items(evaluator, arguments)) {
    if (!key.is_text()) fail(ErrorCode::kInvalidArgument, "namespace: names must be strings");
    space->set(key.view(), value);
  }
  return Value(std::shared_ptr<Object>(space));
}

class Joiner final : public Object {
 public:
  explicit Joiner(Value separator) : separator_(std::move(separator)) {}
  std::string_view type_name() const override { return "Joiner"; }
  std::string repr() const override { return "<Joiner>"; }
  bool callable() const override { return true; }
  Value call(Evaluator& evaluator, const Arguments&) override {
    return std::exchange(used_, true) ? separator_ : evaluator.heap().text(std::string());
  }

 private:
  Value separator_;
  bool used_ = false;
};

Value make_joiner(Evaluator& evaluator, const Value&, const BoundArguments& arguments) {
  Heap& heap = evaluator.heap();
  return Value(std::shared_ptr<Object>(
      heap.object<Joiner>(arguments.has(0) ? arguments[0] : heap.text(", "))));
}

Value raise_exception(Evaluator& evaluator, const Value&, const BoundArguments& arguments) {
  const Value message = to_text(evaluator.heap(), arguments[0]);
  fail(ErrorCode::kInvalidArgument, "the template refuses: {}", message.view());
}

Value strftime_now(Evaluator& evaluator, const Value&, const BoundArguments& arguments) {
  // With a character more, since an empty result looks like a failure.
  const std::string format = fmt::format(".{}", arguments.view(0, ""));
  std::array<char, 1024> buffer;
  const size_t size = std::strftime(buffer.data(), buffer.size(), format.c_str(), &evaluator.now());
  if (size == 0) fail(ErrorCode::kUnsupported, "strftime_now: the result is too long");
  return evaluator.heap().text(replace_invalid_utf8(std::string_view(buffer.data() + 1, size - 1)));
}

constexpr BuiltIn kGlobals[] = {
    {"dict", "", nullptr, make_dict},           {"joiner", "sep?", make_joiner},
    {"namespace", "", nullptr, make_namespace}, {"raise_exception", "message", raise_exception},
    {"range", "start stop? step?", range},      {"strftime_now", "format", strftime_now},
};

}  // namespace

std::span<const BuiltIn> globals() { return kGlobals; }

}  // namespace fundi::text::jinja
