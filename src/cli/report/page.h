#pragma once

#include <span>
#include <string>

#include "base/json.h"
#include "recipe/manifest.h"

namespace fundi::cli {

struct ReportData {
  std::string title, intro, recipe;
  std::span<const recipe::Manifest> stages;  // in order; their output files are read
  Json environment;                          // describe_machine()
};

// One self-contained HTML page: no scripts, nothing loaded from elsewhere; light or dark as the
// reader's system is. Sections whose stages are absent are left out. Every text from data is
// escaped. Throws kCorruptData for a manifest or output file that cannot be read.
std::string report_page(const ReportData& data);

}  // namespace fundi::cli
