#include "serve/service.h"

#include <fmt/format.h>

namespace fundi::serve {

std::string Service::new_id(std::string_view prefix) {
  return fmt::format("{}{:016x}", prefix, random_word());
}

std::string Service::new_call_id() {
  constexpr uint64_t kNineDigits = (uint64_t{1} << 36) - 1;
  return fmt::format("{:09x}", random_word() & kNineDigits);
}

}  // namespace fundi::serve
