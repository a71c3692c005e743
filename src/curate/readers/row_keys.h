#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "curate/readers/reader.h"

namespace fundi::curate {

// Which keys of a row (or columns of a table) are what; the others are kept in its meta. In a
// recipe:
//   text: body               one key, or a list of them, whose texts are joined by blank lines
//   html: page               instead of text: a key that holds HTML
//   id: url                  names the record, and stays in its meta unless it is called "id";
//                            without it, its line does
//   language_key: lang       default "language"
//   licence_key: rights      default "licence"
struct RowKeys {
  std::vector<std::string> text;
  std::string html, id, language, licence;
  // Throws kInvalidArgument.
  static RowKeys read(const Config& options);
};

enum class RowField { kText, kHtml, kId, kLanguage, kLicence, kMeta };

// Makes a record of the fields of one row, given in any order.
class RowBuilder {
 public:
  explicit RowBuilder(RowKeys keys);

  // `name`: of the record where the row has no id.
  void begin(Record& record, std::string name);
  struct Role {
    RowField field;
    size_t part;  // of the text, where several keys make it
  };
  Role role_of(std::string_view key) const;
  void put(Role role, std::string_view value);  // any but kMeta
  // An id by another name than that says more: an address, a title.
  bool is_of_meta_too(Role role) const { return role.field == RowField::kId && keys_.id != "id"; }
  // Sets record.problem, if it has none yet, where the row lacks its text. A meta nested deeper
  // than kMaxRowDepth is a problem too, and is dropped.
  void finish();
  const RowKeys& keys() const { return keys_; }

 private:
  RowKeys keys_;
  std::vector<std::string> parts_;
  std::vector<bool> has_part_;
  Record* record_ = nullptr;
};

// Makes of the record one that cannot be used.
void set_problem(Record& record, std::string problem);

}  // namespace fundi::curate
