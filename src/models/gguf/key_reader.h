#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "formats/gguf_metadata.h"

namespace fundi::models {

// Typed access to the keys "ARCHITECTURE.*" of a GGUF file, remembering which were read. Errors are
// those of GgufMetadata, naming file and key.
class GgufKeyReader {
 public:
  // `metadata` must outlive the reader; `origin` (the path) starts messages.
  GgufKeyReader(const formats::GgufMetadata& metadata, std::string architecture,
                std::string origin);

  // The value behind "ARCHITECTURE.KEY"; nothing where it is absent. A list whose items are all
  // equal (one a layer) counts as its item.
  std::optional<int64_t> whole(std::string_view key);
  // As a decimal number that rounds to the stored f32: 1e-6 and not 9.99999997e-07.
  std::optional<double> number(std::string_view key);
  std::optional<bool> flag(std::string_view key);
  std::optional<std::string> string(std::string_view key);
  int64_t required_whole(std::string_view key);

  // Another value than `value` would be another model: kUnsupported. The key may be absent.
  void fixed(std::string_view key, double value);
  void ignore(std::string_view key) { full_name(key); }
  // Throws kUnsupported for each key of the architecture that was not read: a model must not run
  // with a meaning other than its own.
  void finish() const;

  const std::string& origin() const { return origin_; }
  std::string full_name(std::string_view key);  // "llama.KEY", which counts as read

 private:
  const formats::GgufMetadata& metadata_;
  std::string prefix_, origin_;
  std::set<std::string, std::less<>> read_;
};

}  // namespace fundi::models
