#include "curate/steps/all.h"

#include <vector>

namespace fundi::curate {

std::span<const DocumentStepKind> document_step_kinds() {
  static const std::vector<DocumentStepKind> kinds = {
      decontaminate_step(),
      language_step(),
  };
  return kinds;
}

}  // namespace fundi::curate
