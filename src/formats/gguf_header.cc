#include "formats/gguf_header.h"

#include <bit>
#include <cstring>
#include <limits>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "formats/gguf_types.h"
#include "formats/quote_name.h"

namespace fundi::formats {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF bytes are little-endian");

constexpr std::string_view kMagic = "GGUF";
constexpr std::string_view kAlignmentKey = "general.alignment";
constexpr uint64_t kMaxKeyLength = 65535;  // of the specification

size_t width(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool:
      return 1;
    case GgufType::kU16:
    case GgufType::kI16:
      return 2;
    case GgufType::kU32:
    case GgufType::kI32:
    case GgufType::kF32:
      return 4;
    case GgufType::kU64:
    case GgufType::kI64:
    case GgufType::kF64:
    case GgufType::kString:  // of its length, at least
      return 8;
    case GgufType::kArray:
      break;
  }
  return 0;
}

// Reads forward and never beyond the end; every failure names where it was.
class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, std::string_view origin)
      : bytes_(bytes.first(std::min<size_t>(bytes.size(), kMaxGgufHeader))),
        is_cut_(bytes.size() > kMaxGgufHeader),
        origin_(origin) {}

  uint64_t position() const { return position_; }
  uint64_t left() const { return bytes_.size() - position_; }

  template <typename T>
  T take(std::string_view what) {
    need(sizeof(T), what);
    T value;
    std::memcpy(&value, bytes_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return value;
  }

  std::string take_string(uint64_t limit, std::string_view what) {
    const auto length = take<uint64_t>(what);
    if (length > limit) corrupt("{} of {} bytes is longer than {}", what, length, limit);
    need(length, what);
    std::string text(reinterpret_cast<const char*>(bytes_.data()) + position_, length);
    position_ += length;
    return text;
  }

  void need(uint64_t count, std::string_view what) const {
    if (count <= left()) return;
    if (is_cut_) corrupt("{} reaches beyond the {} bytes a head may take", what, kMaxGgufHeader);
    corrupt("truncated: {} needs {} bytes, {} are left; fetch the file again", what, count, left());
  }

  template <typename... Args>
  [[noreturn]] void corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorCode::kCorruptData, "{}: {}", origin_,
         fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::span<const std::byte> bytes_;
  bool is_cut_;
  std::string_view origin_;
  uint64_t position_ = 0;
};

int64_t take_whole(Cursor& cursor, GgufType type, std::string_view what) {
  switch (type) {
    case GgufType::kU8:
      return cursor.take<uint8_t>(what);
    case GgufType::kI8:
      return cursor.take<int8_t>(what);
    case GgufType::kU16:
      return cursor.take<uint16_t>(what);
    case GgufType::kI16:
      return cursor.take<int16_t>(what);
    case GgufType::kU32:
      return cursor.take<uint32_t>(what);
    case GgufType::kI32:
      return cursor.take<int32_t>(what);
    case GgufType::kBool: {
      const auto value = cursor.take<uint8_t>(what);
      if (value > 1) cursor.corrupt("{}: a boolean must be 0 or 1, not {}", what, value);
      return value;
    }
    default:
      return cursor.take<int64_t>(what);
  }
}

class HeaderReader {
 public:
  HeaderReader(std::span<const std::byte> file, std::string_view origin)
      : cursor_(file, origin), file_bytes_(file.size()), origin_(origin) {
    header_.metadata = GgufMetadata(std::string(origin));
  }

  GgufHeader read() {
    read_version();
    const uint64_t tensors = read_count("tensors", kMaxGgufTensors);
    const uint64_t keys = read_count("metadata keys", kMaxGgufKeys);
    for (uint64_t i = 0; i < keys; ++i) read_key();
    read_alignment();
    for (uint64_t i = 0; i < tensors; ++i) read_tensor();
    check_layout();
    return std::move(header_);
  }

