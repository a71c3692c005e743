#include "curate/language/fasttext_matrix.h"

#include <cstring>

#include "base/error.h"

namespace fundi::curate {
namespace {

constexpr size_t kCentroids = 256;

// Files give matrices no alignment.
float float_at(std::span<const std::byte> bytes, size_t index) {
  float value;
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

const uint8_t* codes_at(std::span<const std::byte> bytes, size_t index) {
  return reinterpret_cast<const uint8_t*>(bytes.data()) + index;
}

}  // namespace

std::span<const std::byte> ByteReader::take(uint64_t count, uint64_t size, std::string_view what) {
  if (size != 0 && count > left() / size) {
    corrupt(fmt::format("{} of {} x {} bytes run past the end", what, count, size));
  }
  const auto taken = bytes_.subspan(pos_, count * size);
  pos_ += taken.size();
  return taken;
}

std::string_view ByteReader::text(std::string_view what) {
  const auto* const begin = reinterpret_cast<const char*>(bytes_.data()) + pos_;
  const void* const end = left() == 0 ? nullptr : std::memchr(begin, 0, left());
  if (end == nullptr) corrupt(fmt::format("{} has no end", what));
  const std::string_view text(begin, static_cast<size_t>(static_cast<const char*>(end) - begin));
  pos_ += text.size() + 1;
  return text;
}

void ByteReader::corrupt(const std::string& why) const {
  fail(ErrorCode::kCorruptData, "{}: at byte {}: {}; is it a whole fastText model?", file_, pos_,
       why);
}

void ByteReader::copy(std::span<const std::byte> from, void* to) {
  std::memcpy(to, from.data(), from.size());
}

ProductQuantizer ProductQuantizer::read(ByteReader& in, size_t dim) {
  const auto stated = in.read<int32_t>("a quantizer");
  const auto parts = in.read<int32_t>("a quantizer");
  const auto part_size = in.read<int32_t>("a quantizer");
  const auto last_size = in.read<int32_t>("a quantizer");
  const auto size = static_cast<int64_t>(dim);
  if (stated != size || part_size < 1 || parts < 1 || last_size < 1 || last_size > part_size ||
      (parts - 1) * int64_t{part_size} + last_size != size) {
    in.corrupt(fmt::format("a quantizer of {} parts of {} and {} for {} columns", parts, part_size,
                           last_size, dim));
  }
  return {.dim = dim,
          .parts = static_cast<size_t>(parts),
          .part_size = static_cast<size_t>(part_size),
          .last_size = static_cast<size_t>(last_size),
          .centroids = in.take(dim * kCentroids, sizeof(float), "centroids")};
}

template <typename Body>
void ProductQuantizer::for_each(const uint8_t* codes, Body body) const {
  for (size_t part = 0; part < parts; ++part) {
    const size_t size = part + 1 == parts ? last_size : part_size;
    const size_t begin = part * kCentroids * part_size + codes[part] * size;
    for (size_t i = 0; i < size; ++i) {
      body(part * part_size + i, float_at(centroids, begin + i));
    }
  }
}

FastTextMatrix FastTextMatrix::read(ByteReader& in, bool quantized, size_t cols,
                                    std::string_view what) {
  FastTextMatrix matrix;
  matrix.quantized_ = quantized;
  matrix.cols_ = cols;
  if (quantized) matrix.normed_ = in.read<uint8_t>(what) != 0;
  const auto rows = in.read<int64_t>(what);
  const auto stated = in.read<int64_t>(what);
  if (rows < 0 || stated != static_cast<int64_t>(cols)) {
    in.corrupt(fmt::format("{} of {} x {} in a model of dimension {}", what, rows, stated, cols));
  }
  matrix.rows_ = static_cast<size_t>(rows);
  if (!quantized) {
    matrix.values_ = in.take(matrix.rows_, cols * sizeof(float), what);
    return matrix;
  }
  const auto codes = in.read<int32_t>(what);
  if (codes < 0) in.corrupt(fmt::format("{} of {} codes", what, codes));
  matrix.values_ = in.take(static_cast<uint64_t>(codes), what);
  matrix.quantizer_ = ProductQuantizer::read(in, cols);
  if (matrix.rows_ > matrix.values_.size() ||
      matrix.rows_ * matrix.quantizer_.parts != matrix.values_.size()) {
    in.corrupt(fmt::format("{} of {} codes for {} rows", what, codes, rows));
  }
  if (matrix.normed_) {
    matrix.norms_ = in.take(matrix.rows_, what);
    matrix.norm_quantizer_ = ProductQuantizer::read(in, 1);
  }
  return matrix;
}

float FastTextMatrix::norm(size_t row) const {
  float norm = 1;
  if (normed_) norm_quantizer_.for_each(codes_at(norms_, row), [&](size_t, float v) { norm = v; });
  return norm;
}

template <typename Body>
void FastTextMatrix::for_each(size_t row, Body body) const {
  if (quantized_) {
    quantizer_.for_each(codes_at(values_, row * quantizer_.parts), body);
  } else {
    for (size_t i = 0; i < cols_; ++i) body(i, float_at(values_, row * cols_ + i));
  }
}

void FastTextMatrix::add_row(size_t row, std::span<float> to) const {
  const float scale = norm(row);
  for_each(row, [&](size_t i, float value) { to[i] += scale * value; });
}

float FastTextMatrix::dot_row(size_t row, std::span<const float> with) const {
  float sum = 0;
  for_each(row, [&](size_t i, float value) { sum += value * with[i]; });
  return sum * norm(row);
}

}  // namespace fundi::curate
