#include "text/jinja/filters/all.h"

#include "base/error.h"

namespace fundi::text::jinja {

const BuiltIn* find_filter(std::string_view name) {
  for (const auto list :
       {text_filters(), sequence_filters(), select_filters(), number_filters(), value_filters()}) {
    if (const BuiltIn* found = find_builtin(list, name)) return found;
  }
  return nullptr;
}

const BuiltIn& filter_named(std::string_view name) {
  if (const BuiltIn* found = find_filter(name)) return *found;
  fail(ErrorCode::kUnsupported, "there is no filter '{}'", name);
}

}  // namespace fundi::text::jinja
