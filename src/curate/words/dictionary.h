#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fundi::curate {

// Where ICU's word breaks divide a stretch that holds together by the rules alone but for its
// dictionaries: the offsets (bytes) of the boundaries after its begin, its end included. Replaces
// `ends`.
void divide_by_dictionary(std::string_view stretch, std::vector<uint32_t>& ends);

}  // namespace fundi::curate
