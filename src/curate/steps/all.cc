#include "curate/steps/all.h"

#include <vector>

namespace fundi::curate {

std::span<const DocumentStepKind> document_step_kinds() {
  static const std::vector<DocumentStepKind> kinds = {
      kC4Step,         kFinewebStep, kGopherQualityStep, kGopherRepetitionStep, kLengthStep,
      kLineFilterStep, kMc4Step,     kNormaliseStep,     kRedactStep,           kRegexStep,
      kSymbolsStep,    kUrlStep,     kWordsStep};
  return kinds;
}

}  // namespace fundi::curate