 private:
  void read_version() {
    char magic[4];
    const auto word = cursor_.take<uint32_t>("the magic number");
    std::memcpy(magic, &word, sizeof(magic));
    if (std::string_view(magic, 4) != kMagic) {
      cursor_.corrupt("no GGUF file: it begins with {}", quote_name(std::string_view(magic, 4)));
    }
    header_.version = cursor_.take<uint32_t>("the version");
    if (header_.version == 2 || header_.version == 3) return;
    if ((header_.version & 0xffffU) == 0) {
      fail(ErrorCode::kUnsupported, "{}: a big-endian GGUF file; fundi reads little-endian ones",
           origin_);
    }
    fail(ErrorCode::kUnsupported, "{}: GGUF version {}; fundi reads versions 2 and 3", origin_,
         header_.version);
  }

  uint64_t read_count(std::string_view what, uint64_t limit) {
    const auto count = cursor_.take<uint64_t>(what);
    if (count > limit) cursor_.corrupt("{} {} are more than the {} allowed", count, what, limit);
    return count;
  }

  GgufType read_type(std::string_view key) {
    const auto number = cursor_.take<uint32_t>(key);
    if (number > static_cast<uint32_t>(GgufType::kF64)) {
      cursor_.corrupt("metadata key {}: unknown type {}", quote_name(key), number);
    }
    return static_cast<GgufType>(number);
  }

  void read_key() {
    const std::string key = cursor_.take_string(kMaxKeyLength, "a metadata key");
    if (key.empty()) cursor_.corrupt("a metadata key is empty");
    if (find_invalid_utf8(key) != std::string_view::npos) {
      cursor_.corrupt("metadata key {} is not UTF-8", quote_name(key));
    }
    if (header_.metadata.has(key)) cursor_.corrupt("duplicate metadata key {}", quote_name(key));
    GgufValue value;
    value.type = read_type(key);
    value.is_array = value.type == GgufType::kArray;
    uint64_t count = 1;
    if (value.is_array) {
      value.type = read_type(key);
      if (value.type == GgufType::kArray) {
        cursor_.corrupt("metadata key {}: an array of arrays", quote_name(key));
      }
      count = cursor_.take<uint64_t>(key);
      if (count > kMaxGgufArrayElements - array_elements_) {
        cursor_.corrupt("metadata key {}: arrays of more than {} elements together",
                        quote_name(key), kMaxGgufArrayElements);
      }
      array_elements_ += count;
    }
    read_items(value, count, key);
    header_.metadata.set(key, std::move(value));
  }

  void read_items(GgufValue& value, uint64_t count, const std::string& key) {
    const std::string what = "metadata key " + quote_name(key);
    cursor_.need(count * width(value.type), what);  // before anything is allocated
    if (value.type == GgufType::kString) {
      std::vector<std::string> items(count);
      for (auto& item : items) item = cursor_.take_string(kMaxGgufHeader, what);
      value.items = std::move(items);
    } else if (value.type == GgufType::kF32 || value.type == GgufType::kF64) {
      std::vector<double> items(count);
      for (auto& item : items) {
        item = value.type == GgufType::kF32 ? static_cast<double>(cursor_.take<float>(what))
                                            : cursor_.take<double>(what);
      }
      value.items = std::move(items);
    } else {
      std::vector<int64_t> items(count);
      for (auto& item : items) item = take_whole(cursor_, value.type, what);
      value.items = std::move(items);
    }
  }

  void read_alignment() {
    const GgufValue* value = header_.metadata.find(kAlignmentKey);
    if (value == nullptr) return;
    const int64_t alignment = header_.metadata.get<int64_t>(kAlignmentKey);
    if (value->type != GgufType::kU32 || !std::has_single_bit(static_cast<uint32_t>(alignment))) {
      cursor_.corrupt("{} must be a u32 and a power of two, not {} {}", kAlignmentKey,
                      value->type_name(), alignment);
    }
    header_.alignment = static_cast<uint64_t>(alignment);
  }

