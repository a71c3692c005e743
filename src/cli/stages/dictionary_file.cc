#include "cli/stages/dictionary_file.h"

#include "base/error.h"
#include "data/jsonl.h"

namespace fundi::cli {
namespace {

Json entry_json(const data::DictionaryEntry& entry) {
  Json json = {{"headword", entry.headword}, {"index_word", entry.index_word}};
  if (!entry.part_of_speech.empty()) json["part_of_speech"] = entry.part_of_speech;
  if (!entry.pronunciation.empty()) json["pronunciation"] = entry.pronunciation;
  if (!entry.form_of.empty()) json["form_of"] = entry.form_of;
  json["senses"] = entry.senses;
  json["raw"] = entry.raw;
  return json;
}

data::DictionaryEntry entry_from(const Json& json) {
  data::DictionaryEntry entry;
  entry.headword = json.at("headword").get<std::string>();
  entry.index_word = json.value("index_word", entry.headword);
  entry.part_of_speech = json.value("part_of_speech", "");
  entry.pronunciation = json.value("pronunciation", "");
  entry.form_of = json.value("form_of", "");
  entry.senses = json.at("senses").get<std::vector<std::vector<std::string>>>();
  entry.raw = json.value("raw", "");
  return entry;
}

}  // namespace

Json counts_json(const data::DictionaryCounts& counts) {
  return {{"entries", counts.entries},
          {"skipped_invalid_utf8", counts.skipped_invalid_utf8},
          {"with_translation", counts.with_translation},
          {"forms", counts.forms},
          {"without_translation", counts.without_translation},
          {"with_unparsed", counts.with_unparsed},
          {"multi_word", counts.multi_word},
          {"duplicate_headwords", counts.duplicate_headwords}};
}

void save_dictionary(const data::Dictionary& dictionary, const fs::path& folder,
                     const std::string& name) {
  data::JsonlWriter entries(folder / (name + ".jsonl"));
  for (const data::DictionaryEntry& entry : dictionary.entries) entries.write(entry_json(entry));
  entries.commit();
  const Json info = {{"name", dictionary.info.name},
                     {"url", dictionary.info.url},
                     {"licence", dictionary.info.licence},
                     {"text", dictionary.info.text},
                     {"counts", counts_json(dictionary.counts)}};
  write_file_atomic(folder / (name + ".info.json"), dump_json_pretty(info));
}

data::Dictionary load_dictionary(const fs::path& folder, const std::string& name) {
  data::Dictionary dictionary;
  const fs::path info_path = folder / (name + ".info.json");
  const Json info = read_json(info_path);
  try {
    dictionary.info.name = info.at("name").get<std::string>();
    dictionary.info.url = info.value("url", "");
    dictionary.info.licence = info.value("licence", "");
    dictionary.info.text = info.value("text", "");
  } catch (const Json::exception& e) {
    fail(ErrorCode::kCorruptData, "{}: {}", info_path.string(), e.what());
  }
  data::JsonlReader reader(folder / (name + ".jsonl"));
  for (data::JsonlRow row; reader.next(row);) {
    try {
      dictionary.entries.push_back(entry_from(row.json));
    } catch (const Json::exception& e) {
      fail(ErrorCode::kCorruptData, "{}: {}", reader.where(), e.what());
    }
  }
  return dictionary;
}

}  // namespace fundi::cli
