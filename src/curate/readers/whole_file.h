#pragma once

#include <memory>

#include "curate/readers/reader.h"

namespace fundi::curate {

// A reader whose one record is the whole file, of which `type` it says it is. Above `max_size`
// unpacked bytes the record has a problem.
std::unique_ptr<Reader> open_whole_file(const fs::path& path, ContentType type, uint64_t max_size);

}  // namespace fundi::curate
