// Any bytes as the body of POST /v1/chat/completions and /v1/completions: read, or refused by an
// error that becomes an answer; what is accepted stays within the documented bounds.
// modules: serve

#include <cstdlib>
#include <string_view>

#include "serve/api_error.h"
#include "serve/requests.h"

namespace {

void check(const fundi::serve::GenerationParameters& parameters) {
  try {
    parameters.sampling.validate();
  } catch (const fundi::Error&) {
    std::abort();
  }
  if (parameters.n < 1 || parameters.n > fundi::serve::kMaxChoices) std::abort();
  if (parameters.stop.size() > fundi::serve::kMaxStops) std::abort();
  if (parameters.max_tokens && *parameters.max_tokens < 1) std::abort();
}

template <typename Parse>
void try_parse(const Parse& parse, std::string_view body) {
  try {
    check(parse(body).parameters);
  } catch (const fundi::serve::ApiError& error) {
    if (fundi::serve::error_response(error).status != 400) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  try_parse(fundi::serve::parse_chat_request, body);
  try_parse(fundi::serve::parse_completion_request, body);
  return 0;
}
