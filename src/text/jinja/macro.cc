// Macros and the bodies of call blocks.
#include <algorithm>

#include "base/error.h"
#include "text/jinja/statements.h"

namespace fundi::text::jinja {
namespace {

class Macro final : public Object {
 public:
  Macro(const Signature& signature, const Body& body, std::shared_ptr<Scope> scope)
      : signature_(signature), body_(body), scope_(std::move(scope)) {}

  std::string_view type_name() const override { return "Macro"; }
  std::string repr() const override {
    return signature_.name.empty() ? "<Macro anonymous>" : "<Macro '" + signature_.name + "'>";
  }
  bool callable() const override { return true; }

  std::optional<Value> attribute(Evaluator& evaluator, std::string_view name) override {
    if (name != "name") return std::nullopt;
    return evaluator.heap().text(signature_.name);
  }

  Value call(Evaluator& evaluator, const Arguments& arguments) override {
    return evaluator.heap().text(evaluator.capture(scope_, [&] {
      bind(evaluator, arguments);
      (void)evaluator.execute(body_);
    }));
  }

 private:
  // Sets parameters, `varargs`, `kwargs` and `caller` in the present scope.
  void bind(Evaluator& evaluator, const Arguments& arguments) const {
    Scope& scope = *evaluator.scope();
    std::vector<bool> used(arguments.named.size());
    const auto named = [&](std::string_view name) -> const Value* {
      evaluator.heap().touch(used.size() * (8 + name.size()));
      for (size_t i = 0; i < used.size(); ++i) {
        if (arguments.named[i].first != name || used[i]) continue;
        used[i] = true;
        return &arguments.named[i].second;
      }
      return nullptr;
    };
    size_t index = 0;
    for (const Signature::Parameter& parameter : signature_.parameters) {
      const Value* given = index < arguments.positional.size() ? &arguments.positional[index]
                                                               : named(parameter.name);
      ++index;
      if (given != nullptr) {
        scope.set(parameter.name, *given);
      } else if (parameter.fallback) {
        scope.set(parameter.name, evaluator.evaluate(*parameter.fallback));
      } else {
        scope.set(parameter.name, evaluator.heap().undefined(fmt::format(
                                      "parameter '{}' was not provided", parameter.name)));
      }
    }
    if (signature_.takes_caller) {
      const Value* caller = named("caller");
      const bool given = caller != nullptr && !caller->is_none();
      scope.set("caller", given ? *caller : evaluator.heap().undefined("no caller defined"));
    }
    bind_rest(evaluator, arguments, used);
  }

  void bind_rest(Evaluator& evaluator, const Arguments& arguments,
                 const std::vector<bool>& used) const {
    const auto taken = static_cast<std::ptrdiff_t>(
        std::min(signature_.parameters.size(), arguments.positional.size()));
    std::vector<Value> positional(arguments.positional.begin() + taken, arguments.positional.end());
    DictItems named;
    for (size_t i = 0; i < used.size(); ++i) {
      if (used[i]) continue;
      named.emplace_back(evaluator.heap().text(arguments.named[i].first),
                         arguments.named[i].second);
    }
    if (!positional.empty() && !signature_.takes_varargs) {
      fail(ErrorCode::kInvalidArgument, "macro '{}' takes not more than {} arguments",
           signature_.name, signature_.parameters.size());
    }
    if (!named.empty() && !signature_.takes_kwargs) {
      fail(ErrorCode::kInvalidArgument, "macro '{}' takes no keyword argument '{}'",
           signature_.name, named.front().first.view());
    }
    Scope& scope = *evaluator.scope();
    if (signature_.takes_varargs) {
      scope.set("varargs", evaluator.heap().tuple(std::move(positional)));
    }
    if (signature_.takes_kwargs) scope.set("kwargs", evaluator.heap().dict(std::move(named)));
  }

  const Signature& signature_;
  const Body& body_;
  std::shared_ptr<Scope> scope_;
};

}  // namespace

Value make_macro(Evaluator& evaluator, const Signature& signature, const Body& body) {
  evaluator.keep(evaluator.scope());
  return Value(
      std::shared_ptr<Object>(evaluator.heap().object<Macro>(signature, body, evaluator.scope())));
}

}  // namespace fundi::text::jinja
