#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "models/generator.h"
#include "serve/http.h"
#include "serve/reply.h"
#include "serve/service.h"

namespace fundi::serve {

// Work for the engine and the form of its answer.
struct Job {
  std::vector<models::GenerationRequest> requests;
  std::unique_ptr<Reply> reply;  // with one choice a request
};

// What a route makes of a request: an answer at once, or a job. Routes throw ApiError and Error.
using RouteResult = std::variant<Response, Job>;

struct Route {
  std::string_view method;  // "GET" also answers HEAD
  std::string_view path;    // "/v1/models/*" matches what has something in the place of the star
  RouteResult (*handle)(const Request& request, Service& service);
};

// The explicit list: a new route is one file and one line.
std::span<const Route> all_routes();

// Finds the route and runs it; OPTIONS is answered for every path that exists. Throws ApiError 404
// for an unknown path. 405 for a method the path does not take comes back as a Response with Allow.
RouteResult dispatch(const Request& request, Service& service);

RouteResult chat_completions(const Request& request, Service& service);
RouteResult completions(const Request& request, Service& service);
RouteResult list_models(const Request& request, Service& service);
RouteResult get_model(const Request& request, Service& service);
RouteResult health(const Request& request, Service& service);

}  // namespace fundi::serve
