#pragma once

#include "curate/step.h"

namespace fundi::curate {

// One file each; document_step_kinds() of step.h lists them (all.cc).
extern const DocumentStepKind kC4Step;
extern const DocumentStepKind kFinewebStep;
extern const DocumentStepKind kGopherQualityStep;
extern const DocumentStepKind kGopherRepetitionStep;
extern const DocumentStepKind kLengthStep;
extern const DocumentStepKind kLineFilterStep;
extern const DocumentStepKind kMc4Step;
extern const DocumentStepKind kNormaliseStep;
extern const DocumentStepKind kRedactStep;
extern const DocumentStepKind kRegexStep;
extern const DocumentStepKind kSymbolsStep;
extern const DocumentStepKind kUrlStep;
extern const DocumentStepKind kWordsStep;

}  // namespace fundi::curate
