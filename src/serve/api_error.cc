#include "serve/api_error.h"

#include <utility>

namespace fundi::serve {
namespace {

ErrorCode code_of_status(int status) {
  if (status == 404) return ErrorCode::kNotFound;
  if (status == 503) return ErrorCode::kUnavailable;
  return status >= 500 ? ErrorCode::kInternal : ErrorCode::kInvalidArgument;
}

int status_of_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kCorruptData:
    case ErrorCode::kUnsupported:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

int status_of(const std::exception& error) {
  if (const auto* api = dynamic_cast<const ApiError*>(&error)) return api->status();
  if (const auto* ours = dynamic_cast<const Error*>(&error)) return status_of_code(ours->code());
  return 500;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

ApiError::ApiError(int status, std::string param, std::string api_code, const std::string& message)
    : Error(code_of_status(status), message),
      status_(status),
      param_(std::move(param)),
      api_code_(std::move(api_code)) {}

Json error_json(const std::exception& error) {
  const auto* api = dynamic_cast<const ApiError*>(&error);
  const bool known = dynamic_cast<const Error*>(&error) != nullptr;
  const int status = status_of(error);
  Json json;
  json["message"] = known ? error.what() : "internal error";
  json["type"] = status == 503  ? "overloaded_error"
                 : status < 500 ? "invalid_request_error"
                                : "server_error";
  json["param"] = api ? text_or_null(api->param()) : Json(nullptr);
  json["code"] = api ? text_or_null(api->api_code()) : Json(nullptr);
  return Json{{"error", std::move(json)}};
}

Response error_response(const std::exception& error) {
  Response response;
  response.status = status_of(error);
  response.body = dump_json(error_json(error));
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace fundi::serve
