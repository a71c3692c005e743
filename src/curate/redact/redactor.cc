#include "curate/redact/redactor.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace fundi::curate {
namespace {

// A value without what may be written one way or another.
std::string canonical(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (std::string_view(" -()\xC2\xA0").find(c) != std::string_view::npos) continue;
    out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace

Redactor::Redactor(RedactOptions options) : options_(std::move(options)) {
  for (size_t i = 0; i < options_.kinds.size(); ++i) {
    const RedactKind& kind = *options_.kinds[i];
    const auto own = options_.tags.find(kind.name);
    tags_.push_back(own != options_.tags.end() ? own->second : fmt::format("<{}>", kind.tag));
    for (const char trigger : kind.triggers) {
      is_trigger_[static_cast<unsigned char>(trigger)] = true;
      by_trigger_[static_cast<unsigned char>(trigger)].push_back(static_cast<uint8_t>(i));
    }
  }
}

size_t Redactor::next_trigger(std::string_view text, size_t pos) const {
  const auto hit = [&](size_t i) { return is_trigger_[static_cast<unsigned char>(text[i])]; };
  for (; pos + 4 <= text.size(); pos += 4) {
    if (hit(pos) | hit(pos + 1) | hit(pos + 2) | hit(pos + 3)) break;
  }
  while (pos < text.size() && !hit(pos)) ++pos;
  return pos;
}

std::string Redactor::redact(std::string_view text, std::vector<int64_t>& counts) const {
  std::string out;
  size_t floor = 0;
  const auto ask = [&](const Site& site) {
    for (const uint8_t kind : by_trigger_[static_cast<unsigned char>(text[site.at])]) {
      const auto found = options_.kinds[kind]->find(site);
      if (!found) continue;
      out += text.substr(floor, found->begin - floor);
      out += tag_of(kind, text.substr(found->begin, found->end - found->begin));
      ++counts[kind];
      floor = found->end;
      return true;
    }
    return false;
  };
  for (size_t pos = next_trigger(text, 0); pos < text.size(); pos = next_trigger(text, pos)) {
    if (!is_digit(text[pos])) {
      pos = ask({text, pos, floor, nullptr}) ? floor : pos + 1;
      continue;
    }
    size_t end = pos + 1;
    while (end < text.size() && is_digit(text[end])) ++end;
    const Number number = read_number(text, pos);
    pos = number.n > 0 && ask({text, pos, floor, &number}) ? floor : end;
  }
  out += text.substr(floor);
  return out;
}

std::string Redactor::tag_of(size_t kind, std::string_view value) const {
  const std::string& tag = tags_[kind];
  if (options_.pseudonym_key.empty()) return tag;
  const std::string message = fmt::format("{}\n{}\n{}", options_.pseudonym_key,
                                          options_.kinds[kind]->name, canonical(value));
  const std::string hash = sha256_hex(message).substr(0, 10);
  const std::string_view head = std::string_view(tag).substr(0, tag.size() - tag.ends_with('>'));
  return fmt::format("{}_{}{}", head, hash, tag.substr(head.size()));
}

}  // namespace fundi::curate
