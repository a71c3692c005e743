#include "text/jinja/template.h"

#include "base/error.h"
#include "text/jinja/evaluator.h"
#include "text/jinja/parser.h"
#include "text/jinja/unicode.h"

namespace fundi::text::jinja {

struct Template::Tree {
  Body body;
};

Template::Template(std::string_view source)
    : tree_(std::make_unique<const Tree>(Tree{Parser(tokenize(source)).parse_template()})) {}

Template::~Template() = default;

TracedText Template::render(const std::function<Variables(Heap&)>& variables,
                            const RenderOptions& options) const {
  Evaluator evaluator(options.limits, options.now);
  const Variables given = variables(evaluator.heap());
  for (const auto& [name, value] : given) evaluator.scope()->set(name, value);
  try {
    return evaluator.capture(evaluator.scope(), [&] { (void)evaluator.execute(tree_->body); });
  } catch (const Error& e) {
    // A template can put whole conversations into what it complains about.
    constexpr size_t kMostBytes = 2000;
    throw Error(e.code(), fmt::format("chat template, line {}: {}", evaluator.line(),
                                      beginning(e.what(), kMostBytes)));
  }
}

}  // namespace fundi::text::jinja
