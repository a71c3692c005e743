// The for statement and its `loop` variable.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/builtin.h"
#include "text/jinja/statements.h"

namespace fundi::text::jinja {
namespace {

Value cycle(Evaluator& evaluator, const Value& self, const Arguments& arguments);
Value changed(Evaluator& evaluator, const Value& self, const Arguments& arguments);

constexpr BuiltIn kMethods[] = {
    {"changed", "", nullptr, changed},
    {"cycle", "", nullptr, cycle},
};

// `loop`: goes through the items that pass the filter of the statement. They are looked for one at
// a time, since the body may change what the filter looks at, and further ahead only where the body
// asks for what comes. A template may keep it longer than the statement runs.
class Loop final : public Object, public std::enable_shared_from_this<Loop> {
 public:
  Loop(Evaluator& evaluator, const For& statement, Value list, int64_t depth)
      : evaluator_(evaluator),
        statement_(statement),
        list_(std::move(list)),
        depth_(depth),
        scope_(evaluator.scope()) {}
  ~Loop() override { evaluator_.heap().release(passed_.size() * kItemBytes); }

  std::string_view type_name() const override { return "LoopContext"; }
  std::string repr() const override { return "<LoopContext>"; }
  bool callable() const override { return true; }

  Value call(Evaluator& evaluator, const Arguments& arguments) override {
    const BoundArguments bound(arguments, "iterable", "loop");
    if (!statement_.recursive || scope_ == nullptr) {
      fail(ErrorCode::kInvalidArgument, "only a running loop marked 'recursive' can be called");
    }
    return evaluator.heap().text(
        evaluator.capture(scope_, [&] { (void)statement_.run(evaluator, bound[0], depth_ + 1); }));
  }

  std::optional<Value> attribute(Evaluator& evaluator, std::string_view name) override {
    const auto index = static_cast<int64_t>(index_);
    if (name == "index0") return Value(index);
    if (name == "index") return Value(index + 1);
    if (name == "first") return Value(index == 0);
    if (name == "last") return Value(item(index_ + 1) == nullptr);
    if (name == "length") return Value(length());
    if (name == "revindex") return Value(length() - index);
    if (name == "revindex0") return Value(length() - index - 1);
    if (name == "previtem") return value_of(index_ > 0 ? item(index_ - 1) : nullptr);
    if (name == "nextitem") return value_of(item(index_ + 1));
    if (name == "depth") return Value(depth_ + 1);
    if (name == "depth0") return Value(depth_);
    const BuiltIn* method = find_builtin(kMethods, name);
    if (method == nullptr) return std::nullopt;
    return as_value(evaluator.heap(), *method, Value(std::shared_ptr<Object>(shared_from_this())));
  }

  size_t index() const { return index_; }
  // The next item; null at the end.
  const Value* advance() { return item(++index_); }
  // Lets go of what can refer to the loop itself.
  void end() {
    changed_.clear();
    scope_ = nullptr;
  }

  // Whether the values differ from those of the call before. They can be the loop itself.
  bool note(const std::vector<Value>& values) {
    if (scope_ == nullptr) fail(ErrorCode::kInvalidArgument, "loop.changed: the loop has ended");
    const bool same = noted_ && std::equal(values.begin(), values.end(), changed_.begin(),
                                           changed_.end(), [&](const Value& a, const Value& b) {
                                             return equal(evaluator_.heap(), a, b);
                                           });
    noted_ = true;
    changed_ = values;
    return !same;
  }

 private:
  static constexpr size_t kItemBytes = 2 * sizeof(Value);

  // Item `index` of those that pass; null where there are fewer.
  const Value* item(size_t index) {
    const auto& items = list_.sequence().items;
    if (!statement_.filter) return index < items.size() ? &items[index] : nullptr;
    while (passed_.size() <= index && seen_ < items.size()) {
      const Value& next = items[seen_++];
      if (!passes(next)) continue;
      evaluator_.heap().hold(kItemBytes);
      passed_.push_back(next);
    }
    return index < passed_.size() ? &passed_[index] : nullptr;
  }
  Value value_of(const Value* item) {
    return item != nullptr ? *item : evaluator_.heap().undefined("the loop has no such item");
  }
  int64_t length() {
    const auto& items = list_.sequence().items;
    (void)item(items.size());
    return static_cast<int64_t>(statement_.filter ? passed_.size() : items.size());
  }
  bool passes(const Value& value) {
    bool passed = false;
    evaluator_.in_scope(scope_, [&] {
      statement_.target.assign(evaluator_, value);
      passed = truthy(evaluator_.evaluate(*statement_.filter));
    });
    return passed;
  }

  Evaluator& evaluator_;
  const For& statement_;
  Value list_;
  int64_t depth_;
  std::shared_ptr<Scope> scope_;  // around the statement
  size_t index_ = SIZE_MAX;       // before the first
  size_t seen_ = 0;               // items that the filter has looked at
  std::vector<Value> passed_;     // those that it let through
  bool noted_ = false;
  std::vector<Value> changed_;
};

Value cycle(Evaluator&, const Value& self, const Arguments& arguments) {
  const auto& items = arguments.positional;
  if (items.empty()) fail(ErrorCode::kInvalidArgument, "loop.cycle: no items to cycle through");
  return items[self.object_as<Loop>()->index() % items.size()];
}

Value changed(Evaluator&, const Value& self, const Arguments& arguments) {
  return Value(self.object_as<Loop>()->note(arguments.positional));
}

}  // namespace

Flow For::execute(Evaluator& evaluator) const {
  return run(evaluator, evaluator.evaluate(*iterable), 0);
}

Flow For::run(Evaluator& evaluator, const Value& list, int64_t depth) const {
  Heap& heap = evaluator.heap();
  const auto loop = heap.object<Loop>(evaluator, *this, iterate(heap, list), depth);
  struct End {
    Loop& loop;
    ~End() { loop.end(); }
  } const end{*loop};
  const Value loop_value{std::shared_ptr<Object>(loop)};
  bool completed = false;
  Flow flow = Flow::kNext;
  while (const Value* item = flow == Flow::kBreak ? nullptr : loop->advance()) {
    evaluator.in_scope(evaluator.scope(), [&] {
      evaluator.scope()->set("loop", loop_value);
      target.assign(evaluator, *item);
      flow = evaluator.execute(body);
    });
    completed = completed || flow == Flow::kNext;
  }
  flow = Flow::kNext;
  if (!completed) {
    evaluator.in_scope(evaluator.scope(), [&] { flow = evaluator.execute(otherwise); });
  }
  return flow;
}

}  // namespace fundi::text::jinja
