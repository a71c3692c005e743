#pragma once

#include <cstdint>
#include <vector>

#include "models/generator.h"
#include "serve/http.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include "serve/service.h"

namespace fundi::serve {

// Steps the two generation routes share.

// Throws ApiError 415 unless the body is declared application/json, which also keeps web pages of
// other origins from posting here without the browser asking first.
void require_json(const Request& request);

// Throws ApiError 404 where the request names another model than the one served.
void require_model(const GenerationParameters& parameters, const Service& service);

// `n` generation requests for each prompt, in order, with distinct seeds. `param` names the
// parameter in errors. Throws ApiError 400 for a prompt that is empty, holds unknown ids or leaves
// no room in the context, and for more sequences than the server ever takes.
std::vector<models::GenerationRequest> make_requests(
    const GenerationParameters& parameters, const std::vector<std::vector<int32_t>>& prompts,
    int64_t default_max_tokens, const char* param, Service& service);

// The options of the reply that follow from parameters and service.
ReplyOptions make_reply_options(const GenerationParameters& parameters, Service& service);

}  // namespace fundi::serve
