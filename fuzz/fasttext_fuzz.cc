// Any bytes as a fastText model: refused by Error, or a model that answers any text with
// probabilities of labels that it has.
// modules: curate

#include <cstdlib>
#include <span>

#include "base/error.h"
#include "curate/language/fasttext.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const fundi::curate::FastTextModel model(std::as_bytes(std::span(data, size)), "fuzz");
    for (const auto& [label, p] : model.predict("Watu wote huru \u548C\u5E73 all", 3)) {
      if (label >= model.labels().size() || !(p >= 0 && p <= 1)) std::abort();
    }
  } catch (const fundi::Error&) {  // refused, as it may be
  }
  return 0;
}
