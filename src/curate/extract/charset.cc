#include "curate/extract/charset.h"

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>
#include <uchardet/uchardet.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "curate/extract/html.h"
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

struct Labels {
  std::string_view charset, labels;  // labels between spaces
};
// Labels that ICU does not know, or that stand for more than they say: what browsers take them for
// (WHATWG Encoding). ICU has no ISO-8859-16: its Romanian is windows-1250, but for the cedillas.
constexpr Labels kLabels[] = {
    {"utf-8", " utf8 unicode-1-1-utf-8 "},
    {"utf-16le", " unicode csunicode ucs-2 iso-10646-ucs-2 unicodefeff "},
    {"utf-16be", " unicodefffe "},
    {"windows-1250", " iso-8859-16 "},
    {"windows-1252",
     " iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 iso-ir-100 csisolatin1 l1 latin1 "
     "latin-1 cp819 ibm819 us-ascii ascii ansi_x3.4-1968 "},
    {"windows-1254",
     " iso-8859-9 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 iso-ir-148 csisolatin5 l5 "
     "latin5 "},
    {"windows-874", " iso-8859-11 iso8859-11 iso885911 tis-620 dos-874 "},
    {"iso-8859-6", " csiso88596e csiso88596i "},
    {"iso-8859-8", " csiso88598e csiso88598i visual logical "},
    {"koi8-r", " koi koi8 koi8_r cskoi8r "},
    {"koi8-u", " koi8-ru "},
    {"x-mac-cyrillic", " x-mac-ukrainian "},
    {"gb18030", " gb2312 gbk x-gbk gb_2312 gb_2312-80 csgb2312 csiso58gb231280 iso-ir-58 chinese "},
    {"big5-hkscs", " big5 cn-big5 csbig5 x-x-big5 "},
    {"windows-949", " euc-kr cseuckr ks_c_5601-1987 uhc cp949 "},
    {"windows-31j", " shift_jis x-sjis "},
    {"iso-2022-jp-2", " iso-2022-jp csiso2022jp "}};

std::string canonical_name(std::string_view label) {
  std::string lower(trim(label));
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower.find(' ') != lower.npos) return lower;
  for (const auto& [charset, labels] : kLabels) {
    if (labels.find(' ' + lower + ' ') != labels.npos) return std::string(charset);
  }
  return lower;
}

// ICU's own would write U+001A for some bytes that cannot be read.
void write_replacement(const void*, UConverterToUnicodeArgs* args, const char*, int32_t,
                       UConverterCallbackReason reason, UErrorCode* error) {
  constexpr UChar kReplacement = 0xFFFD;
  if (reason > UCNV_IRREGULAR) return;
  *error = U_ZERO_ERROR;
  ucnv_cbToUWriteUChars(args, &kReplacement, 1, 0, error);
}

