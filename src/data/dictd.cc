#include "data/dictd.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "data/input_stream.h"

namespace fundi::data {
namespace {

constexpr uint64_t kMaxDictionary = 512'000'000;
constexpr uint64_t kMaxDefinition = 1'000'000;

std::string read_dictionary_text(const fs::path& path) {
  InputStream stream(path);
  std::string text, chunk(1 << 18, '\0');
  while (const size_t n = stream.read(chunk)) {
    text.append(chunk, 0, n);
    if (text.size() > kMaxDictionary) {
      fail(ErrorCode::kCorruptData, "{}: holds more than {}", path.string(),
           format_bytes(kMaxDictionary));
    }
  }
  return text;
}

// dictd's numbers: base 64 digits, most significant first, no padding.
std::optional<uint64_t> parse_base64_number(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.empty() || text.size() > 10) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 64 + digit;
  }
  return value;
}

struct IndexRow {
  std::string_view word, definition;
  uint64_t offset = 0;
  bool is_info = false;  // about the dictionary
};

// `left`: bytes that definitions may still have, however often they are pointed at.
Result<IndexRow> parse_row(std::string_view line, std::string_view dict, uint64_t& left) {
  const auto problem = [](const std::string& why) { return Error(ErrorCode::kCorruptData, why); };
  const size_t tab = line.find('\t');
  const size_t tab2 = tab == line.npos ? tab : line.find('\t', tab + 1);
  if (tab2 == line.npos) return problem("needs headword, offset and length, separated by tabs");
  // A fourth field, where there is one, repeats the headword.
  const size_t last = std::min(line.find('\t', tab2 + 1), line.size());
  const auto offset = parse_base64_number(line.substr(tab + 1, tab2 - tab - 1));
  const auto length = parse_base64_number(line.substr(tab2 + 1, last - tab2 - 1));
  if (!offset || !length) return problem("offset or length is not a base 64 number");
  if (*offset > dict.size() || *length > dict.size() - *offset) {
    return problem(fmt::format("points at bytes {} to {} of a dictionary of {}", *offset,
                               *offset + *length, dict.size()));
  }
  const IndexRow row = {
      .word = line.substr(0, tab),
      .definition = dict.substr(*offset, *length),
      .offset = *offset,
      .is_info = line.starts_with("00database") || line.starts_with("00-database")};
  if (!row.is_info && *length > kMaxDefinition) return problem("a definition above 1 MB");
  if (*length > left) return problem("all definitions together exceed 512 MB");
  left -= *length;
  if (row.is_info) return row;
  if (find_invalid_utf8(row.word) != row.word.npos) return problem("the headword is not UTF-8");
  if (find_invalid_utf8(row.definition) != row.definition.npos) {
    return problem("the definition is not UTF-8");
  }
  return row;
}

std::vector<IndexRow> parse_index(std::string_view text, std::string_view dict,
                                  std::vector<DictionaryProblem>& problems) {
  std::vector<IndexRow> rows;
  uint64_t left = kMaxDictionary;
  int64_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (const Result<IndexRow> row = parse_row(line, dict, left); row.ok()) {
      rows.push_back(row.value());
    } else {
      problems.push_back({number, row.error().what()});
    }
  }
  return rows;
}

// The lines under "Availability:" up to the next line that is not indented.
std::string find_licence(std::string_view info) {
  constexpr std::string_view kTitle = "Availability:";
  std::string licence;
  bool inside = false;
  for (const std::string& line : split(info, '\n')) {
    if (line.starts_with(kTitle)) {
      inside = true;
      licence = trim(std::string_view(line).substr(kTitle.size()));
    } else if (inside && !trim(line).empty()) {
      if (!line.starts_with(' ') && !line.starts_with('\t')) break;
      if (!licence.empty()) licence += ' ';
      licence += trim(line);
    }
  }
  return licence;
}

// An information row's text without its first line, which repeats the row's own name.
std::string info_text(std::string_view text) {
  const size_t start = text.starts_with("00") ? text.find('\n') : 0;
  return start == text.npos ? "" : std::string(trim(text.substr(start)));
}

void read_info(const IndexRow& row, DictionaryInfo& info) {
  const std::string_view text = row.definition;
  if (find_invalid_utf8(text) != std::string_view::npos) return;
  std::string name(row.word);
  std::erase(name, '-');
  if (name == "00databaseshort") info.name = info_text(text);
  if (name == "00databaseurl") info.url = info_text(text);
  if (name == "00databaseinfo") {
    info.text = info_text(text);
    info.licence = find_licence(info.text);
  }
}

void count(const DictionaryEntry& entry, std::set<std::string>& seen, DictionaryCounts& counts) {
  counts.with_translation += !entry.senses.empty();
  counts.forms += !entry.form_of.empty();
  counts.without_translation += entry.senses.empty() && entry.form_of.empty();
  counts.with_unparsed += entry.unparsed > 0;
  counts.unparsed_pieces += entry.unparsed;
  counts.multi_word += entry.headword.find(' ') != std::string::npos;
  counts.duplicate_headwords += !seen.insert(entry.headword).second;
}

}  // namespace

Dictionary read_dictd(const fs::path& index, const fs::path& dict) {
  const std::string index_text = read_file(index);
  const std::string text = read_dictionary_text(dict);
  Dictionary result;
  std::vector<IndexRow> rows = parse_index(index_text, text, result.problems);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const IndexRow& a, const IndexRow& b) { return a.offset < b.offset; });
  result.counts.entries = static_cast<int64_t>(result.problems.size());
  std::set<std::string> seen;
  for (const IndexRow& row : rows) {
    if (row.is_info) {
      read_info(row, result.info);
      continue;
    }
    ++result.counts.entries;
    DictionaryEntry entry = parse_definition(row.word, row.definition);
    entry.offset = row.offset;
    count(entry, seen, result.counts);
    result.entries.push_back(std::move(entry));
  }
  return result;
}

fs::path dictd_text_of(const fs::path& index) {
  fs::path packed = index, plain = index;
  packed.replace_extension(".dict.dz");
  plain.replace_extension(".dict");
  return fs::exists(packed) ? packed : plain;
}

Dictionary read_dictd(const fs::path& index) { return read_dictd(index, dictd_text_of(index)); }

std::string entry_text(const DictionaryEntry& entry) {
  std::vector<std::string> senses;
  for (const auto& sense : entry.senses) {
    senses.push_back(fmt::format("{}", fmt::join(sense, ", ")));
  }
  return fmt::format("{}: {}", entry.headword, fmt::join(senses, "; "));
}

DictionaryEntry parse_entry_text(std::string_view text) {
  DictionaryEntry entry;
  const size_t colon = std::min(text.find(": "), text.find('\n'));
  entry.headword = text.substr(0, colon);
  if (text.find('\n') != text.npos || colon == text.npos) return entry;
  for (std::string_view rest = text.substr(colon + 2); !rest.empty();) {
    std::vector<std::string>& sense = entry.senses.emplace_back();
    const size_t end = std::min(rest.find("; "), rest.size());
    for (std::string_view words = rest.substr(0, end); !words.empty();) {
      const size_t comma = std::min(words.find(", "), words.size());
      sense.emplace_back(words.substr(0, comma));
      words.remove_prefix(std::min(comma + 2, words.size()));
    }
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return entry;
}

}  // namespace fundi::data
