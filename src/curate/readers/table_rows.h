#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "curate/readers/row_keys.h"

namespace fundi::curate {

// Makes records of the rows of a table whose first row names the columns. A table without a row has
// an empty header.
class TableRows {
 public:
  // Throws kInvalidArgument, naming the columns there are, where one that is asked for is missing.
  TableRows(const fs::path& path, std::vector<std::string> header, RowKeys keys);

  // A row with more or fewer fields than the header becomes a record with a problem.
  void read(std::span<const std::string_view> fields, std::string name, Record& record);

 private:
  std::vector<std::string> header_;
  RowBuilder builder_;
  std::vector<RowBuilder::Role> roles_;  // of each column
};

// Reads such a table from text. `quotes`, which a recipe may set otherwise: fields may stand in
// quotation marks as in RFC 4180, with delimiters, line feeds and doubled quotation marks within;
// without it a quotation mark is text. An empty file has no records.
std::unique_ptr<Reader> open_table(const fs::path& path, char delimiter, bool quotes,
                                   const Config& options);

}  // namespace fundi::curate
