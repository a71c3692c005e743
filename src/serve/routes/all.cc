#include "serve/routes/all.h"

#include <algorithm>
#include <string>

#include "serve/api_error.h"

namespace fundi::serve {
namespace {

constexpr Route kRoutes[] = {
    {"POST", "/v1/chat/completions", chat_completions},
    {"POST", "/v1/completions", completions},
    {"GET", "/v1/models", list_models},
    {"GET", "/v1/models/*", get_model},
    {"GET", "/health", health},
};

bool matches(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return pattern == path;
  pattern.remove_suffix(1);
  return path.size() > pattern.size() && path.starts_with(pattern);
}

Response method_not_allowed(const Request& request, const std::string& allow) {
  Response response = error_response(
      ApiError(405, "", "method_not_allowed",
               fmt::format("{} {}: this path takes {}", request.method, request.path, allow)));
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace

std::span<const Route> all_routes() { return kRoutes; }

RouteResult dispatch(const Request& request, Service& service) {
  std::string allow;
  const std::string_view method =
      request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  for (const Route& route : all_routes()) {
    if (!matches(route.path, request.path)) continue;
    if (route.method == method) return route.handle(request, service);
    if (!allow.empty()) allow += ", ";
    allow += route.method;
    if (route.method == "GET") allow += ", HEAD";
  }
  if (allow.empty()) {
    throw ApiError(404, "", "unknown_url",
                   fmt::format("unknown path {} {}", request.method, request.path));
  }
  allow += ", OPTIONS";
  if (request.method != "OPTIONS") return method_not_allowed(request, allow);
  Response response;
  response.status = 204;
  response.headers.emplace_back("Allow", allow);
  return response;
}

}  // namespace fundi::serve
