#include "text/jinja/methods/all.h"

#include <algorithm>
#include <array>

namespace fundi::text::jinja {
namespace {

constexpr std::array<std::string_view, 5> kDictChanging = {"clear", "pop", "popitem", "setdefault",
                                                           "update"};

}  // namespace

std::optional<Value> bound_method(Heap& heap, const Value& self, std::string_view name) {
  std::span<const BuiltIn> methods;
  if (self.is_text()) methods = text_methods();
  if (self.is_dict()) methods = dict_methods();
  if (self.is_sequence() && self.sequence().indexable()) {
    methods = sequence_methods();
  }
  const BuiltIn* method = find_builtin(methods, name);
  return method == nullptr ? std::nullopt : std::optional(as_value(heap, *method, self));
}

bool changes_in_place(const Value& self, std::string_view name) {
  return self.is_dict() &&
         std::find(kDictChanging.begin(), kDictChanging.end(), name) != kDictChanging.end();
}

}  // namespace fundi::text::jinja
