#include <algorithm>

#include "base/text.h"
#include "curate/extract/html.h"
#include "curate/extract/html_tokens.h"

namespace fundi::curate {
namespace {

constexpr size_t kPrescan = 4096;  // browsers look at 1024 bytes; some pages come late

std::string to_lower(std::string_view text) {
  std::string out(trim(text));
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  return out;
}

// The value after `key` and '=' in "text/html; charset=utf-8", with or without quotes.
std::string_view value_after(std::string_view text, std::string_view key) {
  for (size_t pos = 0; pos + key.size() < text.size(); ++pos) {
    if (!html::equals_ignoring_case(text.substr(pos, key.size()), key)) continue;
    std::string_view rest = text.substr(pos + key.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    if (rest.empty() || rest[0] != '=') continue;
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
    if (!rest.empty() && (rest[0] == '"' || rest[0] == '\'')) {
      const size_t end = rest.find(rest[0], 1);
      return end == std::string_view::npos ? std::string_view() : rest.substr(1, end - 1);
    }
    return rest.substr(0, rest.find_first_of("; \t\r\n"));
  }
  return {};
}

std::string charset_of_meta(const html::Token& token) {
  std::string_view charset, content;
  bool is_content_type = false;
  for (const auto& [name, value] : token.attributes) {
    if (html::equals_ignoring_case(name, "charset")) charset = value;
    if (html::equals_ignoring_case(name, "content")) content = value;
    if (html::equals_ignoring_case(name, "http-equiv")) {
      is_content_type = html::equals_ignoring_case(value, "content-type");
    }
  }
  if (!charset.empty()) return to_lower(charset);
  return is_content_type ? to_lower(value_after(content, "charset")) : std::string();
}

}  // namespace

std::string declared_charset(std::string_view bytes) {
  bytes = bytes.substr(0, kPrescan);
  std::string found;
  if (bytes.starts_with("<?xml")) {
    found = to_lower(value_after(bytes.substr(0, bytes.find("?>")), "encoding"));
  }
  html::Tokenizer tokenizer(bytes);
  html::Token token;
  while (found.empty() && tokenizer.next(token)) {
    if (token.kind == html::Token::Kind::kStart && html::equals_ignoring_case(token.text, "meta")) {
      found = charset_of_meta(token);
    }
  }
  // What could be read as ASCII this far is none of these.
  return found.starts_with("utf-16") || found.starts_with("utf-32") ? "utf-8" : found;
}

}  // namespace fundi::curate
