#pragma once

#include "tensor/blocks/all.h"

namespace fundi::blocks {

// One file a type; layouts and meaning of the fields in tensor/blocks.h. What each quantiser
// minimises is told in its file.
extern const Codec kF32Codec;
extern const Codec kBF16Codec;
extern const Codec kF16Codec;
extern const Codec kF8E4M3Codec;
extern const Codec kQ4_0Codec;
extern const Codec kQ4_1Codec;
extern const Codec kQ5_0Codec;
extern const Codec kQ5_1Codec;
extern const Codec kQ8_0Codec;
extern const Codec kQ4_KCodec;
extern const Codec kQ5_KCodec;
extern const Codec kQ6_KCodec;

}  // namespace fundi::blocks
