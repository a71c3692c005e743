#pragma once

#include <exception>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "serve/http.h"

namespace fundi::serve {

// A failure as the OpenAI API words it: HTTP status, and the members of
// {"error": {"message", "type", "param", "code"}}. Thrown while a request is read and routed,
// caught by the connection.
class ApiError : public Error {
 public:
  ApiError(int status, std::string param, std::string api_code, const std::string& message);
  int status() const { return status_; }
  const std::string& param() const { return param_; }        // empty: null
  const std::string& api_code() const { return api_code_; }  // empty: null

 private:
  int status_;
  std::string param_, api_code_;
};

// 400 for a parameter the client got wrong.
template <typename... Args>
[[noreturn]] void bad_parameter(const std::string& param, fmt::format_string<Args...> format,
                                Args&&... args) {
  throw ApiError(400, param, "", fmt::format(format, std::forward<Args>(args)...));
}

// The error object of any exception; what is not an Error is reported as our own fault, without its
// text.
Json error_json(const std::exception& error);
Response error_response(const std::exception& error);

}  // namespace fundi::serve
