#include "formats/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "formats/quote_name.h"

namespace fundi::formats {
namespace {

constexpr size_t kLengthBytes = 8;
constexpr int kMaxIndexDepth = 64;

// Well-formed dtypes of the format that fundi has no DType for.
constexpr std::array<std::string_view, 12> kForeignDTypes = {
    "F64", "U16",     "U32",     "U64",         "F8_E5M2",     "F8_E8M0",
    "F4",  "F6_E2M3", "F6_E3M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64"};

// Rejects every event that a subclass does not expect. Exceptions pass through nlohmann's parser,
// which keeps no recursion and so has no depth to exhaust.
class StrictHandler : public Json::json_sax_t {
 public:
  explicit StrictHandler(std::string_view origin) : origin_(origin) {}

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a boolean"); }
  bool number_integer(int64_t) override { unexpected("a negative number"); }
  bool number_unsigned(uint64_t) override { unexpected("a number"); }
  bool number_float(double, const std::string&) override { unexpected("a fractional number"); }
  bool string(std::string&) override { unexpected("a string"); }
  bool binary(Json::binary_t&) override { unexpected("binary data"); }
  bool start_object(size_t) override { unexpected("an object"); }
  bool start_array(size_t) override { unexpected("an array"); }
  bool parse_error(size_t position, const std::string&, const Json::exception&) override {
    // nlohmann's own message repeats the offending token, which may be all of the header.
    fail(ErrorCode::kCorruptData, "{}: malformed JSON or invalid UTF-8 at byte {} of the header",
         origin_, position);
  }

 protected:
  [[noreturn]] void corrupt(std::string_view what) const {
    fail(ErrorCode::kCorruptData, "{}: {}", origin_, what);
  }
  [[noreturn]] void unexpected(std::string_view what) const { corrupt(explain(what)); }
  // What to say about `what`, found where it may not stand.
  virtual std::string explain(std::string_view what) const = 0;
  std::string_view origin_;
};

class HeaderHandler final : public StrictHandler {
 public:
  using StrictHandler::StrictHandler;

  bool start_object(size_t) override {
    if (state_ == State::kStart) return to(State::kTop);
    if (state_ == State::kMetadataValue) return to(State::kMetadata);
    if (state_ != State::kTensorValue) unexpected("an object");
    fields_ = 0;
    return to(State::kTensor);
  }

  bool end_object() override {
    if (state_ == State::kTensor) {
      finish_tensor();
      return to(State::kTop);
    }
    return to(state_ == State::kMetadata ? State::kTop : State::kEnd);
  }

  bool key(std::string& key) override {
    switch (state_) {
      case State::kTop:
        if (!names_.insert(key).second) corrupt("duplicate key " + quote_name(key));
        if (key == "__metadata__") return to(State::kMetadataValue);
        entry_ = {};
        entry_.name = std::move(key);
        return to(State::kTensorValue);
      case State::kMetadata:
        key_ = key;
        return true;
      default:
        return tensor_key(key);
    }
  }

  bool string(std::string& value) override {
    if (state_ == State::kMetadata) {
      if (!header.metadata.emplace(key_, std::move(value)).second) {
        corrupt("__metadata__: duplicate key " + quote_name(key_));
      }
      return true;
    }
    if (state_ != State::kDType) unexpected("a string");
    set_dtype(value);
    return to(State::kTensor);
  }

  bool start_array(size_t) override {
    if (state_ == State::kShape) return to(State::kShapeItems);
    if (state_ != State::kOffsets) unexpected("an array");
    count_ = 0;
    return to(State::kOffsetItems);
  }

  bool end_array() override {
    if (state_ == State::kOffsetItems && count_ != 2) {
      corrupt(where() + ": data_offsets needs two numbers");
    }
    return to(State::kTensor);
  }

  bool number_unsigned(uint64_t value) override {
    if (state_ == State::kShapeItems) {
      add_dimension(value);
    } else if (state_ == State::kOffsetItems) {
      if (count_ == 2) corrupt(where() + ": data_offsets needs two numbers");
      (count_++ == 0 ? entry_.begin : entry_.end) = value;
    } else {
      unexpected("a number");
    }
    return true;
  }

  SafetensorsHeader header;

 private:
  enum class State {
    kStart,
    kTop,
    kMetadataValue,
    kMetadata,
    kTensorValue,
    kTensor,
    kDType,
    kShape,
    kShapeItems,
    kOffsets,
    kOffsetItems,
    kEnd,
  };
  static constexpr unsigned kHasDType = 1, kHasShape = 2, kHasOffsets = 4, kHasAll = 7;

