#include "curate/models/classifier.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/config.h"
#include "base/error.h"
#include "curate/models/packed.h"
#include "curate/models/text_features.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kMagic = "FUNDICL1";
constexpr uint64_t kLongestHeader = 1 << 20;

}  // namespace

Classifier::Classifier(std::vector<BFloat16> weights, double slope, double offset, Json report)
    : weights_(std::move(weights)), slope_(slope), offset_(offset), report_(std::move(report)) {}

Classifier Classifier::load(const fs::path& path) { return parse(read_file(path), path.string()); }

// "FUNDICL1", then a packed: bytes of the header (u32), the header (JSON), the weights (bf16).
std::string Classifier::to_bytes() const {
  const std::string header =
      dump_json({{"slope", slope_}, {"offset", offset_}, {"report", report_}});
  const auto size = static_cast<uint32_t>(header.size());
  std::string bytes(sizeof(size), '\0');
  std::memcpy(bytes.data(), &size, sizeof(size));
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(weights_.data()), weights_.size() * sizeof(BFloat16));
  return std::string(kMagic) + pack(bytes);
}

Classifier Classifier::parse(std::string_view bytes, const std::string& where) {
  if (!bytes.starts_with(kMagic)) {
    fail(ErrorCode::kCorruptData, "{}: is no classifier; make one by fundi curate classifier",
         where);
  }
  constexpr uint64_t kMost = kLongestHeader + (sizeof(BFloat16) << kMostBits) + sizeof(uint32_t);
  const std::string inside = unpack(bytes.substr(kMagic.size()), kMost, where);
  uint32_t header_size = 0;
  if (inside.size() >= sizeof(header_size)) {
    std::memcpy(&header_size, inside.data(), sizeof(header_size));
  }
  const std::string_view rest =
      std::string_view(inside).substr(std::min(inside.size(), sizeof(header_size)));
  if (header_size > rest.size()) {
    fail(ErrorCode::kCorruptData, "{}: a header of {} bytes does not fit", where, header_size);
  }
  Json json = parse_json(rest.substr(0, header_size), where);
  if (!json.is_object()) fail(ErrorCode::kCorruptData, "{}: its header is no object", where);
  const Config header(std::move(json), where);
  const std::string_view stored = rest.substr(header_size);
  const size_t buckets = stored.size() / sizeof(BFloat16);
  if (stored.size() % sizeof(BFloat16) != 0 || !std::has_single_bit(buckets) ||
      buckets < (size_t{1} << kLeastBits) || buckets > (size_t{1} << kMostBits)) {
    fail(ErrorCode::kCorruptData, "{}: {} bytes of weights; a power of two from 2^{} must be",
         where, stored.size(), kLeastBits + 1);
  }
  std::vector<BFloat16> weights(buckets);
  std::memcpy(weights.data(), stored.data(), stored.size());
  for (const BFloat16 weight : weights) {
    if (!std::isfinite(float{weight})) {
      fail(ErrorCode::kCorruptData, "{}: a weight is not finite", where);
    }
  }
  const auto slope = header.get<double>("slope"), offset = header.get<double>("offset");
  if (!std::isfinite(slope) || !std::isfinite(offset)) {
    fail(ErrorCode::kCorruptData, "{}: slope or offset is not finite", where);
  }
  return {std::move(weights), slope, offset, header.raw("report")};
}

double Classifier::raw_score(std::string_view text) const {
  double sum = 0;
  float part = 0;
  size_t features = 0;
  const BFloat16* const weights = weights_.data();
  for_each_feature(text, std::countr_zero(weights_.size()), [&](uint32_t bucket) {
    part += float{weights[bucket]};
    // Short sums lose nothing to rounding.
    if ((++features & 1023) == 0) {
      sum += part;
      part = 0;
    }
  });
  return features == 0 ? 0 : (sum + part) * kScale / static_cast<double>(features);
}

double Classifier::score(std::string_view text) const {
  return 1 / (1 + std::exp(-(slope_ * raw_score(text) + offset_)));
}

}  // namespace fundi::curate
