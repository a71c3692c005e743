#include "text/sentencepiece/proto.h"

#include <bit>

#include "base/error.h"
#include "base/text.h"

namespace fundi::text {

bool ProtoReader::next() {
  if (rest_.empty()) return false;
  const uint64_t tag = read_varint();
  if (tag >> 3 == 0 || tag >> 3 > (1u << 29) - 1) corrupt("a field number out of range");
  field_ = static_cast<uint32_t>(tag >> 3);
  switch (tag & 7) {
    case 0:
      type_ = WireType::kVarint;
      number_ = read_varint();
      break;
    case 1:
      type_ = WireType::kFixed64;
      read_bytes(8);
      break;
    case 2:
      type_ = WireType::kBytes;
      bytes_ = read_bytes(read_varint());
      break;
    case 5:
      type_ = WireType::kFixed32;
      bytes_ = read_bytes(4);
      break;
    default:
      corrupt("a group or an unknown wire type");
  }
  return true;
}

uint64_t ProtoReader::varint() const {
  require(WireType::kVarint);
  return number_;
}

float ProtoReader::fixed_float() const {
  require(WireType::kFixed32);
  uint32_t bits = 0;
  for (size_t i = 4; i > 0; --i) bits = bits << 8 | static_cast<unsigned char>(bytes_[i - 1]);
  return std::bit_cast<float>(bits);
}

std::string_view ProtoReader::bytes() const {
  require(WireType::kBytes);
  return bytes_;
}

std::string ProtoReader::string() const {
  if (find_invalid_utf8(bytes()) != std::string_view::npos) corrupt("text that is not valid UTF-8");
  return std::string(bytes());
}

uint64_t ProtoReader::read_varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) corrupt("it ends within a number");
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  corrupt("a number of more than ten bytes");
}

std::string_view ProtoReader::read_bytes(uint64_t count) {
  if (count > rest_.size()) corrupt("a field reaches beyond the end");
  const std::string_view bytes = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return bytes;
}

void ProtoReader::require(WireType type) const {
  if (type_ != type) corrupt(fmt::format("field {} is of another type than expected", field_));
}

void ProtoReader::corrupt(std::string_view problem) const {
  fail(ErrorCode::kCorruptData, "{}: not a SentencePiece model: {}", where_, problem);
}

}  // namespace fundi::text
