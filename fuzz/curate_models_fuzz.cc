// Any bytes as a classifier, as the counts of a character model and as a profile: refused by Error,
// or a model that judges any text with a number. The first byte chooses.
// modules: curate

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "curate/models/classifier.h"
#include "curate/models/packed.h"
#include "curate/models/profile.h"

namespace {

using namespace fundi::curate;

constexpr std::string_view kText = "Watu wote huru \u548C\u5E73 all";

void judge(const CharCounts& counts) {
  if (!(CharModel(counts).score(kText).bits >= 0)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 3) {
      case 0: {
        // The checksum of what is packed would stop every change of it.
        const std::string inside = "FUNDICL1" + pack(bytes);
        const double score = Classifier::parse(inside, "fuzz").score(kText);
        if (!(score >= 0 && score <= 1)) std::abort();
        break;
      }
      case 1:
        judge(CharCounts::unpack(pack(bytes), "fuzz"));
        break;
      default:
        judge(Profile::from_json(fundi::parse_json(bytes, "fuzz"), "fuzz").counts);
    }
  } catch (const fundi::Error&) {  // refused, as it may be
  }
  return 0;
}
