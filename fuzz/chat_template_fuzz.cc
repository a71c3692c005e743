// A template, a line of =====, and a conversation as JSON: either a clear error, or a prompt of
// valid UTF-8 whose marks cover it, the same one each time.
// modules: text

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "text/jinja/json_text.h"
#include "text/jinja/template.h"

namespace {

namespace jinja = fundi::text::jinja;

// Some tenths of a second under the sanitizers.
constexpr jinja::Limits kLimits{.steps = 200'000, .bytes = 4 << 20};

jinja::TracedText render(const jinja::Template& parsed, const fundi::Json& variables) {
  return parsed.render(
      [&](jinja::Heap& heap) {
        jinja::Template::Variables out;
        for (const auto& [name, value] : variables.items()) {
          out.emplace_back(name, jinja::from_json(heap, value, 1));
        }
        return out;
      },
      {.limits = kLimits, .now = {}});
}

void check(const jinja::TracedText& text) {
  if (fundi::find_invalid_utf8(text.view()) != std::string_view::npos) std::abort();
  size_t end = 0;
  for (const auto& run : text.runs()) {
    if (run.end <= end || run.source > 1) std::abort();
    end = run.end;
  }
  if (!text.runs().empty() && end != text.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::string_view kBorder = "\n=====\n";
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t border = std::min(input.find(kBorder), input.size());
  const std::string_view rest = input.substr(std::min(border + kBorder.size(), input.size()));
  try {
    fundi::Json variables = fundi::Json::object();
    if (!rest.empty()) variables = fundi::parse_json(rest, "conversation");
    if (!variables.is_object()) return 0;
    const jinja::Template parsed(input.substr(0, border));
    const jinja::TracedText first = render(parsed, variables);
    check(first);
    if (render(parsed, variables).bytes() != first.bytes()) std::abort();
  } catch (const fundi::Error& e) {
    if (e.code() == fundi::ErrorCode::kInternal) std::abort();
  }
  return 0;
}
