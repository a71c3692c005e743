#include "data/dictd.h"

#include "base/error.h"
#include "curate/readers/all.h"
#include "curate/readers/row_keys.h"

namespace fundi::curate {
namespace {

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
    if (at_ == dictionary_.entries.size()) return false;
    const data::DictionaryEntry& entry = dictionary_.entries[at_++];
    record = {};
    record.name = fmt::format("{}", at_);
    record.licence = dictionary_.info.licence;
    if (!dictionary_.info.name.empty()) record.meta["dictionary"] = dictionary_.info.name;
    if (!entry.part_of_speech.empty()) record.meta["part_of_speech"] = entry.part_of_speech;
    if (!entry.pronunciation.empty()) record.meta["pronunciation"] = entry.pronunciation;
    if (!entry.senses.empty()) {
      record.bytes = data::entry_text(entry);
      if (data::parse_entry_text(record.bytes).senses != entry.senses) {
        set_problem(record, fmt::format("'{}' cannot be told from its translations on one line",
                                        entry.headword));
      }
    } else if (!entry.form_of.empty()) {
      set_problem(record,
                  fmt::format("'{}' is only a form of '{}'", entry.headword, entry.form_of));
    } else {
      set_problem(record, fmt::format("'{}' has no translation", entry.headword));
    }
    return true;
  }

  // Read whole when opened.
  uint64_t bytes_read() const override { return bytes_; }

 private:
  data::Dictionary dictionary_;
  size_t at_ = 0;
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
