// The quantiser searches scales and minima that minimise the squared error: least squares for
// each group over several roundings, then the 6-bit scales and the f16 scales of those in turns.
#include <algorithm>
#include <array>
#include <limits>

#include "tensor/blocks/block_loop.h"
#include "tensor/blocks/codecs.h"
#include "tensor/blocks/group_scales.h"

namespace fundi::blocks {
namespace {

constexpr float kMaxQ = 15;
constexpr int kRounds = 2;
// Ranges that are tried for a group: its least value moved by a part of its range, its range
// stretched to more or fewer than kMaxQ steps.
constexpr std::array kShifts{-0.02F, 0.0F, 0.02F};
constexpr std::array kStretches{-1.4F, -1.0F, -0.6F, -0.2F, 0.2F, 0.6F, 1.0F};

// A number for each group: loops over the eight become vector code and need no sums across lanes.
using Lanes = std::array<float, kGroups>;
using Tile = std::array<Lanes, kGroup>;  // [element][group]

void decode(const BlockQ4_K& block, float* __restrict x) {
  const float d = to_float(block.d), dmin = to_float(block.dmin);
  const GroupScales scales = unpack_group_scales(block.scales);
  for (int g = 0; g < kGroups; g += 2) {
    const uint8_t* qs = block.qs + g / 2 * kGroup;
    const float low = d * scales.scale[g], low_min = dmin * scales.min[g];
    const float high = d * scales.scale[g + 1], high_min = dmin * scales.min[g + 1];
    for (int l = 0; l < kGroup; ++l) {
      x[g * kGroup + l] = low * static_cast<float>(qs[l] & 15) - low_min;
      x[(g + 1) * kGroup + l] = high * static_cast<float>(qs[l] >> 4) - high_min;
    }
  }
}

float quantise(float x, float min, float inverse) {
  const float q = std::max((x + min) * inverse + 0.5F, 0.0F);
  return static_cast<float>(static_cast<int>(std::min(q, kMaxQ + 0.5F)));
}

// x of each group is about scale q - min, min >= 0.
struct Fit {
  Lanes scale{}, min{}, error{};  // error: squared, less the constant sum of x^2
};

struct Sums {
  Lanes x{}, q{}, qq{}, xq{};
};

Sums sums_of(const Tile& x, const Lanes& min, const Lanes& inverse) {
  Sums sums;
  for (const Lanes& row : x) {
    for (int g = 0; g < kGroups; ++g) {
      const float q = quantise(row[g], min[g], inverse[g]);
      sums.x[g] += row[g];
      sums.q[g] += q;
      sums.qq[g] += q * q;
      sums.xq[g] += row[g] * q;
    }
  }
  return sums;
}

// The best scale and minimum for the q that `min` and `inverse` lead to, kept where they beat
// `best`.
void try_rounding(const Tile& x, const Lanes& min, const Lanes& inverse, Fit& best) {
  const Sums sums = sums_of(x, min, inverse);
  for (int g = 0; g < kGroups; ++g) {
    const float determinant = kGroup * sums.qq[g] - sums.q[g] * sums.q[g];
    float scale =
        determinant > 0 ? (kGroup * sums.xq[g] - sums.x[g] * sums.q[g]) / determinant : 0.0F;
    float m = (scale * sums.q[g] - sums.x[g]) / kGroup;
    if (m < 0) {
      m = 0;
      scale = sums.qq[g] > 0 ? sums.xq[g] / sums.qq[g] : 0.0F;
    }
    const float error = m * sums.x[g] - scale * sums.xq[g];  // at a least-squares solution
    if (error < best.error[g]) {
      best.error[g] = error;
      best.scale[g] = scale;
      best.min[g] = m;
    }
  }
}

Lanes inverses(const Lanes& scale) {
  Lanes inverse;
  for (int g = 0; g < kGroups; ++g) inverse[g] = inverse_or_zero(scale[g]);
  return inverse;
}

Fit fit_groups(const Tile& x) {
  Lanes low{}, high;
  high.fill(std::numeric_limits<float>::lowest());
  for (const Lanes& row : x) {
    for (int g = 0; g < kGroups; ++g) {
      low[g] = std::min(low[g], row[g]);
      high[g] = std::max(high[g], row[g]);
    }
  }
  Fit best;
  best.error.fill(std::numeric_limits<float>::infinity());
  Lanes min, inverse;
  for (const float shift : kShifts) {
    for (const float stretch : kStretches) {
      for (int g = 0; g < kGroups; ++g) {
        const float range = high[g] - low[g];
        min[g] = shift * range - low[g];
        inverse[g] = (kMaxQ + stretch) * inverse_or_zero(range);
      }
      try_rounding(x, min, inverse, best);
    }
  }
  for (int round = 0; round < kRounds; ++round) {
    const Lanes best_min = best.min;
    try_rounding(x, best_min, inverses(best.scale), best);
  }
  return best;
}

// The fields of a block before they are packed. Scales and minima are whole numbers.
struct Quantised {
  float d = 0, dmin = 0;
  Lanes scale{}, min{};
  float error = std::numeric_limits<float>::infinity();
};

Lanes scaled(const Lanes& values, float factor) {
  Lanes result;
  for (int g = 0; g < kGroups; ++g) result[g] = values[g] * factor;
  return result;
}

Lanes errors_of(const Tile& x, const Lanes& scale, const Lanes& min) {
  const Lanes inverse = inverses(scale);
  Lanes errors{};
  for (const Lanes& row : x) {
    for (int g = 0; g < kGroups; ++g) {
      const float rest = row[g] + min[g] - scale[g] * quantise(row[g], min[g], inverse[g]);
      errors[g] += rest * rest;
    }
  }
  return errors;
}

Lanes whole(const Lanes& values, float inverse, float shift) {
  Lanes result;
  for (int g = 0; g < kGroups; ++g) {
    const float number = std::max(values[g] * inverse + shift + 0.5F, 0.0F);
    result[g] = std::min(std::floor(number), static_cast<float>(kMaxGroupScale));
  }
  return result;
}

// For the given d and dmin, the 6-bit scale and minimum of each group: the nearest whole numbers
// and their neighbours are tried.
Quantised with_scales(const Tile& x, const Lanes& scale, const Lanes& min, float d, float dmin) {
  Quantised result{.d = d, .dmin = dmin};
  Lanes best;
  best.fill(std::numeric_limits<float>::infinity());
  for (float scale_shift = -1; scale_shift <= 1; ++scale_shift) {
    for (float min_shift = -1; min_shift <= 1; ++min_shift) {
      const Lanes s = whole(scale, inverse_or_zero(d), scale_shift);
      const Lanes m = whole(min, inverse_or_zero(dmin), min_shift);
      const Lanes errors = errors_of(x, scaled(s, d), scaled(m, dmin));
      for (int g = 0; g < kGroups; ++g) {
        if (errors[g] < best[g]) {
          best[g] = errors[g];
          result.scale[g] = s[g];
          result.min[g] = m[g];
        }
      }
    }
  }
  result.error = 0;
  for (const float error : best) result.error += error;
  return result;
}

float round_to_half(float value) { return half_to_float(float_to_half(value)); }

// d and dmin by least squares for the q and the 6-bit numbers of `from`.
Quantised with_new_factors(const Tile& x, const Quantised& from) {
  const Lanes scale = scaled(from.scale, from.d), min = scaled(from.min, from.dmin);
  const Sums sums = sums_of(x, min, inverses(scale));
  float ss = 0, sm = 0, mm = 0, xs = 0, xm = 0;
  for (int g = 0; g < kGroups; ++g) {
    ss += from.scale[g] * from.scale[g] * sums.qq[g];
    sm += from.scale[g] * from.min[g] * sums.q[g];
    mm += from.min[g] * from.min[g] * kGroup;
    xs += from.scale[g] * sums.xq[g];
    xm += from.min[g] * sums.x[g];
  }
  const float determinant = ss * mm - sm * sm;
  if (determinant > 0) {
    return with_scales(x, scale, min, round_to_half((xs * mm - xm * sm) / determinant),
                       round_to_half((xs * sm - xm * ss) / determinant));
  }
  return ss > 0 ? with_scales(x, scale, min, round_to_half(xs / ss), from.dmin) : from;
}

Quantised quantise_block(const Tile& x) {
  const Fit fit = fit_groups(x);
  const auto factor = [](const Lanes& values) {
    return round_to_half(*std::max_element(values.begin(), values.end()) / kMaxGroupScale);
  };
  Quantised best = with_scales(x, fit.scale, fit.min, factor(fit.scale), factor(fit.min));
  for (int round = 0; round < kRounds; ++round) {
    const Quantised next = with_new_factors(x, best);
    if (!(next.error < best.error)) break;
    best = next;
  }
  return best;
}

void encode(const float* x, BlockQ4_K& block) {
  Tile tile;
  for (int l = 0; l < kGroup; ++l) {
    for (int g = 0; g < kGroups; ++g) tile[l][g] = x[g * kGroup + l];
  }
  const Quantised best = quantise_block(tile);
  block.d = Float16(best.d);
  block.dmin = Float16(best.dmin);
  GroupScales scales;
  for (int g = 0; g < kGroups; ++g) {
    scales.scale[g] = static_cast<uint8_t>(best.scale[g]);
    scales.min[g] = static_cast<uint8_t>(best.min[g]);
  }
  pack_group_scales(scales, block.scales);
  const Lanes min = scaled(best.min, best.dmin);
  const Lanes inverse = inverses(scaled(best.scale, best.d));
  for (int l = 0; l < kGroup; ++l) {
    for (int g = 0; g < kGroups; g += 2) {
      const float low = quantise(tile[l][g], min[g], inverse[g]);
      const float high = quantise(tile[l][g + 1], min[g + 1], inverse[g + 1]);
      block.qs[g / 2 * kGroup + l] =
          static_cast<uint8_t>(static_cast<int>(low) | static_cast<int>(high) << 4);
    }
  }
}

}  // namespace

const Codec kQ4_KCodec{DType::kQ4_K, decode_blocks<BlockQ4_K, kSuperBlock, decode>,
                       encode_blocks<BlockQ4_K, kSuperBlock, encode>};

}  // namespace fundi::blocks
