#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/writer.h>

#include "base/error.h"
#include "curate/arrow/parquet.h"

namespace fundi::curate {
namespace {

constexpr uint64_t kGroupBytes = 32'000'000;  // of text in a row group

void check(const arrow::Status& status) {
  if (!status.ok()) fail(ErrorCode::kIo, "cannot write Parquet: {}", status.message());
}

class Sink final : public arrow::io::OutputStream {
 public:
  explicit Sink(const fs::path& path) : file_(path) { set_mode(arrow::io::FileMode::WRITE); }
  arrow::Status Write(const void* data, int64_t size) override {
    file_.write(std::string_view(static_cast<const char*>(data), static_cast<size_t>(size)));
    position_ += size;
    return arrow::Status::OK();
  }
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
  int64_t position_ = 0;
};

std::shared_ptr<arrow::Schema> make_schema() {
  const auto text = [](const char* name, bool nullable = false) {
    return arrow::field(name, arrow::utf8(), nullable);
  };
  const auto message = arrow::struct_({text("role"), text("content"), text("rest", true)});
  return arrow::schema({text("id"), text("text"), text("source"), text("licence"), text("language"),
                        text("meta"), arrow::field("messages", arrow::list(message))});
}

std::shared_ptr<parquet::WriterProperties> make_properties(int level) {
  parquet::WriterProperties::Builder builder;
  builder.compression(parquet::Compression::ZSTD)->compression_level(level)->enable_page_checksum();
  builder.created_by("fundi");
  // What hardly repeats would fill a dictionary in vain.
  for (const char* column : {"id", "text", "meta"}) builder.disable_dictionary(column);
  builder.disable_statistics("text");
  return builder.build();
}

class ParquetShard final : public DocumentShard {
 public:
  ParquetShard(const fs::path& path, int level) : sink_(std::make_shared<Sink>(path)) {
    const auto schema = make_schema();
    auto* pool = arrow::default_memory_pool();
    auto rows = arrow::RecordBatchBuilder::Make(schema, pool);
    check(rows.status());
    rows_ = std::move(rows).ValueUnsafe();
    auto writer = parquet::arrow::FileWriter::Open(*schema, pool, sink_, make_properties(level));
    check(writer.status());
    writer_ = std::move(writer).ValueUnsafe();
  }

  void add(const Document& document) override {
    const std::string meta = dump_json(document.meta);
    int column = 0;
    for (const std::string* value : {&document.id, &document.text, &document.source,
                                     &document.licence, &document.language, &meta}) {
      check(rows_->GetFieldAs<arrow::StringBuilder>(column++)->Append(*value));
    }
    add_messages(document.messages);
    group_bytes_ += document.id.size() +
                    document.text.size() * (document.messages.empty() ? 1 : 2) + meta.size();
    if (group_bytes_ >= kGroupBytes) flush();
  }

  void commit() override {
    if (group_bytes_ > 0) flush();
    check(writer_->Close());
    sink_->commit();
  }

 private:
  void add_messages(const std::vector<Message>& messages) {
    auto& list = *rows_->GetFieldAs<arrow::ListBuilder>(6);
    if (messages.empty()) return check(list.AppendNull());
    check(list.Append());
    auto& turn = static_cast<arrow::StructBuilder&>(*list.value_builder());
    const auto field = [&](int i) -> arrow::StringBuilder& {
      return static_cast<arrow::StringBuilder&>(*turn.field_builder(i));
    };
    for (const Message& message : messages) {
      check(turn.Append());
      check(field(0).Append(message.role));
      check(field(1).Append(message.content));
      check(message.rest.is_object() ? field(2).Append(dump_json(message.rest))
                                     : field(2).AppendNull());
    }
  }

  void flush() {
    auto batch = rows_->Flush();
    check(batch.status());
    check(writer_->NewRowGroup());
    for (const auto& column : (*batch)->columns()) check(writer_->WriteColumnChunk(*column));
    group_bytes_ = 0;
  }

  std::shared_ptr<Sink> sink_;
  std::unique_ptr<arrow::RecordBatchBuilder> rows_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  uint64_t group_bytes_ = 0;
};

}  // namespace

std::unique_ptr<DocumentShard> open_parquet_shard(const fs::path& path, int level) {
  return std::make_unique<ParquetShard>(path, level);
}

}  // namespace fundi::curate
