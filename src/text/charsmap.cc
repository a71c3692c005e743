#include "text/charsmap.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace fundi::text {
namespace {

// Far above the longest real one (U+FDFA gives 33 bytes); bounds how much text can grow.
constexpr size_t kMaxReplacement = 256;

uint32_t little_endian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 4; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
  return value;
}

// The fields of a unit of the double array.
bool has_leaf(uint32_t unit) { return (unit >> 8 & 1) != 0; }
uint32_t value_of(uint32_t unit) { return unit & 0x7FFFFFFF; }
uint32_t label(uint32_t unit) { return unit & (1u << 31 | 0xFF); }
uint32_t offset(uint32_t unit) { return unit >> 10 << ((unit & 1u << 9) >> 6); }

}  // namespace

Charsmap::Charsmap(std::string_view bytes) {
  if (bytes.empty()) return;
  if (bytes.size() < 4) fail(ErrorCode::kCorruptData, "a charsmap of less than four bytes");
  const uint32_t trie_bytes = little_endian(bytes);
  bytes.remove_prefix(4);
  if (trie_bytes > bytes.size() || trie_bytes < 4 || trie_bytes % 4 != 0) {
    fail(ErrorCode::kCorruptData, "a charsmap of {} bytes says that its trie has {}", bytes.size(),
         trie_bytes);
  }
  units_.reserve(trie_bytes / 4);
  for (size_t i = 0; i < trie_bytes; i += 4) units_.push_back(little_endian(bytes.substr(i)));
  replacements_ = bytes.substr(trie_bytes);
  if (find_invalid_utf8(replacements_) != std::string_view::npos) {
    fail(ErrorCode::kCorruptData, "a replacement of the charsmap is not valid UTF-8");
  }
  for (size_t begin = 0; begin < replacements_.size();) {
    const size_t end = std::min(replacements_.find('\0', begin), replacements_.size());
    if (end - begin > kMaxReplacement) {
      fail(ErrorCode::kCorruptData, "a replacement of the charsmap has more than {} bytes",
           kMaxReplacement);
    }
    begin = end + 1;
  }
}

template <typename Found>
void Charsmap::search(std::string_view text, Found found) const {
  if (units_.empty()) return;
  uint32_t node = offset(units_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    node ^= byte;
    if (byte == 0 || node >= units_.size() || label(units_[node]) != byte) return;
    const uint32_t unit = units_[node];
    node ^= offset(unit);
    if (node >= units_.size()) return;
    if (has_leaf(unit) && !found(i + 1, value_of(units_[node]))) return;
  }
}

std::optional<std::string_view> Charsmap::replacement(uint32_t offset) const {
  if (offset >= replacements_.size() ||
      (static_cast<unsigned char>(replacements_[offset]) & 0xC0) == 0x80) {
    return std::nullopt;
  }
  const std::string_view tail = std::string_view(replacements_).substr(offset);
  return tail.substr(0, tail.find('\0'));
}

std::optional<Charsmap::Rule> Charsmap::shortest(std::string_view text) const {
  std::optional<Rule> rule;
  search(text, [&](size_t length, uint32_t value) {
    if (const auto content = replacement(value)) rule = {length, *content};
    return false;
  });
  return rule;
}

std::optional<Charsmap::Rule> Charsmap::longest(std::string_view text) const {
  std::optional<Rule> rule;
  search(text, [&](size_t length, uint32_t value) {
    if (const auto content = replacement(value)) rule = {length, *content};
    return true;
  });
  return rule;
}

}  // namespace fundi::text
