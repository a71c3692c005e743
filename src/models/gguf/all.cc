#include <array>

#include "base/error.h"
#include "models/gguf/families.h"

namespace fundi::models {
namespace {

constexpr std::array kFamilies{
    &kGgufLlama,  &kGgufMistral, &kGgufQwen2,      &kGgufQwen3,      &kGgufQwen3Moe,
    &kGgufGemma2, &kGgufGemma3,  &kGgufDeepseekV2, &kGgufDeepseekV3,
};

std::string joined(std::string_view GgufFamily::*member) {
  std::string list;
  for (const GgufFamily* family : kFamilies) {
    const std::string_view name = family->*member;
    if (list.find(name) != std::string::npos) continue;  // two families may share one
    list.append(list.empty() ? "" : ", ").append(name);
  }
  return list;
}

}  // namespace

const GgufFamily& gguf_family_of_architecture(const formats::GgufFile& file,
                                              const std::string& origin) {
  const auto architecture = file.metadata().get<std::string>("general.architecture");
  for (const GgufFamily* family : kFamilies) {
    if (family->architecture == architecture && (!family->matches || family->matches(file))) {
      return *family;
    }
  }
  fail(ErrorCode::kUnsupported, "{}: models of architecture '{}' are not supported; known: {}",
       origin, architecture.substr(0, 80), joined(&GgufFamily::architecture));
}

const GgufFamily& gguf_family_of_model(std::string_view model_type) {
  for (const GgufFamily* family : kFamilies) {
    if (family->model_type == model_type) return *family;
  }
  fail(ErrorCode::kUnsupported, "models of type '{}' cannot be written as GGUF; known: {}",
       model_type, joined(&GgufFamily::model_type));
}

}  // namespace fundi::models
