#include "formats/gguf.h"

#include "base/error.h"
#include "formats/quote_name.h"

namespace fundi::formats {

GgufFile GgufFile::open(const fs::path& path) {
  GgufFile result;
  const auto file = MappedFile::open(path);
  result.header_ = parse_gguf_header(file->bytes(), path.string());
  result.tensors_ = MappedTensors(file);
  for (const GgufEntry& entry : result.header_.entries) {
    result.tensors_.add(entry.name, result.header_.data_offset + entry.offset, entry.shape,
                        entry.dtype);
  }
  return result;
}

GgufWriter::GgufWriter(const fs::path& path, const GgufMetadata& metadata,
                       std::vector<GgufEntry> entries)
    : origin_(path.string()),
      alignment_(gguf_alignment(metadata, origin_)),
      entries_(std::move(entries)),
      file_(path) {
  file_.write(make_gguf_header(metadata, entries_, origin_));
}

void GgufWriter::write(const Tensor& tensor) {
  if (next_ == entries_.size()) {
    fail(ErrorCode::kInvalidArgument, "{}: all {} tensors are written", origin_, next_);
  }
  const GgufEntry& entry = entries_[next_++];
  if (!tensor.defined() || tensor.dtype() != entry.dtype || tensor.shape() != entry.shape ||
      tensor.device().kind != DeviceKind::kCpu) {
    fail(ErrorCode::kInvalidArgument, "{}: tensor {} was announced as {} {}, but is {}", origin_,
         quote_name(entry.name), name(entry.dtype), entry.shape.to_string(), tensor.to_string());
  }
  pad(entry.offset);
  file_.write(std::span(static_cast<const std::byte*>(tensor.raw()), tensor.bytes()));
  written_ += tensor.bytes();
}

void GgufWriter::pad(uint64_t offset) {
  file_.write(std::string(offset - written_, '\0'));
  written_ = offset;
}

void GgufWriter::commit() {
  if (next_ != entries_.size()) {
    fail(ErrorCode::kInvalidArgument, "{}: {} of {} tensors are missing", origin_,
         entries_.size() - next_, entries_.size());
  }
  pad(align_up(written_, alignment_));
  file_.commit();
}

}  // namespace fundi::formats
