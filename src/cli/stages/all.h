#pragma once

#include <span>

#include "recipe/stage.h"

namespace fundi::cli {

// Every kind of stage, from the explicit list in all.cc.
std::span<const recipe::StageKind> stage_kinds();

// One file each.
recipe::StageKind curate_stage();
recipe::StageKind rows_stage();
recipe::StageKind tokenizer_stage();
recipe::StageKind train_stage();
recipe::StageKind evaluate_stage();
recipe::StageKind export_stage();
recipe::StageKind serve_stage();
recipe::StageKind report_stage();

}  // namespace fundi::cli
