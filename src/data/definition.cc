// parse_definition of data/dictd.h.

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "data/dictd.h"

namespace fundi::data {
namespace {

constexpr size_t kMaxWrappedLines = 16;  // keeps hostile definitions linear
constexpr size_t npos = std::string_view::npos;

std::string collapse_spaces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

// Letters and digits in folded case: dictfmt drops punctuation and case from its index.
std::string fold(std::string_view text) {
  icu::UnicodeString folded = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  folded.foldCase();
  std::string out;
  icu::UnicodeString kept;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (u_isalnum(c) || u_charType(c) == U_NON_SPACING_MARK) kept.append(c);
  }
  kept.toUTF8String(out);
  return out;
}

struct Stripped {
  std::string text;       // without bracketed parts
  bool balanced = false;  // no bracket was left open or closed unopened
};

Stripped strip_brackets(std::string_view text) {
  Stripped result;
  std::string open;  // the closers awaited
  for (const char c : text) {
    if (c == '(' || c == '[' || c == '<') {
      if (open.empty()) result.text += ' ';
      open += c == '(' ? ')' : c == '[' ? ']' : '>';
    } else if (c == ')' || c == ']' || c == '>') {
      if (!open.ends_with(c)) return result;
      open.pop_back();
    } else if (open.empty()) {
      result.text += c;
    }
  }
  result.balanced = open.empty();
  return result;
}

bool has_word(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') ||
           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

size_t count_words(std::string_view text) {
  const std::string words = collapse_spaces(text);
  return words.empty() ? 0 : 1 + static_cast<size_t>(std::count(words.begin(), words.end(), ' '));
}

// "{abiria}" -> "abiria", from the first brace on.
std::string braced(std::string_view text) {
  const size_t open = text.find('{');
  const size_t close = open == npos ? npos : text.find('}', open);
  return close == npos ? "" : collapse_spaces(text.substr(open + 1, close - open - 1));
}

class BodyParser {
 public:
  explicit BodyParser(DictionaryEntry& entry) : entry_(entry) {}

  void parse(std::string_view body) {
    std::vector<std::string> lines = split(body, '\n');
    for (size_t i = 0; i < lines.size(); ++i) {
      std::string line = lines[i];
      if (trim(line).empty()) continue;
      // Long lines were wrapped: a note goes on while the indentation does, anything while a
      // bracket is open.
      const size_t indent = line.find_first_not_of(" \t");
      const size_t last = std::min(lines.size() - 1, i + kMaxWrappedLines);
      while (i < last && continues(line, indent, lines[i + 1])) {
        line += ' ';
        line += trim(lines[++i]);
      }
      add_line(line, indent);
    }
    std::erase_if(entry_.senses, [](const auto& sense) { return sense.empty(); });
    if (!entry_.form_of.empty()) entry_.senses.clear();
  }

 private:
  static bool is_number(std::string_view line) {
    line = trim(line);
    const size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
    return digits > 0 && digits <= 3 && line.substr(digits) == ".";
  }

  static bool continues(std::string_view line, size_t indent, std::string_view next) {
    const size_t next_indent = next.find_first_not_of(" \t\r");
    if (next_indent == npos || next_indent > 1 || is_number(next)) return false;
    return (indent == 1 && next_indent == 1) || !strip_brackets(line).balanced;
  }

  void add_line(std::string_view line, size_t indent) {
    line = trim(line);
    if (indent == 0 && is_number(line)) {
      entry_.senses.emplace_back();
      return;
    }
    const size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
    if (indent == 0 && digits > 0 && digits <= 3 && line.substr(digits).starts_with(". ")) {
      entry_.senses.emplace_back();
      line.remove_prefix(digits + 2);
    }
    if (line.starts_with("Plural of") || line.starts_with("Inflection of")) {
      if (entry_.form_of.empty()) entry_.form_of = braced(line);
      if (entry_.form_of.empty()) ++entry_.unparsed;
      return;
    }
    if (line.starts_with("See also:") || line.starts_with("Synonym") || indent > 1) return;
    if (entry_.senses.empty()) entry_.senses.emplace_back();
    if (indent == 1 && !line.starts_with(';') &&
        (!entry_.senses.back().empty() || count_words(strip_brackets(line).text) > 2)) {
      return;  // a note
    }
    add_translations(line);
  }

  void add_translations(std::string_view line) {
    const Stripped stripped = strip_brackets(line);
    if (!stripped.balanced) {
      ++entry_.unparsed;
      return;
    }
    std::vector<std::string>& sense = entry_.senses.back();
    std::string text = stripped.text;
    std::replace(text.begin(), text.end(), ';', ',');
    for (const std::string& part : split(text, ',')) {
      const std::string piece = collapse_spaces(part);
      if (piece.empty()) continue;
      const bool strange = !has_word(piece) || piece.find_first_of("{}|/\"=\\") != npos ||
                           std::any_of(piece.begin(), piece.end(), [](char c) {
                             return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                           });
      if (strange) {
        ++entry_.unparsed;
      } else if (std::find(sense.begin(), sense.end(), piece) == sense.end()) {
        sense.push_back(piece);
      }
    }
  }

  DictionaryEntry& entry_;
};

// "afisa, ofisa" for the index word "ofisa" is "ofisa".
std::string choose_headword(std::string_view index_word, std::string_view shown) {
  const std::string wanted = fold(index_word);
  const std::string whole = collapse_spaces(shown);
  if (whole.empty() || fold(whole) == wanted) {
    return whole.empty() ? collapse_spaces(index_word) : whole;
  }
  for (const std::string& variant : split(whole, ',')) {
    if (fold(variant) == wanted) return collapse_spaces(variant);
  }
  return collapse_spaces(index_word);
}

}  // namespace

DictionaryEntry parse_definition(std::string_view index_word, std::string_view text) {
  DictionaryEntry entry;
  entry.index_word = index_word;
  entry.raw = text;
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view head = text.substr(0, end);
  // A slash belongs to the headword ("rest-place/time") unless a space stands before it.
  const size_t shown = std::min({head.find(" /"), head.find(" <"), head.find(" {"),
                                 head.find(" [sg"), head.find(" (pl:"), head.size()});
  entry.headword = choose_headword(index_word, head.substr(0, shown));
  head.remove_prefix(shown);
  for (size_t at = 0; (at = head.find(" /", at)) != npos;) {
    const size_t close = head.find('/', at + 2);
    if (close == npos) break;
    if (!entry.pronunciation.empty()) entry.pronunciation += ", ";
    entry.pronunciation += collapse_spaces(head.substr(at + 2, close - at - 2));
    at = close + 1;
  }
  const size_t open = head.find('<');
  const size_t close = open == npos ? npos : head.find('>', open);
  if (close != npos)
    entry.part_of_speech = collapse_spaces(head.substr(open + 1, close - open - 1));
  if (end < text.size()) BodyParser(entry).parse(text.substr(end + 1));
  return entry;
}

}  // namespace fundi::data
