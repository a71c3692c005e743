#include "recipe/references.h"

#include <algorithm>

#include "base/error.h"

namespace fundi::recipe {
namespace {

std::string replace_in(const std::string& text, const std::string& where,
                       const std::function<std::string(const Reference&)>& resolve) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t start = text.find("${", at);
    if (start == std::string::npos) return out + text.substr(at);
    if (start > at && text[start - 1] == '$') {
      out += text.substr(at, start - 1 - at) + "${";
      at = start + 2;
      continue;
    }
    out += text.substr(at, start - at);
    const size_t end = text.find('}', start);
    const std::string inside =
        end == std::string::npos ? "" : text.substr(start + 2, end - start - 2);
    // Stage names may hold dots, outputs do not.
    const size_t dot = inside.rfind('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == inside.size()) {
      fail(ErrorCode::kInvalidArgument,
           "{}: '{}' is not a reference; write ${{STAGE.OUTPUT}}, or $${{ for a plain ${{", where,
           text.substr(start, end == std::string::npos ? 40 : end - start + 1));
    }
    out += resolve({inside.substr(0, dot), inside.substr(dot + 1)});
    at = end + 1;
  }
  return out;
}

}  // namespace

Json replace_references(const Json& json, const std::string& where,
                        const std::function<std::string(const Reference&)>& resolve) {
  if (json.is_string()) return replace_in(json.get<std::string>(), where, resolve);
  Json out = json;
  if (json.is_object()) {
    for (auto& [key, value] : out.items()) {
      value = replace_references(value, where + "." + key, resolve);
    }
  } else if (json.is_array()) {
    size_t index = 0;
    for (Json& value : out) {
      value = replace_references(value, fmt::format("{}[{}]", where, index++), resolve);
    }
  }
  return out;
}

std::vector<Reference> references_in(const Json& json, const std::string& where) {
  std::vector<Reference> found;
  replace_references(json, where, [&](const Reference& reference) {
    if (std::find(found.begin(), found.end(), reference) == found.end()) {
      found.push_back(reference);
    }
    return std::string();
  });
  return found;
}

}  // namespace fundi::recipe
