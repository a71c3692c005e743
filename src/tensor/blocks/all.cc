#include "tensor/blocks/all.h"

#include <array>

#include "tensor/blocks/codecs.h"

namespace fundi::blocks {
namespace {

constexpr std::array kCodecs{
    &kF32Codec,  &kBF16Codec, &kF16Codec,  &kF8E4M3Codec, &kQ4_0Codec, &kQ4_1Codec,
    &kQ5_0Codec, &kQ5_1Codec, &kQ8_0Codec, &kQ4_KCodec,   &kQ5_KCodec, &kQ6_KCodec,
};

}  // namespace

const Codec* codec_of(DType dtype) {
  for (const Codec* codec : kCodecs) {
    if (codec->dtype == dtype) return codec;
  }
  return nullptr;
}

}  // namespace fundi::blocks
