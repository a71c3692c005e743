#include "curate/flow/batch_input.h"

#include "base/error.h"

namespace fundi::curate {
namespace {

// About a second's work: what a kill may cost.
constexpr uint64_t kBatchWork = 4'000'000;
constexpr size_t kBatchDocuments = 4096;

// Formats that libraries take apart cost more a byte than plain text.
uint64_t work_of(const RawDocument& raw) {
  uint64_t bytes = raw.bytes.size() + raw.document.text.size() + 64;
  switch (raw.type) {
    case ContentType::kText:
    case ContentType::kMarkdown:
      return bytes;
    case ContentType::kHtml:
      return bytes / 2;  // most of a page is markup
    default:
      return bytes * 16;
  }
}

}  // namespace

uint64_t Batch::text_bytes() const {
  uint64_t sum = 0;
  for (const RawDocument& document : raw)
    sum += document.bytes.size() + document.document.text.size();
  return sum;
}

BatchInput::BatchInput(const CurateRecipe& recipe, size_t shard)
    : recipe_(recipe),
      source_(recipe.sources[recipe.shards[shard].source]),
      shard_(recipe.shards[shard]),
      first_ordinal_(make_ordinal(shard, 0)),
      limit_(recipe.sample == 0
                 ? UINT64_MAX
                 : (recipe.sample + recipe.shards.size() - 1) / recipe.shards.size()) {}

bool BatchInput::open_next() {
  reader_.reset();
  if (part_ == shard_.parts.size()) return false;
  const Shard::Part part = shard_.parts[part_++];
  const Source::File& file = source_.files[part.file];
  file_name_ = fmt::format("{}/{}", source_.name, file.name);
  reader_ = file.kind->open(file.path, part.range, source_.config);
  seen_bytes_ = 0;
  return true;
}

void BatchInput::give_file_up(RawDocument& raw, std::string_view why) {
  raw.document.id = file_name_;
  raw.problem =
      reader_ == nullptr ? std::string(why) : fmt::format("{}; the rest of the file is lost", why);
  reader_.reset();
}

bool BatchInput::next_record(Record& record, RawDocument& raw) {
  while (records_ < limit_) {
    raw = RawDocument();
    try {
      if (reader_ == nullptr && !open_next()) return false;
      if (!reader_->next(record)) {
        reader_.reset();
        continue;
      }
      raw.document.id = record.name.empty() ? file_name_ : file_name_ + ":" + record.name;
      raw.problem = std::move(record.problem);
      raw.document.language = record.language.empty() ? source_.language : record.language;
      raw.document.licence = record.licence.empty() ? source_.licence : record.licence;
      raw.document.meta = std::move(record.meta);
      if (record.messages) raw.document.messages = std::move(*record.messages);
      raw.bytes = std::move(record.bytes);
      raw.type = record.type;
      raw.charset = std::move(record.charset);
    } catch (const Error& e) {
      if (e.code() == ErrorCode::kIo || e.code() == ErrorCode::kInternal) throw;
      give_file_up(raw, e.what());
    } catch (const Json::exception& e) {  // a reader has overlooked what a record may be
      give_file_up(raw, e.what());
    }
    raw.document.source = source_.name;
    raw.document.ordinal = first_ordinal_ + records_++;
    if (!raw.document.messages.empty()) raw.document.text = join(raw.document.messages);
    return true;
  }
  return false;
}

std::optional<Batch> BatchInput::next() {
  Batch batch{.number = batches_, .raw = {}};
  Record record;
  RawDocument raw;
  for (uint64_t work = 0; work < kBatchWork && batch.raw.size() < kBatchDocuments;) {
    if (!next_record(record, raw)) break;
    if (reader_ != nullptr) {
      const uint64_t now = reader_->bytes_read();
      if (now > seen_bytes_) batch.bytes += now - seen_bytes_;
      seen_bytes_ = now;
    }
    work += work_of(raw);
    batch.raw.push_back(std::move(raw));
  }
  if (batch.raw.empty()) return std::nullopt;
  ++batches_;
  return batch;
}

}  // namespace fundi::curate
