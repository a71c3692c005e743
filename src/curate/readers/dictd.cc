#include "data/dictd.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/text.h"
#include "curate/readers/all.h"
#include "curate/readers/row_keys.h"

namespace fundi::curate {
namespace {

// Blank lines part paragraphs. A line that is indented deeper than the indented one that began its
// paragraph is the rest of that, which was wrapped.
std::string unindent(std::string_view text) {
  std::string out;
  size_t begun = 0;
  bool blank = false;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view words = trim(line);
    const auto indent = static_cast<size_t>(words.data() - line.data());
    if (words.empty()) {
      blank = true;
      continue;
    }
    if (!blank && begun > 0 && indent > begun) {
      out += ' ';
    } else {
      if (!out.empty()) out += blank ? "\n\n" : "\n";
      begun = indent;
    }
    out += words;
    blank = false;
  }
  return out;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  if (word.empty() || text.size() < word.size() ||
      !std::ranges::equal(text.substr(0, word.size()), word, {}, lower, lower)) {
    return false;
  }
  if (text.size() == word.size()) return true;
  const auto behind = static_cast<unsigned char>(text[word.size()]);
  return behind < 0x80 && std::isalnum(behind) == 0;
}

// Headword and definition as they stand; empty where there is no definition.
std::string plain_text(const data::DictionaryEntry& entry) {
  std::string text = unindent(entry.raw);
  if (starts_with_word(text, entry.headword)) {
    return text.size() == entry.headword.size() ? "" : text;
  }
  return text.empty() ? "" : fmt::format("{}\n{}", entry.headword, text);
}

// Of other dictionaries than FreeDict's, whose text is indented, its parser finds crumbs.
bool is_freedict(const data::DictionaryEntry& entry) {
  return !entry.part_of_speech.empty() || !entry.pronunciation.empty() ||
         entry.raw.find("\n  ") == std::string::npos;
}

class DictionaryRecords final : public Reader {
 public:
  explicit DictionaryRecords(const fs::path& index) {
    if (index == "-") {
      fail(ErrorCode::kInvalidArgument,
           "a dictionary is two files and cannot be standard input; name its .index");
    }
    dictionary_ = data::read_dictd(index);
    bytes_ = fs::file_size(index);
  }

  bool next(Record& record) override {
    record = {};
    if (at_ < dictionary_.entries.size()) {
      read_entry(dictionary_.entries[at_++], record);
    } else if (problem_ < dictionary_.problems.size()) {
      const data::DictionaryProblem& problem = dictionary_.problems[problem_++];
      record.name = fmt::format("line {}", problem.line);  // entries are numbered by themselves
      set_problem(record, fmt::format("line {} of the index: {}", problem.line, problem.reason));
    } else {
      return false;
    }
    return true;
  }

  // Read whole when opened.
  uint64_t bytes_read() const override { return bytes_; }

 private:
  void read_entry(const data::DictionaryEntry& entry, Record& record) const {
    record.name = fmt::format("{}", at_);
    record.licence = dictionary_.info.licence;
    if (!dictionary_.info.name.empty()) record.meta["dictionary"] = dictionary_.info.name;
    if (!entry.part_of_speech.empty()) record.meta["part_of_speech"] = entry.part_of_speech;
    if (!entry.pronunciation.empty()) record.meta["pronunciation"] = entry.pronunciation;
    record.bytes = data::entry_text(entry);
    // What cannot be told from it again is kept as it stands.
    const bool parsed = is_freedict(entry) && !entry.senses.empty() &&
                        data::parse_entry_text(record.bytes).senses == entry.senses;
    if (!parsed) record.bytes = plain_text(entry);
    if (record.bytes.empty()) {
      set_problem(record, fmt::format("'{}' has no definition", entry.headword));
    }
  }

  data::Dictionary dictionary_;
  size_t at_ = 0, problem_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace

ReaderKind dictd_reader() {
  return {
      .name = "dictd",
      .description = "dictionaries of dictd: NAME.index with NAME.dict.dz or NAME.dict beside it",
      .extensions = {".index"},
      .splittable = false,
      .open = [](const fs::path& path, ByteRange,
                 const Config&) { return std::make_unique<DictionaryRecords>(path); },
      .beside = [](const fs::path& path) { return data::dictd_text_of(path); }};
}

}  // namespace fundi::curate
