#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fundi::text {

// Reads the fields of one message in protobuf's wire format. Hostile bytes end in kCorruptData.
//   while (reader.next()) switch (reader.field()) { case 1: name = reader.bytes(); ... }
class ProtoReader {
 public:
  // `where` begins error messages.
  ProtoReader(std::string_view message, const std::string& where)
      : rest_(message), where_(where) {}

  bool next();  // false at the end of the message
  uint32_t field() const { return field_; }

  // The value of the field; kCorruptData where it is of another wire type.
  uint64_t varint() const;
  int32_t int32() const { return static_cast<int32_t>(varint()); }
  bool boolean() const { return varint() != 0; }
  float fixed_float() const;
  std::string_view bytes() const;
  std::string string() const;  // valid UTF-8

 private:
  enum class WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
  uint64_t read_varint();
  std::string_view read_bytes(uint64_t count);
  void require(WireType type) const;
  [[noreturn]] void corrupt(std::string_view problem) const;

  std::string_view rest_;
  const std::string& where_;
  uint32_t field_ = 0;
  WireType type_ = WireType::kVarint;
  uint64_t number_ = 0;
  std::string_view bytes_;
};

}  // namespace fundi::text
