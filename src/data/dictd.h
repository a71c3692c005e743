#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::data {

// One definition of a bilingual dictionary.
struct DictionaryEntry {
  std::string headword;        // as the definition spells it: "Agano Jipya", "come!"
  std::string index_word;      // as the index spells it: "agano jipya", "come"
  std::string part_of_speech;  // "n", "v, caus"; empty where none is given
  std::string pronunciation;   // IPA without its slashes; several are joined by ", "
  std::string form_of;         // for "Plural of {abiria}": "abiria"; such entries have no senses
  std::vector<std::vector<std::string>> senses;  // the translations of each sense, none empty
  std::string raw;                               // the whole definition
  int64_t unparsed = 0;  // pieces of it that look like no translation and were left out
  uint64_t offset = 0;   // of the definition in the .dict file
};

struct DictionaryInfo {
  std::string name;     // 00databaseshort: "Swahili-English xFried/FreeDict Dictionary ver. 0.4.4"
  std::string url;      // 00databaseurl
  std::string licence;  // the "Availability:" section of `text` on one line; empty where absent
  std::string text;     // 00databaseinfo
};

struct DictionaryCounts {
  int64_t entries = 0;  // rows of the index, kept or not, but for those about the dictionary
  int64_t with_translation = 0;
  int64_t forms = 0;                // "Plural of {...}", "Inflection of: {...}"
  int64_t without_translation = 0;  // neither of the two: notes and cross-references only
  int64_t with_unparsed = 0;        // entries with unparsed > 0
  int64_t unparsed_pieces = 0;
  int64_t multi_word = 0;           // headwords with a space
  int64_t duplicate_headwords = 0;  // entries whose headword an earlier entry has
};

// A row of the index that is not kept, and why.
struct DictionaryProblem {
  int64_t line = 0;  // of the index, from 1
  std::string reason;
};

struct Dictionary {
  DictionaryInfo info;
  DictionaryCounts counts;
  std::vector<DictionaryEntry> entries;     // by offset; one definition's variants in index order
  std::vector<DictionaryProblem> problems;  // by line
};

// Reads a dictd dictionary (dictd(8), dictfmt(1)): `index` holds lines of headword, offset and
// length (base 64, tab-separated), `dict` the definitions, plain or gzip (dictzip is gzip). A
// definition is kept once for each index row that points at it ("afisa, ofisa" gives two entries).
// Untrusted input. A row of the index is a problem, and the others are kept, for missing fields,
// bad base 64, ranges outside the dictionary, what is not UTF-8, a definition above 1 MB, and
// definitions that together exceed 512 MB. Throws kNotFound, and kCorruptData naming the file for
// broken gzip and a dictionary above 512 MB.
Dictionary read_dictd(const std::filesystem::path& index, const std::filesystem::path& dict);
// "freedict-swh-eng.index" and what lies beside it: freedict-swh-eng.dict.dz, or .dict.
Dictionary read_dictd(const std::filesystem::path& index);
std::filesystem::path dictd_text_of(const std::filesystem::path& index);

// Takes a FreeDict definition apart. The first line is
//   headword[, variant] /pronunciation/ <part of speech> (pl: {...}) [sg=pl]
// then, for each sense, an optional line "1.", translations separated by commas, lines "; ..." with
// further ones, lines indented by one space that hold notes (or, alone and at most two words long,
// a translation), and lines indented further with cross-references. Notes in (), [] or <> are cut
// out of translations; pieces that still hold brackets, slashes or quotation marks are counted in
// `unparsed`. Never throws on UTF-8 text; `offset` is left 0.
DictionaryEntry parse_definition(std::string_view index_word, std::string_view text);

// An entry on one line, "kitabu: book, volume; scripture", as curation keeps it: senses are parted
// by semicolons, the translations of one by commas.
std::string entry_text(const DictionaryEntry& entry);
// Headword and senses of such a line; no senses where it is none, as a text of several lines is.
DictionaryEntry parse_entry_text(std::string_view text);

}  // namespace fundi::data
