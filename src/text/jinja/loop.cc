// The for statement and its `loop` variable.
#include <algorithm>
#include <array>
#include <deque>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/builtin.h"
#include "text/jinja/statements.h"

namespace fundi::text::jinja {
namespace {

// Goes through the items that pass the filter, one at a time, since the body may change what the
// filter looks at, and further ahead only where the body asks for what comes.
class Iteration {
 public:
  Iteration(Evaluator& evaluator, const For& statement, Value list)
      : evaluator_(evaluator), statement_(statement), list_(std::move(list)) {}

  bool advance() {
    if (!fetch(1)) return false;
    previous_ = index_ < 0 ? std::nullopt : std::optional(std::move(current_));
    current_ = std::move(ahead_.front());
    ahead_.pop_front();
    ++index_;
    return true;
  }
  const Value& current() const { return current_; }
  const std::optional<Value>& previous() const { return previous_; }
  int64_t index() const { return index_; }
  std::optional<Value> next() { return fetch(1) ? std::optional(ahead_.front()) : std::nullopt; }
  int64_t length() {
    (void)fetch(SIZE_MAX);
    return index_ + 1 + static_cast<int64_t>(ahead_.size());
  }

 private:
  // Makes sure of `count` items ahead; false where there are fewer.
  bool fetch(size_t count) {
    const auto& items = list_.sequence().items;
    while (ahead_.size() < count && source_ < items.size()) {
      const Value& item = items[source_++];
      if (passes(item)) ahead_.push_back(item);
    }
    return ahead_.size() >= count;
  }
  bool passes(const Value& item) {
    if (!statement_.filter) return true;
    bool passed = false;
    evaluator_.in_scope(evaluator_.scope(), [&] {
      statement_.target.assign(evaluator_, item);
      passed = truthy(evaluator_.evaluate(*statement_.filter));
    });
    return passed;
  }

  Evaluator& evaluator_;
  const For& statement_;
  Value list_;
  size_t source_ = 0;
  std::deque<Value> ahead_;
  Value current_;
  std::optional<Value> previous_;
  int64_t index_ = -1;
};

Value cycle(Evaluator& evaluator, const Value& self, const Arguments& arguments);
Value changed(Evaluator& evaluator, const Value& self, const Arguments& arguments);

constexpr BuiltIn kMethods[] = {
    {"changed", "", nullptr, changed},
    {"cycle", "", nullptr, cycle},
};

// `loop`. A template may keep it longer than the statement runs: then it has no attributes.
class Loop final : public Object, public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(Iteration& iteration) : iteration_(&iteration) {}
  void end() {
    iteration_ = nullptr;
    changed_.clear();
  }

  std::string_view type_name() const override { return "LoopContext"; }
  std::string repr() const override { return "<LoopContext>"; }
  Iteration& iteration() const {
    if (iteration_ == nullptr) fail(ErrorCode::kInvalidArgument, "the loop has ended");
    return *iteration_;
  }

  std::optional<Value> attribute(Evaluator&, std::string_view name) override {
    Iteration& loop = iteration();
    if (name == "index0") return Value(loop.index());
    if (name == "index") return Value(loop.index() + 1);
    if (name == "first") return Value(loop.index() == 0);
    if (name == "last") return Value(!loop.next());
    if (name == "length") return Value(loop.length());
    if (name == "revindex") return Value(loop.length() - loop.index());
    if (name == "revindex0") return Value(loop.length() - loop.index() - 1);
    if (name == "previtem")
      return loop.previous().value_or(Value::undefined("there is no previous item"));
    if (name == "nextitem") return loop.next().value_or(Value::undefined("there is no next item"));
    if (name == "depth") return Value(int64_t{1});  // only recursive loops have others
    if (name == "depth0") return Value(int64_t{0});
    const BuiltIn* method = find_builtin(kMethods, name);
    if (method == nullptr) return std::nullopt;
    return as_value(*method, Value(std::shared_ptr<Object>(shared_from_this())));
  }

  // Whether the values differ from those of the call before.
  bool note(Heap& heap, const std::vector<Value>& values) {
    const bool same =
        noted_ && std::equal(values.begin(), values.end(), changed_.begin(), changed_.end(),
                             [&](const Value& a, const Value& b) { return equal(heap, a, b); });
    noted_ = true;
    changed_ = values;
    return !same;
  }

 private:
  Iteration* iteration_;
  bool noted_ = false;
  std::vector<Value> changed_;
};

Value cycle(Evaluator&, const Value& self, const Arguments& arguments) {
  const auto& items = arguments.positional;
  if (items.empty()) fail(ErrorCode::kInvalidArgument, "loop.cycle: no items to cycle through");
  const auto index = static_cast<size_t>(self.object_as<Loop>()->iteration().index());
  return items[index % items.size()];
}

Value changed(Evaluator& evaluator, const Value& self, const Arguments& arguments) {
  const auto loop = self.object_as<Loop>();
  (void)loop->iteration();
  return Value(loop->note(evaluator.heap(), arguments.positional));
}

}  // namespace

Flow For::execute(Evaluator& evaluator) const {
  Iteration iteration(evaluator, *this,
                      jinja::iterate(evaluator.heap(), evaluator.evaluate(*iterable)));
  const auto loop = std::make_shared<Loop>(iteration);
  struct End {
    Loop& loop;
    ~End() { loop.end(); }
  } const end{*loop};
  const Value loop_value{std::shared_ptr<Object>(loop)};
  while (iteration.advance()) {
    Flow flow = Flow::kNext;
    evaluator.in_scope(evaluator.scope(), [&] {
      evaluator.scope()->set("loop", loop_value);
      target.assign(evaluator, iteration.current());
      flow = evaluator.execute(body);
    });
    if (flow == Flow::kBreak) break;
  }
  if (iteration.index() >= 0) return Flow::kNext;
  Flow flow = Flow::kNext;
  evaluator.in_scope(evaluator.scope(), [&] { flow = evaluator.execute(otherwise); });
  return flow;
}

}  // namespace fundi::text::jinja
