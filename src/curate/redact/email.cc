#include "curate/redact/all.h"

namespace fundi::curate {
namespace {

constexpr size_t kMaxLocal = 64, kMaxDomain = 255;  // RFC 5321

bool is_local(char c) {
  return is_word(c) ||
         (c != '\0' && std::string_view("!#$%&'*+/=?^`{|}~-.").find(c) != std::string_view::npos);
}

size_t local_begin(const Site& site) {
  size_t begin = site.at;
  while (begin > site.floor && site.at - begin < kMaxLocal && is_local(site.text[begin - 1])) {
    if (site.text[begin - 1] == '.' && (begin == site.at || site.text[begin] == '.')) break;
    --begin;
  }
  while (begin < site.at && !is_word(site.text[begin])) ++begin;  // "'me@here.org'"
  return begin;
}

// Behind labels with at least one full stop between them, the last of two letters or more.
size_t domain_end(std::string_view text, size_t begin) {
  size_t end = begin, best = begin, labels = 0;
  while (end < text.size() && end - begin < kMaxDomain) {
    const size_t label = end;
    bool letters = true;
    while (end < text.size() && (is_digit(text[end]) || is_letter(text[end]) || text[end] == '-')) {
      letters &= is_letter(text[end]);
      ++end;
    }
    size_t label_end = end;
    while (label_end > label && text[label_end - 1] == '-') --label_end;
    if (label_end == label || text[label] == '-') break;
    ++labels;
    const bool punycode = text.substr(label).starts_with("xn--");
    if (labels > 1 && label_end - label >= 2 && (letters || punycode)) best = label_end;
    if (label_end != end || end >= text.size() || text[end] != '.') break;
    ++end;
  }
  return best;
}

// "[123.123.123.123]", "[IPv6:2001:db8::1]"
size_t literal_end(std::string_view text, size_t begin) {
  size_t end = begin + 1;
  while (
      end < text.size() && end - begin < 64 &&
      (is_hex(text[end]) || std::string_view(".:IPv").find(text[end]) != std::string_view::npos)) {
    ++end;
  }
  return end < text.size() && text[end] == ']' && end > begin + 6 ? end + 1 : begin;
}

std::optional<Found> find(const Site& site) {
  const size_t begin = local_begin(site), domain = site.at + 1;
  if (begin == site.at || domain >= site.text.size()) return std::nullopt;
  const size_t end =
      site.text[domain] == '[' ? literal_end(site.text, domain) : domain_end(site.text, domain);
  if (end == domain) return std::nullopt;
  return Found{begin, end};
}

}  // namespace

const RedactKind kEmail = {"email", "", "EMAIL", "@", find};

}  // namespace fundi::curate
