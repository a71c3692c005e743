#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "curate/readers/all.h"
#include "curate/readers/http.h"
#include "curate/readers/row_keys.h"
#include "data/input_buffer.h"
#include "text/utf8.h"

// ISO 28500: records of a head, "WARC/1.0" and "Name: value" lines up to a blank one, and a block
// of Content-Length bytes, behind which stand two line ends. Pages are the bodies of "response"
// records, texts those of "conversion" records (WET); other records are passed over. A length that
// lies is found by what stands behind the block, and reading goes on at the next line that begins
// "WARC/1.".

namespace fundi::curate {
namespace {

constexpr std::string_view kVersion = "WARC/1.";
constexpr std::string_view kNextVersion = "\nWARC/1.";
constexpr size_t kMaxHead = 1 << 20;
constexpr size_t kMaxLineEnds = 64;  // behind a block
constexpr auto npos = std::string_view::npos;

std::optional<ContentType> content_type_of(std::string_view media) {
  if (media == "text/html" || media == "application/xhtml+xml") return ContentType::kHtml;
  if (media == "text/plain") return ContentType::kText;
  if (media == "text/markdown") return ContentType::kMarkdown;
  if (media == "application/pdf") return ContentType::kPdf;
  if (media == "application/epub+zip") return ContentType::kEpub;
  if (media == "application/vnd.oasis.opendocument.text") return ContentType::kOdt;
  if (media == "application/vnd.openxmlformats-officedocument.wordprocessingml.document") {
    return ContentType::kDocx;
  }
  return std::nullopt;
}

std::optional<uint64_t> parse_length(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return {};
  return value;
}

class WarcRecords final : public Reader {
 public:
  explicit WarcRecords(const fs::path& path) : buffer_(path) {}

  bool next(Record& record) override {
    while (find_record()) {
      record = {};
      record.name = fmt::format("{}", number_);
      const size_t head_size = find_head_end();
      if (head_size == 0) {
        buffer_.consume(kVersion.size());  // and on to the next record
        set_problem(record, "the head of the record has no end");
        return true;
      }
      if (read_record(head_size, record)) return true;
    }
    return false;
  }

  uint64_t bytes_read() const override { return buffer_.bytes_read(); }

 private:
  // To the next record; false at the end. Anything between records but line ends is passed over.
  bool find_record() {
    while (true) {
      while (buffer_.require(1) && (buffer_.window()[0] == '\n' || buffer_.window()[0] == '\r')) {
        buffer_.consume(1);
      }
      if (buffer_.require(kVersion.size()) && buffer_.window().starts_with(kVersion)) {
        ++number_;
        return true;
      }
      if (buffer_.window().empty()) break;
      buffer_.skip_line();
    }
    if (number_ == 0 && buffer_.position() > 0) {
      fail(ErrorCode::kCorruptData, "{}: no WARC record in it", buffer_.path().string());
    }
    return false;
  }

  // The size of the head with the blank line behind it; 0 where it has no end.
  size_t find_head_end() {
    size_t seen = 0;
    while (true) {
      const std::string_view window = buffer_.window();
      for (size_t at; (at = window.find('\n', seen)) != npos; seen = at + 1) {
        const std::string_view rest = window.substr(at + 1);
        if (rest.starts_with('\n')) return at + 2;
        if (rest.starts_with("\r\n")) return at + 3;
        if (rest.size() < 2) break;
      }
      if (window.size() > kMaxHead || !buffer_.fill()) return 0;
    }
  }

