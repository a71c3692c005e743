#include "text/decoders/all.h"

#include <string_view>

#include "base/error.h"

namespace fundi::text {
namespace {

struct Kind {
  std::string_view type;
  DecoderMaker* make;
};

const Kind kKinds[] = {
    {"ByteLevel", make_byte_level_decoder},
    {"Replace", make_replace_decoder},
    {"ByteFallback", make_byte_fallback_decoder},
    {"Fuse", make_fuse_decoder},
    {"Strip", make_strip_decoder},
    {"Metaspace", make_metaspace_decoder},
    {"WordPiece", make_word_piece_decoder},
    {"BPEDecoder", make_bpe_decoder},
    {"CTC", make_ctc_decoder},
};

}  // namespace

std::unique_ptr<DecoderStep> make_decoder_step(const JsonReader& json) {
  const std::string_view type = json.child("type").string();
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.make(json);
  }
  json.unsupported(fmt::format("decoder '{}' is unknown", type));
}

}  // namespace fundi::text
