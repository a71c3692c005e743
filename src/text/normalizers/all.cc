#include "text/normalizers/all.h"

#include <string_view>

#include "base/error.h"

namespace fundi::text {
namespace {

struct Kind {
  std::string_view type;
  NormalizerMaker* make;
};

const Kind kKinds[] = {
    {"NFC", make_nfc},
    {"NFD", make_nfd},
    {"NFKC", make_nfkc},
    {"NFKD", make_nfkd},
    {"Lowercase", make_lowercase},
    {"Strip", make_strip},
    {"StripAccents", make_strip_accents},
    {"Replace", make_replace},
    {"Prepend", make_prepend},
    {"Nmt", make_nmt},
    {"BertNormalizer", make_bert_normalizer},
    {"Precompiled", make_precompiled},
    {"ByteLevel", make_byte_level_normalizer},
};

}  // namespace

std::unique_ptr<NormalizerStep> make_normalizer_step(const JsonReader& json) {
  const std::string_view type = json.child("type").string();
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.make(json);
  }
  json.unsupported(fmt::format("normalizer '{}' is unknown", type));
}

}  // namespace fundi::text
