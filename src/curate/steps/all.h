#pragma once

#include "curate/step.h"

namespace fundi::curate {

// One file each; document_step_kinds() of step.h lists them (all.cc).
DocumentStepKind c4_step();
DocumentStepKind classifier_step();
DocumentStepKind decontaminate_step();
DocumentStepKind fineweb_step();
DocumentStepKind gopher_quality_step();
DocumentStepKind gopher_repetition_step();
DocumentStepKind language_step();
DocumentStepKind length_step();
DocumentStepKind line_filter_step();
DocumentStepKind mc4_step();
DocumentStepKind normalise_step();
DocumentStepKind profile_step();
DocumentStepKind redact_step();
DocumentStepKind regex_step();
DocumentStepKind symbols_step();
DocumentStepKind url_step();
DocumentStepKind words_step();

}  // namespace fundi::curate
