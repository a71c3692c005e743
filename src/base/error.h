#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace fundi {

enum class ErrorCode {
  kInvalidArgument,  // a flag, key, value or shape the user gave is wrong
  kNotFound,         // a file, key or model does not exist
  kCorruptData,      // a file or request is malformed
  kUnsupported,      // well-formed, but this build or device cannot do it
  kUnavailable,      // a resource is taken: a port in use, a lock held
  kDiverged,         // training produced NaN or infinity
  kIo,               // the system failed: disk full, read error
  kInternal,         // our own fault
};

// The one exception type of fundi. The message names the file, key or row and says what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

  // Process exit status: 2 for what the user can mend, 1 for the system's and our own failures.
  int exit_status() const noexcept {
    return code_ == ErrorCode::kIo || code_ == ErrorCode::kInternal ? 1 : 2;
  }

 private:
  ErrorCode code_;
};

// Throws Error(code) with a formatted message: fail(ErrorCode::kNotFound, "{}: no such file",
// path).
template <typename... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

// A value or an Error, for failures that are routine and counted (records, requests).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
  bool ok() const { return state_.index() == 0; }
  // Requires ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  // Requires !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace fundi
