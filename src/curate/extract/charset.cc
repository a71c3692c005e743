#include "curate/extract/charset.h"

#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

using namespace std::string_view_literals;

constexpr size_t kDetectBytes = 256 << 10;
constexpr std::string_view kFallback = "windows-1252";

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

// Names that stand for more than they say: what browsers take them for (WHATWG Encoding).
std::string canonical_name(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kNames = {
      {{"iso-8859-1", "windows-1252"},
       {"latin1", "windows-1252"},
       {"latin-1", "windows-1252"},
       {"us-ascii", "windows-1252"},
       {"ascii", "windows-1252"},
       {"iso-8859-9", "windows-1254"},
       {"iso-8859-11", "windows-874"},
       {"tis-620", "windows-874"},
       {"gb2312", "gb18030"},
       {"gbk", "gb18030"},
       {"euc-kr", "windows-949"},
       {"ks_c_5601-1987", "windows-949"},
       {"shift_jis", "windows-31j"},
       {"x-sjis", "windows-31j"},
       {"unicode", "utf-16le"},
       {"utf8", "utf-8"}}};
  std::string lower(trim(name));
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const auto& [from, to] : kNames) {
    if (lower == from) return std::string(to);
  }
  return lower;
}

Converter open_converter(const std::string& name) {
  // ICU takes an empty name for the system's character set, and a comma for options of its own.
  if (name.empty() || name.find_first_of(",\0"sv) != name.npos) return nullptr;
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(name.c_str(), &status));
  return U_SUCCESS(status) ? std::move(converter) : nullptr;
}

std::string convert(std::string_view bytes, UConverter& from) {
  UErrorCode status = U_ZERO_ERROR;
  const Converter to(ucnv_open("UTF-8", &status));
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU has no UTF-8: {}", u_errorName(status));
  std::string out(bytes.size() + bytes.size() / 2 + 64, '\0');
  std::array<UChar, 4096> pivot;
  UChar *pivot_source = pivot.data(), *pivot_target = pivot.data();
  const char* source = bytes.data();
  size_t done = 0;
  bool first = true;
  do {
    if (!first) out.resize(out.size() * 2);
    char* target = out.data() + done;
    status = U_ZERO_ERROR;
    ucnv_convertEx(to.get(), &from, &target, out.data() + out.size(), &source,
                   bytes.data() + bytes.size(), pivot.data(), &pivot_source, &pivot_target,
                   pivot.data() + pivot.size(), first, true, &status);
    done = static_cast<size_t>(target - out.data());
    first = false;
  } while (status == U_BUFFER_OVERFLOW_ERROR);
  out.resize(done);
  return out;
}

// Nothing where the name is none that ICU knows.
std::optional<Decoded> decode_as(std::string_view bytes, const std::string& name) {
  const Converter converter = open_converter(name);
  if (converter == nullptr) return std::nullopt;
  Decoded decoded{convert(bytes, *converter), name};
  if (decoded.text.starts_with("\xEF\xBB\xBF")) decoded.text.erase(0, 3);
  return decoded;
}

std::string_view charset_of_mark(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe\0\0"sv)) return "utf-32le";
  if (bytes.starts_with("\0\0\xfe\xff"sv)) return "utf-32be";
  if (bytes.starts_with("\xff\xfe"sv)) return "utf-16le";
  if (bytes.starts_with("\xfe\xff"sv)) return "utf-16be";
  return "";
}

// UTF-16 without a mark: every second byte of Latin text is zero, and never both.
std::string_view charset_of_zeros(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 1024);
  size_t zeros[2] = {};
  for (size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == '\0';
  const size_t many = head.size() / 2 * 2 / 5, few = head.size() / 100;
  if (head.size() < 4) return "";
  if (zeros[1] > many && zeros[0] <= few) return "utf-16le";
  if (zeros[0] > many && zeros[1] <= few) return "utf-16be";
  return "";
}

// Those in which every text looks like ASCII.
bool is_seven_bit(const std::string& name) {
  return name.starts_with("iso-2022-") || name == "hz-gb-2312" || name == "utf-7";
}

// Whether the bytes are UTF-8 that somebody cut or damaged here and there.
bool is_nearly_utf8(std::string_view bytes) {
  size_t good = 0, bad = 0;
  for (size_t at = 0; at < bytes.size();) {
    if (static_cast<unsigned char>(bytes[at]) < 0x80) {
      ++at;
      continue;
    }
    const text::Utf8Scan scan = text::scan_utf8(bytes.substr(at));
    ++(scan.status == text::Utf8Status::kComplete ? good : bad);
    at += scan.length;
  }
  return good > 10 * bad;
}

std::string detect(std::string_view bytes) {
  const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(),
                                                                       uchardet_delete);
  bytes = bytes.substr(0, kDetectBytes);
  if (uchardet_handle_data(detector.get(), bytes.data(), bytes.size()) != 0) return "";
  uchardet_data_end(detector.get());
  return canonical_name(uchardet_get_charset(detector.get()));
}

}  // namespace

Decoded to_utf8(std::string_view bytes, std::string_view declared) {
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    return {text::replace_invalid_utf8(bytes.substr(3)), "utf-8"};
  }
  std::string_view certain = charset_of_mark(bytes);
  if (certain.empty()) certain = charset_of_zeros(bytes);
  if (!certain.empty()) return *decode_as(bytes, std::string(certain));

  const std::string name = canonical_name(declared);
  if (is_seven_bit(name)) {
    if (auto decoded = decode_as(bytes, name)) return *std::move(decoded);
  }
  if (find_invalid_utf8(bytes) == bytes.npos) return {std::string(bytes), "utf-8"};
  // A text with zeros of its own is not UTF-16, whatever is declared: a mark or zeros would tell.
  if (name != "utf-8" && !name.starts_with("utf-16") && !name.starts_with("utf-32")) {
    if (auto decoded = decode_as(bytes, name)) return *std::move(decoded);
  }
  if (is_nearly_utf8(bytes)) return {text::replace_invalid_utf8(bytes), "utf-8"};
  const std::string found = detect(bytes);
  if (found != "utf-8" && found != "windows-1252") {
    if (auto decoded = decode_as(bytes, found)) return *std::move(decoded);
  }
  return *decode_as(bytes, std::string(kFallback));
}

}  // namespace fundi::curate
