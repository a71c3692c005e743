#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace fundi::curate {

// The values of "Name: value" lines, names in any case, folded lines joined.
class HeaderLines {
 public:
  explicit HeaderLines(std::string_view lines) : lines_(lines) {}
  std::string get(std::string_view name) const;  // of the first; empty where there is none

 private:
  std::string_view lines_;
};

// "text/html; charset=utf-8" taken apart; both in lower case.
struct MediaType {
  std::string type, charset;
  static MediaType parse(std::string_view value);
};

struct HttpResponse {
  int status = 0;
  MediaType media;
  std::string body;  // without the encodings of its transfer and content
};

// A response as it came over the line. At most `max_body` bytes of body. What says that it is
// chunked or packed but is not is taken as it stands: many archives keep the headers and unpack the
// body. kCorruptData (a packed body that is damaged or cut off, too), kUnsupported (a content
// encoding other than gzip and deflate).
Result<HttpResponse> parse_http_response(std::string_view bytes, size_t max_body);

}  // namespace fundi::curate
