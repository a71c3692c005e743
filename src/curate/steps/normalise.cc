#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "curate/steps/all.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

// What becomes of a character.
enum class Fate { kStays, kGoes, kSpace, kLineEnd };

bool within(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

Fate fate_of(char32_t c) {
  if (c < 0x20) {
    if (c == '\t' || c == '\n') return Fate::kStays;
    return within(c, 0x0B, 0x0D) ? Fate::kLineEnd : Fate::kGoes;
  }
  if (c < 0x7F) return Fate::kStays;
  if (c == 0x85 || c == 0x2028 || c == 0x2029) return Fate::kLineEnd;
  if (c < 0xA0) return Fate::kGoes;
  if (c == 0xA0 || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0x1680 ||
      within(c, 0x2000, 0x200A)) {
    return Fate::kSpace;
  }
  // Not U+200C and U+200D: Persian, the scripts of India and emoji need them.
  if (c == 0xAD || c == 0x200B || c == 0x200E || c == 0x200F || c == 0x2060 || c == 0xFEFF ||
      c == 0xFFFC || within(c, 0x202A, 0x202E) || within(c, 0x2066, 0x2069) ||
      within(c, 0xFFF9, 0xFFFB) || within(c, 0xFDD0, 0xFDEF) || (c & 0xFFFE) == 0xFFFE) {
    return Fate::kGoes;
  }
  return Fate::kStays;
}

char plain_quote(char32_t c) {
  switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
      return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
      return '"';
    default:
      return 0;
  }
}

// All that is done character by character. CR LF is one line end.
std::string clean(std::string_view text, bool plain_quotes) {
  std::string out;
  out.reserve(text.size());
  size_t copied = 0;
  const auto replace = [&](size_t pos, size_t length, std::string_view by) {
    out += text.substr(copied, pos - copied);
    out += by;
    copied = pos + length;
  };
  for (size_t pos = 0; pos < text.size();) {
    const auto byte = static_cast<unsigned char>(text[pos]);
    if (byte >= 0x20 && byte < 0x7F) {
      ++pos;
      continue;
    }
    const text::CodePoint c = text::code_point_at(text, pos);
    const char quote = plain_quotes ? plain_quote(c.value) : '\0';
    if (quote != 0) {
      replace(pos, c.length, std::string_view(&quote, 1));
    } else {
      switch (fate_of(c.value)) {
        case Fate::kStays:
          break;
        case Fate::kGoes:
          replace(pos, c.length, "");
          break;
        case Fate::kSpace:
          replace(pos, c.length, " ");
          break;
        case Fate::kLineEnd:
          replace(pos, c.length, text.substr(pos).starts_with("\r\n") ? "" : "\n");
          break;
      }
    }
    pos += c.length;
  }
  out += text.substr(copied);
  return out;
}

std::string nfc(std::string text) {
  if (text::is_ascii(text)) return text;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const normaliser = icu::Normalizer2::getNFCInstance(status);
  const icu::StringPiece piece(text.data(), static_cast<int32_t>(text.size()));
  if (U_SUCCESS(status) && normaliser->isNormalizedUTF8(piece, status)) return text;
  std::string out;
  icu::StringByteSink<std::string> sink(&out, piece.length());
  if (U_SUCCESS(status)) normaliser->normalizeUTF8(0, piece, sink, nullptr, status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU: {}", u_errorName(status));
  return out;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// A line with its indentation, and each other run of blanks folded to a space (or a tab where it
// has one: columns stay apart).
void append_line(std::string_view line, bool keep_indentation, std::string& out) {
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  size_t pos = 0;
  while (pos < line.size() && is_blank(line[pos])) ++pos;
  if (keep_indentation) out += line.substr(0, pos);
  while (pos < line.size()) {
    size_t blank = pos;
    while (blank < line.size() && !is_blank(line[blank])) ++blank;
    out += line.substr(pos, blank - pos);
    pos = blank;
    while (pos < line.size() && is_blank(line[pos])) ++pos;
    if (pos == blank) break;
    const std::string_view run = line.substr(blank, pos - blank);
    out += run.find('\t') == std::string_view::npos ? ' ' : '\t';
  }
}

std::string fold_space(std::string_view text, bool spaces, bool keep_indentation,
                       int64_t most_blank_lines) {
  std::string out;
  out.reserve(text.size());
  int64_t blank_lines = 0;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      ++blank_lines;
      continue;
    }
    if (!out.empty()) {
      out.append(static_cast<size_t>(std::min(blank_lines, most_blank_lines)) + 1, '\n');
    }
    blank_lines = 0;
    if (spaces) {
      append_line(line, keep_indentation, out);
    } else {
      out += line;
    }
  }
  return out;
}

// Settings: nfc (true), spaces (true: runs of spaces inside lines become one, those at line ends
// go), indentation (true: kept), blank_lines (1: at most so many in a row, none at the ends),
// plain_quotes (false: curly quotation marks become ' and ").
// Line ends of all kinds become LF; control, zero-width and directional characters go, spaces of
// other widths become plain ones. Applied again it changes nothing.
class Normalise : public DocumentStep {
 public:
  explicit Normalise(const Config& config) {
    nfc_ = config.get("nfc", true);
    spaces_ = config.get("spaces", true);
    indentation_ = config.get("indentation", true);
    blank_lines_ = bounded<int64_t>(config, "blank_lines", 1);
    plain_quotes_ = config.get("plain_quotes", false);
    config.finish();
  }

  void apply(Subject& subject, Judge& judge) const override {
    const bool changed = subject.edit([&](std::string_view text) {
      std::string out = clean(text, plain_quotes_);
      // After the cleaning: what it takes away may have kept a mark from its letter.
      if (nfc_) out = nfc(std::move(out));
      return fold_space(out, spaces_, indentation_, blank_lines_);
    });
    if (changed) judge.count("documents_changed");
  }

 private:
  bool nfc_, spaces_, indentation_, plain_quotes_;
  int64_t blank_lines_;
};

}  // namespace

DocumentStepKind normalise_step() {
  return {
      .name = "normalise",
      .description = "NFC, one kind of line end, no control or zero-width characters, tidy spaces",
      .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
        return std::make_unique<Normalise>(config);
      }};
}

}  // namespace fundi::curate