  bool to(State state) {
    state_ = state;
    return true;
  }
  std::string where() const { return "tensor " + quote_name(entry_.name); }

  std::string explain(std::string_view what) const override {
    switch (state_) {
      case State::kStart:
      case State::kEnd:
        return "the header must be a JSON object";
      case State::kMetadataValue:
      case State::kMetadata:
        return fmt::format("__metadata__ must map strings to strings, but holds {}", what);
      default:
        return fmt::format(
            "{}: {} where dtype (string), shape or data_offsets (lists of whole numbers) are "
            "expected",
            where(), what);
    }
  }

  bool tensor_key(const std::string& key) {
    const unsigned bit = key == "dtype"          ? kHasDType
                         : key == "shape"        ? kHasShape
                         : key == "data_offsets" ? kHasOffsets
                                                 : 0;
    if (bit == 0) corrupt(fmt::format("{}: unknown key {}", where(), quote_name(key)));
    if ((fields_ & bit) != 0) corrupt(fmt::format("{}: duplicate key '{}'", where(), key));
    fields_ |= bit;
    return to(bit == kHasDType   ? State::kDType
              : bit == kHasShape ? State::kShape
                                 : State::kOffsets);
  }

  void set_dtype(const std::string& value) {
    if (const auto dtype = dtype_from_safetensors(value)) {
      entry_.dtype = *dtype;
    } else if (std::find(kForeignDTypes.begin(), kForeignDTypes.end(), value) !=
               kForeignDTypes.end()) {
      fail(ErrorCode::kUnsupported,
           "{}: {} has dtype {}, which fundi does not hold; convert it to F32, F16 or BF16 first",
           origin_, where(), value);
    } else {
      corrupt(fmt::format("{}: unknown dtype {}", where(), quote_name(value)));
    }
  }

  void add_dimension(uint64_t value) {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      corrupt(where() + ": shape overflows");
    }
    if (entry_.shape.rank() == Shape::kMaxRank) {
      fail(ErrorCode::kUnsupported, "{}: {} has more than {} dimensions", origin_, where(),
           Shape::kMaxRank);
    }
    entry_.shape.push_back(static_cast<int64_t>(value));
  }

  void finish_tensor() {
    if (fields_ != kHasAll) corrupt(where() + ": needs dtype, shape and data_offsets");
    // Zero dimensions are left out of the product, so that [2^62, 2^62, 0] overflows nobody later.
    uint64_t bytes = static_cast<uint64_t>(info(entry_.dtype).block_bytes);
    bool empty = false;
    for (const int64_t dim : entry_.shape) {
      if (dim == 0) {
        empty = true;
      } else if (bytes > static_cast<uint64_t>(std::numeric_limits<int64_t>::max() / dim)) {
        corrupt(where() + ": shape overflows");
      } else {
        bytes *= static_cast<uint64_t>(dim);
      }
    }
    if (empty) bytes = 0;
    if (entry_.end < entry_.begin) corrupt(where() + ": data_offsets end before they begin");
    if (entry_.end - entry_.begin != bytes) {
      corrupt(fmt::format("{}: data_offsets span {} bytes, but {} {} takes {}", where(),
                          entry_.end - entry_.begin, name(entry_.dtype), entry_.shape.to_string(),
                          bytes));
    }
    header.entries.push_back(std::move(entry_));
  }

  State state_ = State::kStart;
  SafetensorsEntry entry_;
  unsigned fields_ = 0;
  int count_ = 0;
  std::string key_;
  std::set<std::string> names_;  // ordered: no hash for a hostile header to flood
};

// Reads weight_map and passes over whatever else the index holds.
class IndexHandler final : public StrictHandler {
 public:
  using StrictHandler::StrictHandler;

  bool null() override { return scalar("null"); }
  bool boolean(bool) override { return scalar("a boolean"); }
  bool number_integer(int64_t) override { return scalar("a number"); }
  bool number_unsigned(uint64_t) override { return scalar("a number"); }
  bool number_float(double, const std::string&) override { return scalar("a number"); }

  bool string(std::string& value) override {
    if (depth_ != 2 || !in_map_) return scalar("a string");
    if (!is_shard_name(value)) {
      corrupt(
          fmt::format("weight_map: tensor {} names shard {}; it must be a plain *.safetensors "
                      "file name beside the index",
                      quote_name(key_), quote_name(value)));
    }
    if (!weight_map.emplace(key_, std::move(value)).second) {
      corrupt("weight_map: duplicate tensor " + quote_name(key_));
    }
    return true;
  }

