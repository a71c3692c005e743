#include "curate/extract/text.h"

#include <algorithm>

#include "base/text.h"
#include "curate/extract/charset.h"

namespace fundi::curate {
namespace {

void unify_line_ends(std::string& text) {
  if (text.find('\r') == text.npos) return;
  size_t out = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool before_feed = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (!before_feed) text[out++] = text[i] == '\r' ? '\n' : text[i];
  }
  text.resize(out);
}

std::string_view line_at(std::string_view text, size_t at) {
  return text.substr(at, std::min(text.find('\n', at), text.size()) - at);
}

std::string_view unquote(std::string_view value) {
  value = trim(value);
  const bool quoted =
      value.size() > 1 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0];
  return quoted ? value.substr(1, value.size() - 2) : value;
}

void take_head(Extracted& out) {
  constexpr size_t kMaxHead = 64 << 10;
  const std::string_view text = out.text;
  if (!text.starts_with("---\n")) return;
  std::string title, language;
  for (size_t at = 4; at < std::min(text.size(), kMaxHead);) {
    const std::string_view line = line_at(text, at);
    at += line.size() + 1;
    if (line == "---" || line == "...") {
      out.title = std::move(title);
      out.language = std::move(language);
      out.text.erase(0, std::min(at, out.text.size()));
      return;
    }
    if (line.starts_with("title:")) title = unquote(line.substr(6));
    if (line.starts_with("lang:")) language = unquote(line.substr(5));
  }
}

void find_title(Extracted& out) {
  const std::string_view text = out.text;
  for (size_t at = 0; at < text.size() && out.title.empty();) {
    const std::string_view line = line_at(text, at);
    at += line.size() + 1;
    if (line.starts_with("# ")) out.title = trim(line.substr(2));
  }
}

}  // namespace

Result<Extracted> extract_text(std::string_view bytes, std::string_view charset,
                               const ExtractOptions& options) {
  Extracted out;
  out.text = to_utf8(bytes, charset).text;
  if (out.text.size() > options.max_text) {
    return Error(ErrorCode::kCorruptData,
                 fmt::format("more than {} of text", format_bytes(options.max_text)));
  }
  unify_line_ends(out.text);
  return out;
}

Result<Extracted> extract_markdown(std::string_view bytes, std::string_view charset,
                                   const ExtractOptions& options) {
  Result<Extracted> out = extract_text(bytes, charset, options);
  if (out.ok()) {
    take_head(out.value());
    find_title(out.value());
  }
  return out;
}

}  // namespace fundi::curate
