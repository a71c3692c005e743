#pragma once

#include "curate/step.h"

namespace fundi::curate {

// One file each; document_step_kinds() of step.h lists them (all.cc).
DocumentStepKind decontaminate_step();
DocumentStepKind language_step();

}  // namespace fundi::curate
