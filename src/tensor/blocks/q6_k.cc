// The quantiser searches scales that minimise the squared error: least squares for each group over
// several roundings, then the 8-bit scales and the f16 scale of those in turns.
#include <algorithm>
#include <array>
#include <limits>

#include "tensor/blocks/block_loop.h"
#include "tensor/blocks/codecs.h"

namespace fundi::blocks {
namespace {

constexpr int kGroups = 16, kGroup = 16;
constexpr float kMinQ = -32, kMaxQ = 31, kMinScale = -128, kMaxScale = 127;
constexpr int kRounds = 2;

// A number for each group: loops over the sixteen become vector code and need no sums across lanes.
using Lanes = std::array<float, kGroups>;
using Tile = std::array<Lanes, kGroup>;  // [element][group]

// Both directions walk over the 128 elements of a half in quarters of 32: `bytes` and shifts of
// the low nibble and of the two high bits.
void decode(const BlockQ6_K& block, float* __restrict x) {
  const float d = to_float(block.d);
  for (int quarter = 0; quarter < 8; ++quarter) {
    const int half = quarter / 4, part = quarter % 4;
    const uint8_t* ql = block.ql + 64 * half + 32 * (part & 1);
    const uint8_t* qh = block.qh + 32 * half;
    for (int group = 0; group < 2; ++group) {
      const float scale = d * block.scales[2 * quarter + group];
      for (int l = kGroup * group; l < kGroup * (group + 1); ++l) {
        const int q = (ql[l] >> (part >> 1) * 4 & 15) | (qh[l] >> 2 * part & 3) << 4;
        x[32 * quarter + l] = scale * static_cast<float>(q - 32);
      }
    }
  }
}

float quantise(float x, float inverse) {
  const float q = std::max(x * inverse + (0.5F - kMinQ), 0.0F);
  return static_cast<float>(static_cast<int>(std::min(q, kMaxQ - kMinQ + 0.5F))) + kMinQ;
}

struct Fit {
  Lanes scale{}, gain{};  // gain: how much of the sum of x^2 the fit explains
};

struct Sums {
  Lanes qq{}, xq{};
};

Sums sums_of(const Tile& x, const Lanes& inverse) {
  Sums sums;
  for (const Lanes& row : x) {
    for (int g = 0; g < kGroups; ++g) {
      const float q = quantise(row[g], inverse[g]);
      sums.qq[g] += q * q;
      sums.xq[g] += row[g] * q;
    }
  }
  return sums;
}

// The best scale for the q that `inverse` leads to, kept where it beats `best`.
void try_rounding(const Tile& x, const Lanes& inverse, Fit& best) {
  const Sums sums = sums_of(x, inverse);
  for (int g = 0; g < kGroups; ++g) {
    const float scale = sums.qq[g] > 0 ? sums.xq[g] / sums.qq[g] : 0.0F;
    const float gain = scale * sums.xq[g];
    if (gain > best.gain[g]) {
      best.gain[g] = gain;
      best.scale[g] = scale;
    }
  }
}

Lanes inverses(const Lanes& scale) {
  Lanes inverse;
  for (int g = 0; g < kGroups; ++g) inverse[g] = inverse_or_zero(scale[g]);
  return inverse;
}

Lanes extremes(const Tile& x) {
  Lanes extreme{};
  for (const Lanes& row : x) {
    for (int g = 0; g < kGroups; ++g) {
      extreme[g] = std::fabs(row[g]) > std::fabs(extreme[g]) ? row[g] : extreme[g];
    }
  }
  return extreme;
}

Lanes fit_groups(const Tile& x) {
  const Lanes extreme = inverses(extremes(x));
  Fit best;
  for (int step = -5; step <= 5; ++step) {
    for (const float end : {kMinQ, kMaxQ}) {
      Lanes inverse;
      for (int g = 0; g < kGroups; ++g) {
        inverse[g] = (end + static_cast<float>(step)) * extreme[g];
      }
      try_rounding(x, inverse, best);
    }
  }
  for (int round = 0; round < kRounds; ++round) try_rounding(x, inverses(best.scale), best);
  return best.scale;
}

// The fields of a block before they are packed. Scales are whole numbers.
struct Quantised {
  float d = 0;
  Lanes scale{};
  float error = std::numeric_limits<float>::infinity();
};

Lanes scaled(const Lanes& values, float factor) {
  Lanes result;
  for (int g = 0; g < kGroups; ++g) result[g] = values[g] * factor;
  return result;
}

Lanes errors_of(const Tile& x, const Lanes& scale) {
  const Lanes inverse = inverses(scale);
  Lanes errors{};
  for (const Lanes& row : x) {
    for (int g = 0; g < kGroups; ++g) {
      const float rest = row[g] - scale[g] * quantise(row[g], inverse[g]);
      errors[g] += rest * rest;
    }
  }
  return errors;
}

// For the given d, the 8-bit scale of each group: the nearest whole number and its neighbours are
// tried.
Quantised with_scales(const Tile& x, const Lanes& scale, float d) {
  Quantised result{.d = d};
  Lanes best;
  best.fill(std::numeric_limits<float>::infinity());
  for (float shift = -1; shift <= 1; ++shift) {
    Lanes s;
    for (int g = 0; g < kGroups; ++g) {
      const float number = std::floor(scale[g] * inverse_or_zero(d) + shift + 0.5F);
      s[g] = std::clamp(number, kMinScale, kMaxScale);
    }
    const Lanes errors = errors_of(x, scaled(s, d));
    for (int g = 0; g < kGroups; ++g) {
      if (errors[g] < best[g]) {
        best[g] = errors[g];
        result.scale[g] = s[g];
      }
    }
  }
  result.error = 0;
  for (const float error : best) result.error += error;
  return result;
}

float round_to_half(float value) { return half_to_float(float_to_half(value)); }

// d by least squares for the q and the 8-bit scales of `from`.
Quantised with_new_factor(const Tile& x, const Quantised& from) {
  const Lanes scale = scaled(from.scale, from.d);
  const Sums sums = sums_of(x, inverses(scale));
  float ss = 0, xs = 0;
  for (int g = 0; g < kGroups; ++g) {
    ss += from.scale[g] * from.scale[g] * sums.qq[g];
    xs += from.scale[g] * sums.xq[g];
  }
  return ss > 0 ? with_scales(x, scale, round_to_half(xs / ss)) : from;
}

Quantised quantise_block(const Tile& x) {
  const Lanes scale = fit_groups(x);
  const float d = round_to_half(extreme_of(scale.data(), kGroups) / kMinScale);
  Quantised best = with_scales(x, scale, d);
  for (int round = 0; round < kRounds; ++round) {
    const Quantised next = with_new_factor(x, best);
    if (!(next.error < best.error)) break;
    best = next;
  }
  return best;
}

void encode(const float* x, BlockQ6_K& block) {
  Tile tile;
  for (int l = 0; l < kGroup; ++l) {
    for (int g = 0; g < kGroups; ++g) tile[l][g] = x[g * kGroup + l];
  }
  const Quantised best = quantise_block(tile);
  const Lanes inverse = inverses(scaled(best.scale, best.d));
  block = {};
  block.d = Float16(best.d);
  for (int g = 0; g < kGroups; ++g) {
    block.scales[g] = static_cast<int8_t>(best.scale[g]);
    const int half = g / 8, part = g % 8 / 2, first = g % 2 * kGroup;
    uint8_t* ql = block.ql + 64 * half + 32 * (part & 1) + first;
    uint8_t* qh = block.qh + 32 * half + first;
    for (int l = 0; l < kGroup; ++l) {
      const int q = static_cast<int>(quantise(tile[l][g], inverse[g]) - kMinQ);
      ql[l] = static_cast<uint8_t>(ql[l] | (q & 15) << (part >> 1) * 4);
      qh[l] = static_cast<uint8_t>(qh[l] | q >> 4 << 2 * part);
    }
  }
}

}  // namespace

const Codec kQ6_KCodec{DType::kQ6_K, decode_blocks<BlockQ6_K, kSuperBlock, decode>,
                       encode_blocks<BlockQ6_K, kSuperBlock, encode>};

}  // namespace fundi::blocks
