#include "curate/readers/http.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace fundi::curate {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The line at the front of `text`, which is taken off; its end may be CRLF or LF.
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Nothing where the body is not chunked after all.
std::optional<std::string> dechunk(std::string_view body) {
  std::string out;
  while (true) {
    const std::string_view line = take_line(body);
    const std::string_view digits = trim(line.substr(0, line.find(';')));
    uint64_t size = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
      if (out.empty()) return std::nullopt;
      return out;
    }
    if (size == 0) return out;
    const std::string_view chunk = body.substr(0, std::min<uint64_t>(size, body.size()));
    out += chunk;
    body.remove_prefix(chunk.size());
    if (body.empty()) return out;  // the download was cut off
    if (body.starts_with('\r')) body.remove_prefix(1);
    if (body.starts_with('\n')) body.remove_prefix(1);
  }
}

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kNotPacked = "not packed";

// Of gzip, zlib or raw deflate data. Only gzip can be told by its first bytes: what fails at those
// of the others is the error kNotPacked.
Result<std::string> inflate_body(std::string_view body, int window_bits, size_t max_body) {
  z_stream stream = {};
  if (inflateInit2(&stream, window_bits) != Z_OK) return Error(ErrorCode::kIo, "zlib: no memory");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK && out.size() <= max_body) {
    const size_t had = out.size();
    out.resize(had + std::max<size_t>(had, 64 << 10));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(out.size() - had);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (status == Z_STREAM_END && stream.avail_in > 0 && window_bits > MAX_WBITS &&
        *stream.next_in == 0x1f) {
      inflateReset(&stream);
      status = Z_OK;
    }
  }
  inflateEnd(&stream);
  if (out.size() > max_body) {
    return Error(ErrorCode::kCorruptData,
                 fmt::format("the body unpacks to more than {}", format_bytes(max_body)));
  }
  if (status == Z_STREAM_END) return out;
  if (status == Z_DATA_ERROR && out.empty() && window_bits <= MAX_WBITS) {
    return Error(ErrorCode::kCorruptData, std::string(kNotPacked));
  }
  return Error(ErrorCode::kCorruptData,
               fmt::format("the packed body is {}", status == Z_BUF_ERROR ? "cut off" : "damaged"));
}

Result<std::string> decode_content(std::string body, const std::string& encoding, size_t max_body) {
  if (body.empty() || encoding.empty() || encoding == "identity") return body;
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(body[i]); };
  if (encoding == "gzip" || encoding == "x-gzip") {
    if (!body.starts_with(kGzipMagic.substr(0, body.size()))) return body;
    return inflate_body(body, 16 + MAX_WBITS, max_body);
  }
  if (encoding == "deflate") {
    // Servers send either; the first two bytes of zlib's form are a multiple of 31.
    const bool zlib =
        body.size() > 2 && (byte(0) & 0x0f) == 8 && (byte(0) * 256 + byte(1)) % 31 == 0;
    Result<std::string> out = inflate_body(body, zlib ? MAX_WBITS : -MAX_WBITS, max_body);
    if (out.ok() || out.error().what() != kNotPacked) return out;
    return body;
  }
  if (body.starts_with("<")) return body;
  return Error(ErrorCode::kUnsupported, fmt::format("content encoding '{}'", encoding));
}

}  // namespace

std::string HeaderLines::get(std::string_view name) const {
  std::string_view rest = lines_;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    const size_t colon = line.find(':');
    if (colon == line.npos || lower(trim(line.substr(0, colon))) != lower(name)) continue;
    std::string value(trim(line.substr(colon + 1)));
    while (rest.starts_with(' ') || rest.starts_with('\t')) {
      value += ' ';
      value += trim(take_line(rest));
    }
    return value;
  }
  return "";
}

MediaType MediaType::parse(std::string_view value) {
  MediaType media;
  media.type = lower(trim(value.substr(0, value.find(';'))));
  const std::string parameters = lower(value);
  const size_t at = parameters.find("charset=");
  if (at == parameters.npos) return media;
  std::string_view charset = std::string_view(parameters).substr(at + 8);
  charset = trim(charset.substr(0, charset.find_first_of(";,")));
  if (charset.starts_with('"') || charset.starts_with('\'')) charset.remove_prefix(1);
  media.charset = charset.substr(0, charset.find_first_of("\"' "));
  return media;
}

Result<HttpResponse> parse_http_response(std::string_view bytes, size_t max_body) {
  const std::string_view status_line = take_line(bytes);
  HttpResponse response;
  const size_t space = status_line.find(' ');
  if (!status_line.starts_with("HTTP/") || space == status_line.npos) {
    return Error(ErrorCode::kCorruptData, "no HTTP response");
  }
  const std::string_view digits = trim(status_line.substr(space));
  std::from_chars(digits.data(), digits.data() + digits.size(), response.status);
  const std::string_view head = bytes;
  while (!bytes.empty() && !take_line(bytes).empty()) continue;
  const HeaderLines headers(head.substr(0, head.size() - bytes.size()));
  response.media = MediaType::parse(headers.get("Content-Type"));
  response.body = bytes;
  if (lower(headers.get("Transfer-Encoding")).find("chunked") != std::string::npos) {
    if (auto body = dechunk(bytes)) response.body = std::move(*body);
  }
  Result<std::string> body =
      decode_content(std::move(response.body), lower(headers.get("Content-Encoding")), max_body);
  if (!body.ok()) return body.error();
  response.body = std::move(body).value();
  return response;
}

}  // namespace fundi::curate
