#include "curate/steps/all.h"

#include <vector>

namespace fundi::curate {

std::span<const DocumentStepKind> document_step_kinds() {
  static const std::vector<DocumentStepKind> kinds = {
      c4_step(),       classifier_step(),     decontaminate_step(),
      fineweb_step(),  gopher_quality_step(), gopher_repetition_step(),
      language_step(), length_step(),         line_filter_step(),
      mc4_step(),      normalise_step(),      profile_step(),
      redact_step(),   regex_step(),          symbols_step(),
      url_step(),      words_step(),
  };
  return kinds;
}

}  // namespace fundi::curate