  bool start_object(size_t) override {
    if (depth_ == 1 && map_next_) {
      in_map_ = true;
    } else if (in_map_) {
      unexpected("an object");
    }
    return open();
  }
  bool start_array(size_t) override {
    if (depth_ == 0 || in_map_ || (depth_ == 1 && map_next_)) unexpected("an array");
    return open();
  }
  bool end_object() override {
    if (--depth_ == 1) in_map_ = false;
    return true;
  }
  bool end_array() override { return end_object(); }

  bool key(std::string& key) override {
    if (depth_ == 1) {
      map_next_ = key == "weight_map";
      if (map_next_ && std::exchange(seen_, true)) corrupt("duplicate key 'weight_map'");
    }
    if (in_map_) key_ = std::move(key);
    return true;
  }

  bool seen() const { return seen_; }
  std::map<std::string, std::string> weight_map;

 private:
  static bool is_shard_name(std::string_view name) {
    constexpr std::string_view kSuffix = ".safetensors";
    return name.size() > kSuffix.size() && name.size() < 256 && name.ends_with(kSuffix) &&
           name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
  }
  bool open() {
    if (++depth_ > kMaxIndexDepth) corrupt("nested too deeply");
    return true;
  }
  bool scalar(std::string_view what) {
    if (depth_ == 0 || in_map_ || (depth_ == 1 && map_next_)) unexpected(what);
    return true;
  }
  std::string explain(std::string_view what) const override {
    return fmt::format(
        "an index is an object whose weight_map maps tensor names to file names, but {} was found",
        what);
  }

  int depth_ = 0;
  bool in_map_ = false, map_next_ = false, seen_ = false;
  std::string key_;
};

void parse_strict(std::string_view text, StrictHandler& handler, std::string_view origin) {
  // nlohmann takes a NUL byte for the end of input and skips a byte order mark.
  if (text.empty() || text.front() != '{' || text.find('\0') != std::string_view::npos) {
    fail(ErrorCode::kCorruptData, "{}: the header is not a JSON object", origin);
  }
  Json::sax_parse(text.begin(), text.end(), &handler);
}

void check_layout(SafetensorsHeader& header, uint64_t data_bytes, std::string_view origin) {
  std::stable_sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t position = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    if (entry.begin != position) {
      fail(ErrorCode::kCorruptData, "{}: tensor {} starts at byte {} of the data, {} byte {}",
           origin, quote_name(entry.name), entry.begin,
           entry.begin < position ? "overlapping its neighbour, which ends at"
                                  : "leaving a gap after",
           position);
    }
    position = entry.end;
  }
  if (position > data_bytes) {
    fail(
        ErrorCode::kCorruptData,
        "{}: truncated: the header promises {} bytes of tensors, the file holds {}; fetch it again",
        origin, position, data_bytes);
  }
  if (position < data_bytes) {
    fail(ErrorCode::kCorruptData, "{}: {} trailing bytes after the last tensor", origin,
         data_bytes - position);
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> file,
                                           std::string_view origin) {
  if (file.size() < kLengthBytes) {
    fail(ErrorCode::kCorruptData, "{}: truncated: {} bytes are too few for a safetensors file",
         origin, file.size());
  }
  uint64_t length = 0;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxSafetensorsHeader) {
    fail(ErrorCode::kCorruptData,
         "{}: the header claims {} bytes, more than the {} allowed; is this a safetensors file?",
         origin, length, kMaxSafetensorsHeader);
  }
  if (length > file.size() - kLengthBytes) {
    fail(ErrorCode::kCorruptData,
         "{}: truncated: the header claims {} bytes, the file holds {} after its length", origin,
         length, file.size() - kLengthBytes);
  }
  HeaderHandler handler(origin);
  parse_strict({reinterpret_cast<const char*>(file.data()) + kLengthBytes, length}, handler,
               origin);
  handler.header.data_offset = kLengthBytes + length;
  check_layout(handler.header, file.size() - handler.header.data_offset, origin);
  return std::move(handler.header);
}

std::map<std::string, std::string> parse_safetensors_index(std::string_view text,
                                                           std::string_view origin) {
  if (text.size() > kMaxSafetensorsHeader) {
    fail(ErrorCode::kCorruptData, "{}: {} bytes are too many for an index", origin, text.size());
  }
  IndexHandler handler(origin);
  const size_t start = text.find_first_not_of(" \t\r\n");
  parse_strict(text.substr(std::min(start, text.size())), handler, origin);
  if (!handler.seen()) fail(ErrorCode::kCorruptData, "{}: no weight_map", origin);
  return std::move(handler.weight_map);
}

}  // namespace fundi::formats
