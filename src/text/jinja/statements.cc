#include "text/jinja/statements.h"

#include "base/error.h"
#include "text/jinja/attributes.h"
#include "text/jinja/python_text.h"

namespace fundi::text::jinja {

void Target::assign(Evaluator& evaluator, const Value& value) const {
  if (!parts.empty()) {
    const Value list = iterate(evaluator.heap(), value);
    const auto& items = list.sequence().items;
    if (items.size() != parts.size()) {
      fail(ErrorCode::kInvalidArgument, "cannot unpack {} values into {} names", items.size(),
           parts.size());
    }
    for (size_t i = 0; i < parts.size(); ++i) parts[i].assign(evaluator, items[i]);
  } else if (attribute.empty()) {
    evaluator.scope()->set(name, value);
  } else if (const auto space = evaluator.look_up(name).object_as<Namespace>()) {
    space->set(attribute, value);
  } else {
    fail(ErrorCode::kInvalidArgument, "cannot assign attribute '{}': '{}' is no namespace",
         attribute, name);
  }
}

Flow Data::execute(Evaluator& evaluator) const {
  evaluator.out().append(text);
  return Flow::kNext;
}

Flow Print::execute(Evaluator& evaluator) const {
  const Value printed = evaluator.evaluate(*value);
  append_str(evaluator.out(), evaluator.heap(), printed);
  return Flow::kNext;
}

Flow If::execute(Evaluator& evaluator) const {
  for (const Branch& branch : branches) {
    if (!branch.condition || truthy(evaluator.evaluate(*branch.condition))) {
      return evaluator.execute(branch.body);
    }
  }
  return Flow::kNext;
}

Flow Set::execute(Evaluator& evaluator) const {
  target.assign(evaluator, evaluator.evaluate(*value));
  return Flow::kNext;
}

namespace {

// Hands what a body writes, in a scope of its own, through filters where there are any, to `use`:
// not where the body leaves the loop around it.
template <typename Use>
Flow capture(Evaluator& evaluator, const Body& body, const FilterUse* filters, const Use& use) {
  Flow flow = Flow::kNext;
  const Value text = evaluator.heap().text(
      evaluator.capture(evaluator.scope(), [&] { flow = evaluator.execute(body); }));
  if (flow == Flow::kNext) use(filters == nullptr ? text : filters->apply(evaluator, &text));
  return flow;
}

}  // namespace

Flow SetBlock::execute(Evaluator& evaluator) const {
  return capture(evaluator, body, filters.get(),
                 [&](const Value& text) { target.assign(evaluator, text); });
}

Flow FilterBlock::execute(Evaluator& evaluator) const {
  return capture(evaluator, body, filters.get(), [&](const Value& text) {
    if (!text.is_text()) {
      fail(ErrorCode::kInvalidArgument, "the filters of a block give a value of type '{}', no text",
           type_name(text));
    }
    evaluator.out().append(text.text());
  });
}

Flow With::execute(Evaluator& evaluator) const {
  // No value sees the names before it.
  std::vector<Value> values;
  for (const auto& binding : bindings) values.push_back(evaluator.evaluate(*binding.second));
  Flow flow = Flow::kNext;
  evaluator.in_scope(evaluator.scope(), [&] {
    for (size_t i = 0; i < values.size(); ++i) bindings[i].first.assign(evaluator, values[i]);
    flow = evaluator.execute(body);
  });
  return flow;
}

Flow Generation::execute(Evaluator& evaluator) const {
  evaluator.in_scope(evaluator.scope(), [&] { (void)evaluator.execute(body); });
  return Flow::kNext;
}

Flow MacroDefinition::execute(Evaluator& evaluator) const {
  const Value macro = make_macro(evaluator, signature, body);
  evaluator.scope()->set(signature.name, macro);
  return Flow::kNext;
}

Flow CallBlock::execute(Evaluator& evaluator) const {
  const Value caller = make_macro(evaluator, signature, body);
  append_str(evaluator.out(), evaluator.heap(), call->call(evaluator, &caller));
  return Flow::kNext;
}

}  // namespace fundi::text::jinja