Converter open_converter(const std::string& name) {
  // ICU takes an empty name for the system's character set, and a comma for options of its own.
  if (name.empty() || name.find_first_of(",\0"sv) != name.npos) return nullptr;
  UErrorCode status = U_ZERO_ERROR;
  Converter converter(ucnv_open(name.c_str(), &status));
  if (U_FAILURE(status)) return nullptr;
  ucnv_setToUCallBack(converter.get(), write_replacement, nullptr, nullptr, nullptr, &status);
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

bool is_koi8_letter(unsigned char c) { return c >= 0xC0 || c == 0xA3 || c == 0xB3; }

// Whether what KOI8-U has in place of frames, the letters that Russian lacks, stands among letters.
bool is_koi8_ukrainian(std::string_view bytes) {
  constexpr std::string_view kUkrainian = "\xA4\xA6\xA7\xAD\xB4\xB6\xB7\xBD";
  size_t letters = 0, frames = 0;
  for (size_t at = bytes.find_first_of(kUkrainian); at != bytes.npos;
       at = bytes.find_first_of(kUkrainian, at + 1)) {
    for (const size_t beside : {at - 1, at + 1}) {
      if (beside >= bytes.size()) continue;
      const auto c = static_cast<unsigned char>(bytes[beside]);
      letters += is_koi8_letter(c);
      frames += c >= 0x80 && !is_koi8_letter(c) && kUkrainian.find(bytes[beside]) == bytes.npos;
    }
  }
  return letters > frames;
}

// Nothing where the name is none that ICU knows.
std::optional<Decoded> decode_as(std::string_view bytes, std::string name) {
  if (name == "koi8-r" && is_koi8_ukrainian(bytes)) name = "koi8-u";
  const Converter converter = open_converter(name);
  if (converter == nullptr) return std::nullopt;
  Decoded decoded{convert(bytes, *converter), std::move(name)};
  if (decoded.text.starts_with("\xEF\xBB\xBF")) decoded.text.erase(0, 3);
  return decoded;
}

// By any of the names that ICU knows it by.
bool is_unicode(const std::string& name) {
  const Converter converter = open_converter(name);
  if (converter == nullptr) return false;
  switch (ucnv_getType(converter.get())) {
    case UCNV_UTF8:
    case UCNV_UTF16:
    case UCNV_UTF16_BigEndian:
    case UCNV_UTF16_LittleEndian:
    case UCNV_UTF32:
    case UCNV_UTF32_BigEndian:
    case UCNV_UTF32_LittleEndian:
      return true;
    default:
      return false;
  }
}

// Whether at most a tenth of what is not ASCII could not be read, or became control characters.
bool reads_well(std::string_view text) {
  size_t characters = 0, faults = 0;
  text::for_each_character(text, [&](char32_t c, std::string_view) {
    constexpr char32_t kNextLine = 0x85;
    if (c < 0x80) return;
    ++characters;
    faults += c == 0xFFFD || (c < 0xA0 && c != kNextLine);
  });
  return 10 * faults <= characters;
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

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// Words with bytes above ASCII, and what stands `around` bytes before and after in whole words.
std::string excerpts(std::string_view bytes, size_t around) {
  constexpr size_t kMost = 8 << 10;
  constexpr std::string_view kSpaces = " \t\r\n";
  std::string out;
  for (size_t at = 0, done = 0; at < bytes.size() && out.size() < kMost; ++at) {
    if (!is_high(bytes[at])) continue;
    const size_t from = std::max(done, at - std::min(at, kMost));
    const size_t to = std::max(from, at - std::min(at, around));
    const size_t space = bytes.substr(from, to - from).find_last_of(kSpaces);
    const size_t begin = space == bytes.npos ? from : from + space;
    done = std::min({bytes.find_first_of(kSpaces, at + around), at + kMost, bytes.size()});
    out.append(bytes.substr(begin, done - begin)) += ' ';
    at = done;
  }
  return out;
}

// How much the bytes, read so, look like a language; 0: not at all, or too few to tell.
double likeness(std::string_view bytes, std::string_view charset) {
  const std::optional<Decoded> read = decode_as(bytes, std::string(charset));
  if (!read) return 0;
  CLD2::Language languages[3];
  int percents[3] = {}, letters = 0, valid = 0;
  double scores[3] = {};
  bool reliable = false;
  const auto size = static_cast<int>(read->text.size());
  const CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  CLD2::ExtDetectLanguageSummaryCheckUTF8(read->text.data(), size, true, &hints,
                                          CLD2::kCLDFlagBestEffort, languages, percents, scores,
                                          nullptr, &letters, &reliable, &valid);
  return valid == size ? scores[0] * percents[0] : 0;  // control characters are not valid to CLD2
}

bool is_double_byte(std::string_view charset) {
  constexpr std::string_view kNames[] = {"big5-hkscs", "euc-jp",      "euc-tw",
                                         "gb18030",    "windows-31j", "windows-949"};
  return std::find(std::begin(kNames), std::end(kNames), charset) != std::end(kNames);
}

// As accents and apostrophes do in Latin text, and halves of characters seldom.
bool high_bytes_stand_alone(std::string_view bytes) {
  size_t alone = 0, all = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (!is_high(bytes[at])) continue;
    ++all;
    alone +=
        (at == 0 || !is_high(bytes[at - 1])) && (at + 1 == bytes.size() || !is_high(bytes[at + 1]));
  }
  return 2 * alone > all;
}

// Found in what shows no sign of it: the letters of these are symbols to windows-1252.
bool is_dubious(std::string_view bytes, std::string_view found) {
  constexpr std::string_view kSymbols =
      "\x81\x83\x86\x87\x88\x89\x8D\x8F\x90\x98\x9D\xA5\xA6\xA8\xAC\xAF\xB8";
  const bool is_rare = found == "ibm852" || found == "mac-centraleurope";
  return is_rare && bytes.find_first_of(kSymbols) == bytes.npos;
}

// uchardet takes the apostrophes of Afrikaans for Japanese, and languages of Western Europe that it
// does not know, such as Icelandic, for Central European. A few foreign names in English make no
// language of it, so that their words must be more likely too.
bool is_western(std::string_view bytes, std::string_view found) {
  constexpr size_t kNothing = 0, kSomeWords = 24;
  const auto is_more_western = [&](size_t around) {
    const std::string sample = excerpts(bytes, around);
    return likeness(sample, kFallback) > likeness(sample, found);
  };
  // Of katakana in Shift-JIS every second byte is ASCII's.
  if (is_double_byte(found)) return high_bytes_stand_alone(bytes) && is_more_western(kSomeWords);
  return is_more_western(kSomeWords) && (is_dubious(bytes, found) || is_more_western(kNothing));
}

Decoded decode_undeclared(std::string_view bytes) {
  const std::string found = detect(bytes);
  if (found != "utf-8" && found != kFallback && !is_western(bytes, found)) {
    if (auto decoded = decode_as(bytes, found)) return *std::move(decoded);
  }
  return *decode_as(bytes, std::string(kFallback));
}

// Nothing where the bytes, all of them ASCII, are just that.
std::optional<Decoded> decode_seven_bit(std::string_view bytes, std::string_view declared) {
  const auto read_as = [&](const std::string& name) -> std::optional<Decoded> {
    if (!is_seven_bit(name)) return std::nullopt;
    std::optional<Decoded> decoded = decode_as(bytes, name);
    return decoded && reads_well(decoded->text) ? std::move(decoded) : std::nullopt;
  };
  if (auto decoded = read_as(canonical_name(declared))) return decoded;
  const bool to_double_bytes = bytes.find("\x1b$") != bytes.npos;
  if (to_double_bytes || bytes.find("~{") != bytes.npos) {
    if (auto decoded = read_as(canonical_name(declared_charset(bytes)))) return decoded;
  }
  return to_double_bytes ? read_as(detect(bytes)) : std::nullopt;
}

Decoded decode_legacy(std::string_view bytes, std::string_view declared) {
  std::optional<Decoded> doubtful;
  for (const std::string& label : {std::string(declared), declared_charset(bytes)}) {
    const std::string name = canonical_name(label);
    // A text with zeros of its own is not UTF-16, whatever is declared: a mark or zeros would tell.
    if (is_unicode(name)) continue;
    std::optional<Decoded> decoded = decode_as(bytes, name);
    if (decoded && reads_well(decoded->text)) return *std::move(decoded);
    if (!doubtful) doubtful = std::move(decoded);
  }
  Decoded found = decode_undeclared(bytes);
  const bool none = found.charset == kFallback;
  return doubtful && none && !is_western(bytes, doubtful->charset) ? *std::move(doubtful) : found;
}

}  // namespace

Decoded to_utf8(std::string_view bytes, std::string_view declared) {
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    return {text::replace_invalid_utf8(bytes.substr(3)), "utf-8"};
  }
  std::string_view certain = charset_of_mark(bytes);
  if (certain.empty()) certain = charset_of_zeros(bytes);
  if (!certain.empty()) return *decode_as(bytes, std::string(certain));

  if (text::is_ascii(bytes)) {
    if (auto decoded = decode_seven_bit(bytes, declared)) return *std::move(decoded);
  }
  if (find_invalid_utf8(bytes) == bytes.npos) return {std::string(bytes), "utf-8"};
  if (is_nearly_utf8(bytes)) return {text::replace_invalid_utf8(bytes), "utf-8"};
  return decode_legacy(bytes, declared);
}

}  // namespace fundi::curate
