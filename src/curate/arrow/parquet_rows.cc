#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/util/io_util.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/text.h"
#include "curate/arrow/parquet.h"
#include "curate/arrow/values.h"
#include "curate/readers/chat_row.h"
#include "data/input_buffer.h"
#include "text/utf8.h"

namespace fundi::curate {

const char* const kLacksParquet = "";

namespace {

constexpr int64_t kMaxMemory = 512'000'000;
constexpr int32_t kMaxDepth = 64;  // of the schema
constexpr double kBatchBytes = 8e6;
constexpr double kMaxBatchRows = 1024;

// Arrow calls most damage an I/O error; only the system's have an errno.
[[noreturn]] void raise(const arrow::Status& status, const fs::path& path) {
  const bool io = arrow::internal::ErrnoFromStatus(status) != 0;
  fail(io ? ErrorCode::kIo : ErrorCode::kCorruptData, "{}: {}", path.string(),
       text::replace_invalid_utf8(status.message()));
}

template <typename T>
T take(arrow::Result<T> result, const fs::path& path) {
  if (!result.ok()) raise(result.status(), path);
  return std::move(result).ValueUnsafe();
}

// Runs what calls Arrow: its exceptions become ours.
template <typename Body>
auto guarded(const fs::path& path, Body body) {
  try {
    return body();
  } catch (const Error&) {
    throw;
  } catch (const parquet::ParquetStatusException& e) {
    raise(e.status(), path);
  } catch (const std::exception& e) {
    fail(ErrorCode::kCorruptData, "{}: {}", path.string(), text::replace_invalid_utf8(e.what()));
  }
}

// A file with the memory that its reading may take.
class ParquetFile {
 public:
  explicit ParquetFile(const fs::path& path)
      : path_(path), counting_(arrow::default_memory_pool()), pool_(&counting_, kMaxMemory) {
    if (!fs::is_regular_file(path)) {
      fail(fs::exists(path) ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound,
           "{}: Parquet is read from a file only", path.string());
    }
    guarded(path_, [&] { open(); });
  }
  parquet::arrow::FileReader& reader() { return *reader_; }
  const parquet::FileMetaData& metadata() const { return *metadata_; }
  const arrow::Schema& schema() const { return *schema_; }

 private:
  void open() {
    parquet::ReaderProperties properties(&pool_);
    properties.enable_buffered_stream();
    properties.set_schema_depth_limit(kMaxDepth);
    properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties arrow_properties(false);  // no threads
    arrow_properties.set_pre_buffer(false);
    arrow_properties.set_arrow_extensions_enabled(false);
    auto source = take(arrow::io::ReadableFile::Open(path_.string(), &pool_), path_);
    parquet::arrow::FileReaderBuilder builder;
    if (const auto status = builder.Open(std::move(source), properties); !status.ok()) {
      raise(status, path_);
    }
    reader_ = take(builder.memory_pool(&pool_)->properties(arrow_properties)->Build(), path_);
    metadata_ = reader_->parquet_reader()->metadata();
    if (const auto status = reader_->GetSchema(&schema_); !status.ok()) raise(status, path_);
  }

  fs::path path_;
  arrow::ProxyMemoryPool counting_;
  arrow::CappedMemoryPool pool_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
  std::shared_ptr<arrow::Schema> schema_;
};

// The row groups of a part of a file, batch by batch.
class Batches {
 public:
  Batches(const fs::path& path, ByteRange range) : path_(path), file_(path) {
    uint64_t first_row = 1;
    guarded(path_, [&] {
      for (int i = 0; i < file_.metadata().num_row_groups(); ++i) {
        const auto group = file_.metadata().RowGroup(i);
        const uint64_t begin = begin_of(*group);
        if (begin >= range.begin && begin < range.end) groups_.push_back({i, first_row});
        first_row += static_cast<uint64_t>(group->num_rows());
      }
    });
  }

