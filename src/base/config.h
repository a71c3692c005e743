#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace fundi {

// A strict reader of settings. Every key that is read is remembered; finish() throws
// kInvalidArgument for each key nobody read, with a did-you-mean. Messages name the origin and the
// dotted path of the key: "recipe.yaml: stages[2].with.lerning_rate: unknown key; did you mean
// 'learning_rate'?".
class Config {
 public:
  // `origin` is used in messages only. `json` must be an object.
  Config(Json json, std::string origin, std::string path = "");

  // YAML (or JSON, a subset). YAML scalars become bool, integer, float, null or string by the core
  // schema; quoted scalars stay strings. Throws kNotFound, kCorruptData with line and column.
  static Config load_yaml(const std::filesystem::path& path);
  static Config parse_yaml(std::string_view text, std::string origin);

  // Applies "a.b=value" (value parsed as YAML); stages can be addressed by their name:
  // "stages.pretrain.with.max_steps=10". Throws kInvalidArgument where the parent does not exist.
  void apply_override(std::string_view assignment);

  bool has(std::string_view key) const;  // present and not null; does not count as read

  // T: bool, int64_t, int, double, std::string, std::vector of int64_t, double or std::string.
  // Throws kInvalidArgument where the value has another type. get() without default: key required.
  template <typename T>
  T get(std::string_view key) const;
  template <typename T>
  T get(std::string_view key, T fallback) const {
    return has(key) ? get<T>(key) : (mark(key), fallback);
  }
  template <typename T>
  std::optional<T> find(std::string_view key) const {
    if (!has(key)) return mark(key), std::nullopt;
    return get<T>(key);
  }
  // One of `choices`, or kInvalidArgument with a did-you-mean.
  std::string choice(std::string_view key, const std::vector<std::string>& choices,
                     std::optional<std::string> fallback = std::nullopt) const;

  Config child(std::string_view key) const;  // an object; empty object when absent
  // A list of objects; empty when absent. With `short_form`, a text in the list stands for an
  // object with only that key.
  std::vector<Config> children(std::string_view key, std::string_view short_form = "") const;
  const Json& raw(std::string_view key) const;  // counts as read; null when absent
  const Json& json() const { return json_; }

  // Throws for unread keys at this level (children are finished by whoever reads them).
  void finish() const;
  // "origin: path.key" for messages.
  std::string where(std::string_view key) const;

 private:
  void mark(std::string_view key) const;
  Json json_;
  std::string origin_, path_;
  mutable std::vector<std::string> read_;
};

// The candidate nearest to `word` by Damerau-Levenshtein distance, if near enough to suggest.
std::optional<std::string> closest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace fundi
