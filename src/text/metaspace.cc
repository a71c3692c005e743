#include "text/metaspace.h"

#include "base/error.h"
#include "text/utf8.h"

namespace fundi::text {
namespace {

Metaspace::Prepend parse_prepend(const JsonReader& json) {
  // Older files say add_prefix_space only.
  const bool add = json.boolean("add_prefix_space", true);
  const std::string_view name = json.string("prepend_scheme", add ? "always" : "never");
  if (!add && name != "never") json.corrupt("add_prefix_space contradicts prepend_scheme");
  if (name == "always") return Metaspace::Prepend::kAlways;
  if (name == "first") return Metaspace::Prepend::kFirst;
  if (name == "never") return Metaspace::Prepend::kNever;
  json.child("prepend_scheme").corrupt("must be always, first or never");
}

}  // namespace

Metaspace::Metaspace(const JsonReader& json)
    : prepend(parse_prepend(json)), split(json.boolean("split", true)) {
  append_utf8(replacement, json.child("replacement").character());
}

}  // namespace fundi::text
