#include "models/arch/all.h"

#include <array>
#include <string>

#include "base/error.h"

namespace fundi::models {
namespace {

constexpr std::array kArchitectures{
    &kDeepseekV2, &kDeepseekV3, &kGemma2, &kGemma3, &kGemma3Text,
    &kLlama,      &kMistral,    &kQwen2,  &kQwen3,  &kQwen3Moe,
};

}  // namespace

std::span<const Architecture* const> architectures() { return kArchitectures; }

const Architecture& architecture_of(std::string_view model_type) {
  std::string known;
  for (const Architecture* architecture : kArchitectures) {
    if (architecture->model_type == model_type) return *architecture;
    known += known.empty() ? "" : ", ";
    known += architecture->model_type;
  }
  fail(ErrorCode::kUnsupported, "model_type '{}' is not supported; known: {}",
       model_type.substr(0, 80), known);
}

}  // namespace fundi::models
