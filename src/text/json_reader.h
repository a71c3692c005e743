#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace fundi::text {

// Typed access to a parsed JSON file with errors that name the file and the dotted key. simdjson
// rather than fundi::Json: vocabularies are objects of hundreds of thousands of keys.
class JsonReader {
 public:
  JsonReader(simdjson::dom::element element, std::string where)
      : element_(element), where_(std::move(where)) {}

  const std::string& where() const { return where_; }  // "tokenizer.json: model.vocab"
  bool is_null() const { return element_.is_null(); }
  bool is_string() const { return element_.is_string(); }
  bool is_object() const { return element_.is_object(); }
  bool is_array() const { return element_.is_array(); }

  // A member; has() is false for absent and null ones. child() throws kCorruptData where absent.
  bool has(std::string_view key) const;
  JsonReader child(std::string_view key) const;
  JsonReader item(size_t index, simdjson::dom::element element) const;

  // These throw kCorruptData where the value has another type. Views live as long as the parser.
  std::string_view string() const;
  int64_t integer() const;
  simdjson::dom::object object() const;
  simdjson::dom::array array() const;

  // Members with a default for absent or null.
  std::string_view string(std::string_view key, std::string_view fallback) const;
  bool boolean(std::string_view key, bool fallback) const;

  [[noreturn]] void corrupt(std::string_view problem) const;
  [[noreturn]] void unsupported(std::string_view problem) const;

 private:
  std::string at(std::string_view key) const;
  simdjson::dom::element element_;
  std::string where_;
};

// Parses `text`; the parser owns the result. Throws kCorruptData naming `origin`.
JsonReader parse_large_json(simdjson::dom::parser& parser, std::string_view text,
                            const std::string& origin);

}  // namespace fundi::text
