#include "curate/redact/all.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

constexpr size_t kMaxLocal = 64, kMaxDomain = 255;  // RFC 5321

bool is_local(char c) {
  return is_word(c) ||
         (c != '\0' && std::string_view("!#$%&'*+/=?^`{|}~-.").find(c) != std::string_view::npos);
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Letters of internationalised addresses (RFC 6531): of the alphabets from Latin to Cyrillic. Texts
// in others may go on right beside an address, without a space.
bool is_foreign_letter(char32_t c) {
  const bool alphabet = (c >= 0x80 && c < 0x530) || (c >= 0x1E00 && c < 0x2000);
  return alphabet && (text::char_classes()[c] & (text::kLetter | text::kMark));
}

// Bytes of a character of the local part that ends at `end`, or 0.
size_t local_before(const Site& site, size_t end) {
  if (end <= site.floor) return 0;
  if (is_ascii(site.text[end - 1])) return is_local(site.text[end - 1]) ? 1 : 0;
  size_t begin = end - 1;
  while (begin > site.floor && (site.text[begin] & 0xC0) == 0x80) --begin;
  return is_foreign_letter(text::code_point_at(site.text, begin).value) ? end - begin : 0;
}

size_t local_begin(const Site& site) {
  size_t begin = site.at;
  while (site.at - begin < kMaxLocal) {
    const size_t length = local_before(site, begin);
    if (length == 0) break;
    if (site.text[begin - 1] == '.' && (begin == site.at || site.text[begin] == '.')) break;
    begin -= length;
  }
  // "'me@here.org'"
  while (begin < site.at && is_ascii(site.text[begin]) && !is_word(site.text[begin])) ++begin;
  return begin;
}

// Of a domain: behind the letters, digits and '-' from `begin` on.
struct Label {
  size_t end, characters = 0;
  bool letters = true;  // nothing else
};
Label read_label(std::string_view text, size_t begin) {
  Label label{begin};
  while (label.end < text.size()) {
    const char c = text[label.end];
    const text::CodePoint point = text::code_point_at(text, label.end);
    const bool letter = is_ascii(c) ? is_letter(c) : is_foreign_letter(point.value);
    if (!letter && !is_digit(c) && c != '-') break;
    label.letters &= letter;
    ++label.characters;
    label.end += point.length;
  }
  return label;
}

// Behind labels with at least one full stop between them, the last of two letters or more.
size_t domain_end(std::string_view text, size_t begin) {
  size_t end = begin, best = begin, labels = 0;
  while (end < text.size() && end - begin < kMaxDomain) {
    const Label label = read_label(text, end);
    const std::string_view name = text.substr(end, label.end - end);
    const size_t dashes = name.size() - (name.find_last_not_of('-') + 1);
    if (dashes == name.size() || name[0] == '-') break;
    ++labels;
    const bool last = label.letters || name.starts_with("xn--");
    if (labels > 1 && label.characters - dashes >= 2 && last) best = label.end - dashes;
    end = label.end;
    if (dashes > 0 || end >= text.size() || text[end] != '.') break;
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
