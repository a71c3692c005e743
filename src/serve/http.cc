#include "serve/http.h"

#include <fmt/format.h>

#include <charconv>

namespace fundi::serve {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Unknown";
  }
}

std::string format_head(const Response& response, int64_t length, bool chunked, bool keep_alive) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nServer: fundi\r\n", response.status,
                                 reason_phrase(response.status));
  if (!response.content_type.empty() && response.status != 204) {
    head += fmt::format("Content-Type: {}\r\n", response.content_type);
  }
  for (const auto& [name, value] : response.headers) {
    head += fmt::format("{}: {}\r\n", name, value);
  }
  if (length >= 0 && response.status != 204) head += fmt::format("Content-Length: {}\r\n", length);
  if (length < 0 && chunked) head += "Transfer-Encoding: chunked\r\n";
  head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

std::string format_chunk(std::string_view text) {
  return text.empty() ? std::string() : fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

std::string path_of_target(std::string_view target) {
  target = target.substr(0, target.find_first_of("?#"));
  std::string path;
  for (size_t i = 0; i < target.size(); ++i) {
    unsigned value = 0;
    if (target[i] == '%' && i + 2 < target.size()) {
      const char* first = target.data() + i + 1;
      const auto [end, error] = std::from_chars(first, first + 2, value, 16);
      if (error == std::errc() && end == first + 2) {
        path += static_cast<char>(value);
        i += 2;
        continue;
      }
    }
    path += target[i];
  }
  return path;
}

}  // namespace fundi::serve
