#include <fmt/format.h>
#include <simdjson.h>

#include <utility>

#include "base/text.h"
#include "curate/readers/all.h"
#include "curate/readers/row_keys.h"
#include "data/json_rows.h"

namespace fundi::curate {
namespace {

// The DOM of simdjson and not its "on demand", which Debian's build gives no vector code.
namespace dom = simdjson::dom;

// A parser's tables are some thirteen times as large as the longest row it has seen.
constexpr size_t kKeptCapacity = 4 << 20;

Json json_of(dom::element value);

class Members {
 public:
  void add(std::string_view key, dom::element value) {
    keys_.emplace_back(key);
    values_.push_back(json_of(value));
  }
  void add(dom::object object) {
    for (const auto& [key, value] : object) add(key, value);
  }
  Json take() { return make_object(keys_, std::move(values_)); }  // once

 private:
  std::vector<std::string> keys_;
  Json::array_t values_;
};

// The parser has seen to it that values are not nested deeper than the stack is.
Json json_of(dom::element value) {
  switch (value.type()) {
    case dom::element_type::STRING:
      return std::string(std::string_view(value.get_string()));
    case dom::element_type::INT64:
      return int64_t(value.get_int64());
    case dom::element_type::UINT64:
      return uint64_t(value.get_uint64());
    case dom::element_type::DOUBLE:
      return double(value.get_double());
    case dom::element_type::BOOL:
      return bool(value.get_bool());
    case dom::element_type::NULL_VALUE:
      return nullptr;
    case dom::element_type::ARRAY: {
      Json list = Json::array();
      for (const dom::element item : dom::array(value)) list.push_back(json_of(item));
      return list;
    }
    case dom::element_type::OBJECT: {
      Members members;
      members.add(value);
      return members.take();
    }
  }
  throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
}

class JsonlRecords final : public Reader {
 public:
  JsonlRecords(const fs::path& path, ByteRange range, const Config& options)
      : rows_(path, range), builder_(RowKeys::read(options)) {}

  bool next(Record& record) override {
    std::string_view row;
    if (!rows_.next(row)) return false;
    builder_.begin(record, rows_.name());
    if (rows_.too_long()) {
      set_problem(record, fmt::format("a row above {}", format_bytes(data::kMaxRecord)));
      return true;
    }
    try {
      read_row(row, record);
    } catch (const simdjson::simdjson_error& e) {
      set_problem(record, fmt::format("not a JSON object: {}", e.what()));
    }
    if (row.size() > kKeptCapacity) parser_ = dom::parser();
    return true;
  }

  uint64_t bytes_read() const override { return rows_.bytes_read(); }

 private:
  void read_row(std::string_view row, Record& record) {
    constexpr bool kCopy = false;  // InputBuffer::kPadding is enough behind the row
    static_assert(data::InputBuffer::kPadding >= simdjson::SIMDJSON_PADDING);
    const dom::object object = parser_.parse(row.data(), row.size(), kCopy);
    Members meta;
    for (const auto& [key, value] : object) {
      const RowBuilder::Role role = builder_.role_of(key);
      if (builder_.is_of_meta_too(role)) meta.add(key, value);
      if (role.field == RowField::kMeta) {
        // The meta of fundi's own shards goes where it came from.
        key == "meta" && value.is_object() ? meta.add(value) : meta.add(key, value);
      } else if (value.is_string()) {
        builder_.put(role, value.get_string());
      } else if (role.field == RowField::kId && value.is_number()) {
        builder_.put(role, json_of(value).dump());
      } else if (role.field <= RowField::kHtml && !value.is_null()) {
        record.problem = fmt::format("'{}' is no string", key);
      }
    }
    record.meta = meta.take();
    builder_.finish();
  }

  data::JsonRows rows_;
  RowBuilder builder_;
  dom::parser parser_;
};

}  // namespace

ReaderKind jsonl_reader() {
  return {.name = "jsonl",
          .description = "rows of JSON, one a line or one list: text and html name their keys",
          .extensions = {".jsonl", ".ndjson", ".json"},
          .splittable = true,
          .open = [](const fs::path& path, ByteRange range, const Config& options) {
            return std::make_unique<JsonlRecords>(path, range, options);
          }};
}

}  // namespace fundi::curate
