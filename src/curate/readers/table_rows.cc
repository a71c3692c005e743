#include "curate/readers/table_rows.h"

#include <algorithm>

#include "base/error.h"
#include "text/utf8.h"

namespace fundi::curate {

TableRows::TableRows(const fs::path& path, std::vector<std::string> header, RowKeys keys)
    : header_(std::move(header)), builder_(std::move(keys)) {
  for (std::string& column : header_) column = text::replace_invalid_utf8(column);
  const auto require = [&](std::string_view column) {
    if (column.empty() || std::ranges::find(header_, column) != header_.end()) return;
    fail(ErrorCode::kInvalidArgument,
         "{}: has no column '{}' but '{}'; name the column of the text: 'text: {}'", path.string(),
         column, fmt::join(header_, "', '"), header_.empty() ? "" : header_.front());
  };
  for (const std::string& column : builder_.keys().text) require(column);
  require(builder_.keys().html);
  require(builder_.keys().id);
  for (const std::string& column : header_) roles_.push_back(builder_.role_of(column));
}

void TableRows::read(std::span<const std::string_view> fields, std::string name, Record& record) {
  builder_.begin(record, std::move(name));
  if (fields.size() != header_.size()) {
    return set_problem(
        record, fmt::format("{} fields, but the header names {}", fields.size(), header_.size()));
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (roles_[i].field == RowField::kText || roles_[i].field == RowField::kHtml) {
      builder_.put(roles_[i], fields[i]);  // of any character set: extraction finds out
    } else if (roles_[i].field != RowField::kMeta) {
      builder_.put(roles_[i], text::replace_invalid_utf8(fields[i]));
    } else if (!fields[i].empty()) {
      record.meta[header_[i]] = text::replace_invalid_utf8(fields[i]);
    }
  }
  builder_.finish();
}

}  // namespace fundi::curate
