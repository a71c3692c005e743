#include "serve/service.h"

#include <fmt/format.h>

namespace fundi::serve {

std::string Service::new_id(std::string_view prefix) {
  return fmt::format("{}{:016x}", prefix, random_word());
}

}  // namespace fundi::serve
