// A document: its length in four bytes, then its fields, numbers in seven bits a byte.
#include "curate/flow/stored_document.h"

#include <cstring>

#include "base/error.h"

namespace fundi::curate {
namespace {

void put(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put(std::string& out, std::string_view text) {
  put(out, uint64_t{text.size()});
  out += text;
}

// Nothing for an empty object: most documents bring nothing but their text.
void put_json(std::string& out, const Json& json) {
  put(out, json.empty() ? std::string_view() : std::string_view(dump_json(json)));
}

[[noreturn]] void cut_off(const std::string& origin) {
  fail(ErrorCode::kCorruptData, "{}: a document is cut off", origin);
}

class Fields {
 public:
  Fields(std::string_view bytes, const std::string& origin) : bytes_(bytes), origin_(origin) {}

  uint64_t number() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    cut_off(origin_);
  }

  std::string_view text() {
    const uint64_t n = number();
    if (n > bytes_.size()) cut_off(origin_);
    const std::string_view out = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return out;
  }

  Json json(Json absent) {
    const std::string_view bytes = text();
    return bytes.empty() ? absent : parse_json(bytes, origin_);
  }

 private:
  std::string_view bytes_;
  const std::string& origin_;
};

Fields fields_of(std::string_view bytes, const std::string& origin) {
  const size_t size = document_size(bytes, origin), head = sizeof(uint32_t);
  return {bytes.substr(head, size - head), origin};
}

}  // namespace

void append_document(std::string& out, const Document& document) {
  const size_t begin = out.size();
  uint32_t size = 0;
  out.append(sizeof(size), '\0');
  put(out, document.ordinal);
  for (const std::string* text :
       {&document.id, &document.source, &document.licence, &document.language}) {
    put(out, std::string_view(*text));
  }
  put_json(out, document.meta);
  put(out, uint64_t{document.messages.size()});
  for (const Message& message : document.messages) {
    put(out, std::string_view(message.role));
    put(out, std::string_view(message.content));
    put_json(out, message.rest);
  }
  // The text of a conversation follows from its messages.
  if (document.messages.empty()) put(out, std::string_view(document.text));
  const size_t body = out.size() - begin - sizeof(size);
  if (body > UINT32_MAX) fail(ErrorCode::kUnsupported, "{}: longer than 4 GB", document.id);
  size = static_cast<uint32_t>(body);
  std::memcpy(out.data() + begin, &size, sizeof(size));
}

size_t document_size(std::string_view bytes, const std::string& origin) {
  uint32_t size = 0;
  if (bytes.size() < sizeof(size)) cut_off(origin);
  std::memcpy(&size, bytes.data(), sizeof(size));
  if (size > bytes.size() - sizeof(size)) cut_off(origin);
  return sizeof(size) + size;
}

uint64_t stored_ordinal(std::string_view bytes, const std::string& origin) {
  return fields_of(bytes, origin).number();
}

Document stored_document(std::string_view bytes, const std::string& origin) {
  Fields fields = fields_of(bytes, origin);
  Document document;
  document.ordinal = fields.number();
  document.id = fields.text();
  document.source = fields.text();
  document.licence = fields.text();
  document.language = fields.text();
  document.meta = fields.json(Json::object());
  for (uint64_t n = fields.number(); n > 0; --n) {
    Message& message = document.messages.emplace_back();
    message.role = fields.text();
    message.content = fields.text();
    message.rest = fields.json(nullptr);
  }
  document.text = document.messages.empty() ? std::string(fields.text()) : join(document.messages);
  return document;
}

}  // namespace fundi::curate
