#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "text/function_ref.h"

namespace fundi::text {

// Typed access to a parsed JSON file with errors that name the file and the dotted key. By simdjson
// rather than fundi::Json: vocabularies are objects of hundreds of thousands of keys. Its header
// stays out of this one, for it takes longer to compile than all that uses it.
class JsonReader {
 public:
  std::string where() const;  // "tokenizer.json: model.vocab"
  bool is_null() const;
  bool is_string() const;

  // A member; has() is false for absent and null ones. child() throws kCorruptData where absent.
  bool has(std::string_view key) const;
  JsonReader child(std::string_view key) const;

  // These throw kCorruptData where the value has another type. Views live as long as the document.
  std::string_view string() const;
  char32_t character() const;  // a string of one
  int64_t integer() const;
  double number() const;

  // Members with a default for absent or null.
  std::string_view string(std::string_view key, std::string_view fallback) const;
  bool boolean(std::string_view key, bool fallback) const;
  int64_t integer(std::string_view key, int64_t fallback) const;

  // Of a list or an object; kCorruptData where it is neither.
  size_t size() const;
  // Of a list; takes time in the index. Requires index < size().
  JsonReader item(size_t index) const;
  void each(FunctionRef<void(const JsonReader& item)> body) const;
  // Of an object, in the file's order.
  void each_member(FunctionRef<void(std::string_view key, const JsonReader& value)> body) const;

  std::string json() const;  // the value as it could be written

  [[noreturn]] void corrupt(std::string_view problem) const;
  [[noreturn]] void unsupported(std::string_view problem) const;

 private:
  friend class JsonDocument;
  friend struct JsonAccess;
  // A simdjson::dom::element.
  struct Element {
    const void* document;
    size_t index;
  };
  // Where a value stands. Put into words only when an error asks: lists have hundreds of thousands
  // of items.
  struct Place {
    std::shared_ptr<const Place> parent;  // null for the document
    std::string_view key;                 // in an object, or of the document
    int64_t index = -1;                   // in a list
    std::string words() const;
  };

  JsonReader(Element element, Place place) : element_(element), place_(std::move(place)) {}
  Element element_;
  Place place_;
};

// A parsed JSON text, which must be an object.
class JsonDocument {
 public:
  // Throws kCorruptData naming `origin`.
  JsonDocument(std::string_view text, const std::string& origin);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;
  const JsonReader& root() const { return *root_; }

 private:
  struct Parser;
  std::string origin_;
  std::unique_ptr<Parser> parser_;
  std::unique_ptr<const JsonReader> root_;
};

}  // namespace fundi::text
