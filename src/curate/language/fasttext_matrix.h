#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fundi::curate {

// Reads a file from its mapping; every read is checked against its end.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, std::string file)
      : bytes_(bytes), file_(std::move(file)) {}

  template <typename T>
  T read(std::string_view what) {
    T value;
    copy(take(sizeof(T), what), &value);
    return value;
  }
  // `count` items of `size` bytes. Throws kCorruptData if they are not there.
  std::span<const std::byte> take(uint64_t count, uint64_t size, std::string_view what);
  std::span<const std::byte> take(uint64_t bytes, std::string_view what) {
    return take(bytes, 1, what);
  }
  std::string_view text(std::string_view what);  // up to a zero byte
  size_t left() const { return bytes_.size() - pos_; }
  // Throws kCorruptData "file: at byte N: ...".
  [[noreturn]] void corrupt(const std::string& why) const;
  const std::string& file() const { return file_; }

 private:
  static void copy(std::span<const std::byte> from, void* to);
  std::span<const std::byte> bytes_;
  std::string file_;
  size_t pos_ = 0;
};

// Codes for the parts of a vector, 256 centroids a part (Jégou et al. 2011).
struct ProductQuantizer {
  size_t dim = 0, parts = 0, part_size = 0, last_size = 0;
  std::span<const std::byte> centroids;  // f32, unaligned
  // Throws kCorruptData unless it quantises vectors of `dim`.
  static ProductQuantizer read(ByteReader& in, size_t dim);
  // Calls body(column, value) for the vector of these `parts` codes.
  template <typename Body>
  void for_each(const uint8_t* codes, Body body) const;
};

// A matrix of a fastText file, f32 or quantised, in its mapping.
class FastTextMatrix {
 public:
  static FastTextMatrix read(ByteReader& in, bool quantized, size_t cols, std::string_view what);
  size_t rows() const { return rows_; }
  void add_row(size_t row, std::span<float> to) const;
  float dot_row(size_t row, std::span<const float> with) const;

 private:
  template <typename Body>
  void for_each(size_t row, Body body) const;
  float norm(size_t row) const;
  size_t rows_ = 0, cols_ = 0;
  std::span<const std::byte> values_;  // f32, unaligned; codes if quantised
  bool quantized_ = false, normed_ = false;
  ProductQuantizer quantizer_, norm_quantizer_;
  std::span<const std::byte> norms_;
};

}  // namespace fundi::curate