  void read_tensor() {
    GgufEntry entry;
    entry.name = cursor_.take_string(kMaxGgufTensorName, "a tensor name");
    if (entry.name.empty()) cursor_.corrupt("a tensor has no name");
    if (find_invalid_utf8(entry.name) != std::string_view::npos) {
      cursor_.corrupt("tensor name {} is not UTF-8", quote_name(entry.name));
    }
    if (!names_.insert(entry.name).second) {
      cursor_.corrupt("duplicate tensor {}", quote_name(entry.name));
    }
    const std::string what = "tensor " + quote_name(entry.name);
    const auto rank = cursor_.take<uint32_t>(what);
    if (rank > kMaxGgufRank) {
      cursor_.corrupt("{}: {} dimensions, more than {}", what, rank, kMaxGgufRank);
    }
    uint64_t dims[kMaxGgufRank];
    for (uint32_t i = 0; i < rank; ++i) dims[i] = cursor_.take<uint64_t>(what);
    for (uint32_t i = rank; i-- > 0;) {
      if (dims[i] > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        cursor_.corrupt("{}: shape overflows", what);
      }
      entry.shape.push_back(static_cast<int64_t>(dims[i]));
    }
    entry.dtype = read_dtype(what);
    entry.offset = cursor_.take<uint64_t>(what);
    header_.entries.push_back(std::move(entry));
  }

  DType read_dtype(const std::string& what) {
    const auto number = cursor_.take<uint32_t>(what);
    if (const auto dtype = dtype_from_gguf(number)) return *dtype;
    const std::string_view foreign = foreign_gguf_type(number);
    if (foreign.empty()) cursor_.corrupt("{}: unknown type {}", what, number);
    fail(ErrorCode::kUnsupported,
         "{}: {} is of type {}, which fundi does not read; use a file of another quantisation",
         origin_, what, foreign);
  }

  // Bytes of a tensor, whose dimensions may overflow. Zero dimensions are left out of the product,
  // so that [2^62, 2^62, 0] overflows nobody later.
  uint64_t checked_bytes(const GgufEntry& entry) const {
    const DTypeInfo& type = info(entry.dtype);
    uint64_t elements = 1;
    bool empty = false;
    for (const int64_t dim : entry.shape) {
      if (dim == 0) {
        empty = true;
      } else if (elements > static_cast<uint64_t>(std::numeric_limits<int64_t>::max() / dim)) {
        cursor_.corrupt("tensor {}: shape overflows", quote_name(entry.name));
      } else {
        elements *= static_cast<uint64_t>(dim);
      }
    }
    const int64_t row = entry.shape.rank() == 0 ? 1 : entry.shape[-1];
    if (row % type.block_elements != 0) {
      cursor_.corrupt("tensor {}: rows of {} elements do not fill blocks of {} of {}",
                      quote_name(entry.name), row, type.block_elements, type.name);
    }
    if (empty) return 0;
    const uint64_t blocks = elements / static_cast<uint64_t>(type.block_elements);
    const auto block_bytes = static_cast<uint64_t>(type.block_bytes);
    if (blocks > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / block_bytes) {
      cursor_.corrupt("tensor {}: shape overflows", quote_name(entry.name));
    }
    return blocks * block_bytes;
  }

  // Each tensor begins where the one before it ends, padded: no gap, no overlap, within the file.
  void check_layout() {
    header_.data_offset = header_.entries.empty() ? cursor_.position()
                                                  : align_up(cursor_.position(), header_.alignment);
    if (header_.data_offset > file_bytes_) {
      cursor_.corrupt("truncated: the tensors begin at byte {}, the file has {}; fetch it again",
                      header_.data_offset, file_bytes_);
    }
    const uint64_t available = file_bytes_ - header_.data_offset;
    uint64_t expected = 0;
    for (const GgufEntry& entry : header_.entries) {
      if (entry.offset != expected) {
        cursor_.corrupt("tensor {} is at byte {} of the data, where byte {} is expected",
                        quote_name(entry.name), entry.offset, expected);
      }
      const uint64_t bytes = checked_bytes(entry);
      if (expected > available || bytes > available - expected) {
        cursor_.corrupt("truncated: tensor {} ends beyond the file; fetch it again",
                        quote_name(entry.name));
      }
      expected = align_up(expected + bytes, header_.alignment);
    }
  }

  Cursor cursor_;
  uint64_t file_bytes_;
  std::string_view origin_;
  GgufHeader header_;
  uint64_t array_elements_ = 0;
  std::set<std::string> names_;  // ordered: no hash for a hostile file to flood
};

}  // namespace

GgufHeader parse_gguf_header(std::span<const std::byte> file, std::string_view origin) {
  return HeaderReader(file, origin).read();
}

}  // namespace fundi::formats
