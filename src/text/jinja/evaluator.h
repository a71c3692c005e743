#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/arguments.h"
#include "text/jinja/heap.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

struct Expression;
struct Statement;

// Variables by name. A loop's body, a macro, a block that is captured have one of their own, and
// see those around them. Names outlive the scope: they are the template's or the caller's.
class Scope {
 public:
  Scope(Heap& heap, std::shared_ptr<Scope> parent) : heap_(heap), parent_(std::move(parent)) {}
  ~Scope() { clear(); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  const Value* find(std::string_view name) const;  // here or around; null where there is none
  void set(std::string_view name, Value value);
  void clear();

 private:
  Heap& heap_;
  std::shared_ptr<Scope> parent_;
  std::vector<std::pair<std::string_view, Value>> variables_;
};

// A namespace(): the only object that a template can change.
class Namespace final : public Object {
 public:
  explicit Namespace(Heap& heap) : heap_(heap) {}
  std::string_view type_name() const override { return "Namespace"; }
  std::string repr() const override { return "<Namespace>"; }
  std::optional<Value> attribute(Evaluator& evaluator, std::string_view name) override;
  void set(std::string_view name, Value value);
  void clear() { attributes_.clear(); }

 private:
  Heap& heap_;
  std::vector<std::pair<std::string, Value>> attributes_;
};

// What a statement asks of the loop around it.
enum class Flow { kNext, kBreak, kContinue };

// The state of one rendering. One thread.
class Evaluator {
 public:
  Evaluator(const Limits& limits, const std::tm& now);
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  Heap& heap() { return heap_; }
  const std::tm& now() const { return now_; }  // for strftime_now
  int line() const { return line_; }           // of what was evaluated last

  Value evaluate(const Expression& expression);
  Flow execute(const std::vector<std::unique_ptr<const Statement>>& body);
  Value call(const Value& callee, const Arguments& arguments);

  // Where text goes that is not in a tag.
  TextBuilder& out() { return *out_; }
  // The output of `run`, which writes to a buffer of its own and has a scope of its own inside
  // `parent`.
  template <typename Run>
  TracedText capture(const std::shared_ptr<Scope>& parent, const Run& run) {
    TextBuilder buffer(heap_);
    const Restore<TextBuilder*> output(out_, &buffer);
    in_scope(parent, run);
    return buffer.take();
  }
  template <typename Run>
  void in_scope(const std::shared_ptr<Scope>& parent, const Run& run) {
    const Restore<std::shared_ptr<Scope>> scope(scope_, heap_.object<Scope>(heap_, parent));
    run();
  }

  const std::shared_ptr<Scope>& scope() const { return scope_; }
  Value look_up(std::string_view name);

  std::shared_ptr<Namespace> make_namespace();
  // Keeps a scope, because a macro refers to it, until the end of the rendering.
  void keep(const std::shared_ptr<Scope>& scope);

  // Counts how deeply evaluations are nested while it lives.
  class Nested {
   public:
    explicit Nested(Evaluator& evaluator);
    ~Nested() { --evaluator_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Evaluator& evaluator_;
  };

 private:
  template <typename T>
  class Restore {
   public:
    Restore(T& place, T value) : place_(place), before_(std::exchange(place, std::move(value))) {}
    ~Restore() { place_ = std::move(before_); }
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;

   private:
    T& place_;
    T before_;
  };

  Heap heap_;  // first: it outlives the values below
  std::tm now_;
  TextBuilder* out_ = nullptr;
  std::shared_ptr<Scope> scope_;
  int line_ = 1;
  int depth_ = 0;
  // Namespaces and scopes can refer to each other in circles and in long chains, so they all live
  // until the end and are then emptied one by one.
  std::vector<std::shared_ptr<Namespace>> namespaces_;
  std::vector<std::shared_ptr<Scope>> kept_scopes_;
};

}  // namespace fundi::text::jinja
