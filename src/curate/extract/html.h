#pragma once

#include <string_view>

#include "base/error.h"
#include "curate/extract/extract.h"

namespace fundi::curate {

Result<Extracted> extract_html(std::string_view utf8, const ExtractOptions&);

}  // namespace fundi::curate
