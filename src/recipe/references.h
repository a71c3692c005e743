#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace fundi::recipe {

// "${read.entries}": output `entries` of the stage `read`.
struct Reference {
  std::string stage, output;
  bool operator==(const Reference&) const = default;
};

// Every reference in the strings of `json`, once each, in the order met. `where` starts messages;
// kInvalidArgument where "${" is not followed by "STAGE.OUTPUT}".
std::vector<Reference> references_in(const Json& json, const std::string& where);

// A copy of `json` whose references are replaced by what `resolve` says, and "$${" by "${".
Json replace_references(const Json& json, const std::string& where,
                        const std::function<std::string(const Reference&)>& resolve);

}  // namespace fundi::recipe