  // False for a record that is passed over.
  bool read_record(size_t head_size, Record& record) {
    const std::string head(buffer_.window().substr(0, head_size));
    buffer_.consume(head_size);
    const HeaderLines headers(head);
    const std::string type = headers.get("WARC-Type");
    std::string uri = text::replace_invalid_utf8(headers.get("WARC-Target-URI"));
    if (uri.starts_with('<') && uri.ends_with('>')) uri = uri.substr(1, uri.size() - 2);
    if (!uri.empty()) record.meta["url"] = uri;
    if (std::string date = headers.get("WARC-Date"); !date.empty()) {
      record.meta["date"] = text::replace_invalid_utf8(date);
    }
    const auto length = parse_length(headers.get("Content-Length"));
    if (!length) {
      set_problem(record, "its Content-Length is missing or no number");
      return true;
    }
    const bool wanted = type == "response" || type == "conversion";
    if (*length > data::kMaxRecord) {
      skip_block(*length);
      if (!wanted) return false;
      set_problem(record, fmt::format("a record of {}, above {}", format_bytes(*length),
                                      format_bytes(data::kMaxRecord)));
      return true;
    }
    if (!block_ends(*length)) {
      skip_block(*length);
      set_problem(record, fmt::format("its Content-Length of {} is wrong", *length));
      return true;
    }
    if (wanted) {
      const std::string_view block = buffer_.window().substr(0, *length);
      type == "response" ? read_response(block, headers, record) : read_conversion(block, record);
    }
    buffer_.consume(*length);
    return wanted;
  }

  // Whether a record, or the end, stands behind `length` bytes and some line ends.
  bool block_ends(size_t length) {
    if (!buffer_.require(length)) return false;
    for (size_t at = length; at < length + kMaxLineEnds; ++at) {
      if (!reaches(at + 1)) return true;
      const char c = buffer_.window()[at];
      if (c == '\n' || c == '\r') continue;
      // Two line ends are the rule, and one is enough to be believed.
      reaches(at + kVersion.size());
      const std::string_view rest = buffer_.window().substr(at, kVersion.size());
      return at > length && kVersion.starts_with(rest);
    }
    return false;
  }

  // A fault behind a block is no reason not to return the block: the next record meets it again.
  bool reaches(size_t size) {
    try {
      return buffer_.require(size);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kCorruptData) throw;
      return false;
    }
  }

  // Passes over a block whose length may be a lie: up to the next record within it, if there is
  // one.
  void skip_block(uint64_t length) {
    while (length > 0) {
      const std::string_view window = buffer_.window();
      if (const size_t at = window.find(kNextVersion); at < length && at != npos) {
        return buffer_.consume(at + 1);
      }
      // The end of a window may hold the begin of what is looked for.
      const size_t tail = std::min(window.size(), kNextVersion.size() - 1);
      const size_t n = std::min<uint64_t>(length, window.size() - tail);
      buffer_.consume(n);
      length -= n;
      if (length > 0 && !buffer_.fill()) {
        return buffer_.consume(std::min<uint64_t>(length, buffer_.window().size()));
      }
    }
  }

  static void read_conversion(std::string_view block, Record& record) {
    record.bytes = block;
    record.charset = "utf-8";
  }

  static void read_response(std::string_view block, const HeaderLines& headers, Record& record) {
    Result<HttpResponse> parsed = parse_http_response(block, data::kMaxRecord);
    if (!parsed.ok()) return set_problem(record, parsed.error().what());
    HttpResponse& response = parsed.value();
    if (response.status < 200 || response.status > 299) {
      return set_problem(record, fmt::format("HTTP status {}", response.status));
    }
    std::string media = response.media.type;
    if (media.empty() || media == "application/octet-stream") {
      media = MediaType::parse(headers.get("WARC-Identified-Payload-Type")).type;
    }
    if (media.empty() && response.body.find("<html") < 1024) media = "text/html";
    const auto type = content_type_of(media);
    if (!type) {
      return set_problem(
          record, fmt::format("content type '{}' is not read", text::replace_invalid_utf8(media)));
    }
    record.type = *type;
    record.charset = response.media.charset;
    record.bytes = std::move(response.body);
  }

  data::InputBuffer buffer_;
  uint64_t number_ = 0;
};

}  // namespace

ReaderKind warc_reader() {
  return {.name = "warc",
          .description = "web archives: pages of WARC, texts of WET",
          .extensions = {".warc", ".wet"},
          .splittable = false,
          .open = [](const fs::path& path, ByteRange, const Config&) {
            return std::make_unique<WarcRecords>(path);
          }};
}

}  // namespace fundi::curate