  const arrow::Schema& schema() const { return file_.schema(); }
  // The leaves of the columns to read.
  void choose(const std::function<bool(const arrow::Field&)>& wanted) {
    const auto& leaves = *file_.metadata().schema();
    for (int i = 0; i < leaves.num_columns(); ++i) {
      const auto field = file_.schema().GetFieldByName(leaves.GetColumnRoot(i)->name());
      if (field != nullptr && wanted(*field)) columns_.push_back(i);
    }
  }

  // Null at the end. Throws kCorruptData, behind which the next row group follows.
  std::shared_ptr<arrow::RecordBatch> next() {
    while (true) {
      if (reader_ == nullptr) {
        if (next_ == groups_.size()) return nullptr;
        row_ = groups_[next_].first_row;
      }
      std::shared_ptr<arrow::RecordBatch> batch;
      try {
        batch = guarded(path_, [&] {
          if (reader_ == nullptr) open_group(groups_[next_++].index);
          return take(reader_->Next(), path_);
        });
      } catch (const Error&) {
        reader_.reset();
        throw;
      }
      if (batch == nullptr) {
        reader_.reset();
        continue;
      }
      bytes_read_ += static_cast<uint64_t>(bytes_a_row_ * static_cast<double>(batch->num_rows()));
      return batch;
    }
  }
  uint64_t take_row() { return row_++; }  // the number in the file, from 1, of the next row
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  struct Group {
    int index;
    uint64_t first_row;
  };

  // As it claims; each claim falls into exactly one part.
  static uint64_t begin_of(const parquet::RowGroupMetaData& group) {
    if (group.num_columns() == 0) return 0;
    const auto column = group.ColumnChunk(0);
    const int64_t begin = column->has_dictionary_page() ? column->dictionary_page_offset()
                                                        : column->data_page_offset();
    return static_cast<uint64_t>(std::max<int64_t>(begin, 0));
  }

  void open_group(int index) {
    const auto group = file_.metadata().RowGroup(index);
    const double rows = static_cast<double>(std::max<int64_t>(group->num_rows(), 1));
    const double bytes = static_cast<double>(std::max<int64_t>(group->total_byte_size(), 1));
    file_.reader().set_batch_size(
        static_cast<int64_t>(std::clamp(kBatchBytes * rows / bytes, 1.0, kMaxBatchRows)));
    bytes_a_row_ = std::max(static_cast<double>(group->total_compressed_size()), 0.0) / rows;
    reader_ = take(file_.reader().GetRecordBatchReader({index}, columns_), path_);
  }

  fs::path path_;
  ParquetFile file_;
  std::vector<Group> groups_;
  std::vector<int> columns_;
  size_t next_ = 0;
  std::unique_ptr<arrow::RecordBatchReader> reader_;  // of the row group before next_
  uint64_t row_ = 1, bytes_read_ = 0;
  double bytes_a_row_ = 0;
};

// An object that is kept as a string, as our own shards keep it; else the value.
Json unpacked(Json value) {
  if (!value.is_string()) return value;
  try {
    Json object = parse_json(value.get_ref<const std::string&>(), "meta");
    if (object.is_object()) return object;
  } catch (const Error&) {  // a string like any other
  }
  return value;
}

class ParquetRecords final : public Reader {
 public:
  ParquetRecords(const fs::path& path, ByteRange range, const Config& options, bool chat)
      : keys_(RowKeys::read(options)), builder_(keys_), chat_(chat), batches_(path, range) {
    for (const std::string& column : keys_.text) require(column, path);
    require(keys_.html, path);
    batches_.choose([chat](const arrow::Field& field) {
      return chat || !arrow::is_nested(field.type()->id());
    });
  }

