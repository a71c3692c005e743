#pragma once

#include <string>
#include <string_view>

namespace fundi::formats {

// A name from an untrusted file made fit for a message: quoted, cut to 80 bytes, control
// characters and invalid UTF-8 replaced by '?'.
std::string quote_name(std::string_view name);

}  // namespace fundi::formats
