#include "cli/stages/all.h"

#include <vector>

namespace fundi::cli {

std::span<const recipe::StageKind> stage_kinds() {
  static const std::vector<recipe::StageKind> kinds = {
      curate_stage(),   rows_stage(),   tokenizer_stage(), train_stage(),
      evaluate_stage(), export_stage(), serve_stage(),     report_stage(),
  };
  return kinds;
}

}  // namespace fundi::cli