  bool next(Record& record) override {
    while (batch_ == nullptr || row_ == batch_->num_rows()) {
      try {
        batch_ = batches_.next();
        row_ = 0;
      } catch (const Error& e) {
        if (e.code() != ErrorCode::kCorruptData) throw;
        batch_ = nullptr;
        builder_.begin(record, std::to_string(batches_.take_row()));
        set_problem(record, fmt::format("{}; the rest of its row group is lost", e.what()));
        return true;
      }
      if (batch_ == nullptr) return false;
      names_.clear();
      for (const auto& field : batch_->schema()->fields()) {
        names_.push_back(text::replace_invalid_utf8(field->name()));
      }
    }
    builder_.begin(record, std::to_string(batches_.take_row()));
    try {
      chat_ ? read_chat(record) : read_texts(record);
    } catch (const Error& e) {
      set_problem(record, e.what());
    }
    ++row_;
    return true;
  }

  uint64_t bytes_read() const override { return batches_.bytes_read(); }

 private:
  void require(const std::string& column, const fs::path& path) const {
    if (column.empty() || chat_) return;
    const auto field = batches_.schema().GetFieldByName(column);
    if (field == nullptr) {
      fail(ErrorCode::kInvalidArgument,
           "{}: has no column '{}' but '{}'; name the column of the text: 'text: ...', or say "
           "'format: chat'",
           path.string(), column, fmt::join(batches_.schema().field_names(), "', '"));
    }
    if (!is_text(*field->type())) {
      fail(ErrorCode::kInvalidArgument, "{}: the column '{}' holds no text but {}", path.string(),
           column, field->type()->ToString());
    }
  }

  void read_texts(Record& record) {
    for (size_t i = 0; i < names_.size(); ++i) {
      const arrow::Array& column = *batch_->column(static_cast<int>(i));
      if (column.IsNull(row_)) continue;
      const RowBuilder::Role role = builder_.role_of(names_[i]);
      if (role.field == RowField::kText || role.field == RowField::kHtml) {
        const std::string_view text = text_at(column, row_).value_or("");
        if (text.size() > data::kMaxRecord) {
          fail(ErrorCode::kCorruptData, "a row above {}", format_bytes(data::kMaxRecord));
        }
        builder_.put(role, text);
        continue;
      }
      Json value = json_at(column, row_);
      if (role.field != RowField::kMeta) {
        builder_.put(role, value.is_string() ? value.get<std::string>() : value.dump());
      } else if (names_[i] == "meta" && (value = unpacked(std::move(value))).is_object()) {
        record.meta.update(value);
      } else {
        record.meta[names_[i]] = std::move(value);
      }
    }
    builder_.finish();
  }

  void read_chat(Record& record) {
    Json row = Json::object();
    for (size_t i = 0; i < names_.size(); ++i) {
      Json value = json_at(*batch_->column(static_cast<int>(i)), row_);
      if (names_[i] == "meta") value = unpacked(std::move(value));
      if (names_[i] == "messages" && value.is_array()) {
        for (Json& message : value) merge_rest(message);
      }
      if (!value.is_null()) row[names_[i]] = std::move(value);
    }
    read_chat_row(std::move(row), keys_, record);
  }

  static void merge_rest(Json& message) {
    if (!message.is_object() || !message.contains("rest")) return;
    const Json rest = unpacked(std::move(message["rest"]));
    if (!rest.is_object()) return;
    message.erase("rest");
    message.update(rest);
  }

  RowKeys keys_;
  RowBuilder builder_;
  bool chat_;
  Batches batches_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  std::vector<std::string> names_;  // of its columns
  int64_t row_ = 0;                 // in it
};

}  // namespace

std::unique_ptr<Reader> open_parquet(const fs::path& path, ByteRange range, const Config& options) {
  return std::make_unique<ParquetRecords>(path, range, options, false);
}

std::unique_ptr<Reader> open_parquet_chat(const fs::path& path, ByteRange range,
                                          const Config& options) {
  return std::make_unique<ParquetRecords>(path, range, options, true);
}

}  // namespace fundi::curate
