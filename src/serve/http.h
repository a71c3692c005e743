#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fundi::serve {

// One HTTP request as the routes see it. `path` is percent-decoded and lacks the query.
struct Request {
  std::string method;
  std::string path;
  std::string content_type;  // media type alone, lower case
  std::string body;
};

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

// The reason phrase of the statuses we use; "Unknown" for others.
std::string_view reason_phrase(int status);

// Status line and headers with the blank line. `length` < 0: no Content-Length; then `chunked` says
// whether the body comes in chunks or runs until the connection closes.
std::string format_head(const Response& response, int64_t length, bool chunked, bool keep_alive);

// One piece of a chunked body; empty text gives nothing (an empty chunk would end the body).
std::string format_chunk(std::string_view text);

// The path of a request target: without query and fragment, %XX decoded (a malformed escape stays
// as it is).
std::string path_of_target(std::string_view target);

}  // namespace fundi::serve
