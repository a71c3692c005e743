#include "data/jsonl.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace fundi::data {
namespace {

constexpr size_t kChunk = 1 << 18;

const Json* find(const Json& row, std::string_view key, std::string_view where) {
  if (!row.is_object()) {
    fail(ErrorCode::kCorruptData, "{}: expected an object, found {}", where, row.type_name());
  }
  const auto found = row.find(std::string(key));
  return found == row.end() ? nullptr : &*found;
}

std::string as_string(const Json& value, std::string_view key, std::string_view where) {
  if (!value.is_string()) {
    fail(ErrorCode::kCorruptData, "{}: '{}' must be a string, but is {}", where, key,
         value.type_name());
  }
  return value.get<std::string>();
}

}  // namespace

JsonlReader::JsonlReader(fs::path path) : path_(std::move(path)) {
  if (fs::is_directory(path_)) {
    fail(ErrorCode::kInvalidArgument, "{}: is a folder; name a JSONL file", path_.string());
  }
  file_.open(path_, std::ios::binary);
  if (!file_) {
    fail(fs::exists(path_) ? ErrorCode::kIo : ErrorCode::kNotFound, "{}: {}", path_.string(),
         fs::exists(path_) ? "cannot be read" : "no such file");
  }
}

std::string JsonlReader::where() const { return fmt::format("{}:{}", path_.string(), number_); }

bool JsonlReader::next_line() {
  line_.clear();
  bool any = false;
  while (true) {
    if (at_ == chunk_.size()) {
      chunk_.resize(kChunk);
      file_.read(chunk_.data(), static_cast<std::streamsize>(kChunk));
      chunk_.resize(static_cast<size_t>(file_.gcount()));
      at_ = 0;
      if (file_.bad()) fail(ErrorCode::kIo, "{}: reading failed", path_.string());
      if (chunk_.empty()) {
        number_ += any;
        return any;
      }
    }
    any = true;
    const size_t end = std::min(chunk_.find('\n', at_), chunk_.size());
    line_.append(chunk_, at_, end - at_);
    const bool complete = end < chunk_.size();
    at_ = complete ? end + 1 : end;
    if (line_.size() > kMaxLine) {
      ++number_;
      fail(ErrorCode::kCorruptData, "{}: a line longer than {}; is this a JSONL file?", where(),
           format_bytes(kMaxLine));
    }
    if (complete) {
      ++number_;
      return true;
    }
  }
}

// parse_json sees one line only and so calls each line 1: put ours in its place.
Json JsonlReader::parse_line(std::string_view text) const {
  try {
    return parse_json(text, path_.string());
  } catch (const Error& error) {
    std::string_view message = error.what();
    if (message.starts_with(path_.string())) message.remove_prefix(path_.string().size());
    if (message.starts_with(":1:")) message.remove_prefix(2);
    fail(error.code(), "{}{}", where(), message);
  }
}

bool JsonlReader::next(JsonlRow& row) {
  while (next_line()) {
    std::string_view text = line_;
    if (number_ == 1 && text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (trim(text).empty()) continue;
    Json json = parse_line(text);
    if (!json.is_object()) {
      fail(ErrorCode::kCorruptData, "{}: expected an object, found {}", where(), json.type_name());
    }
    row.line = number_;
    row.json = std::move(json);
    return true;
  }
  return false;
}

void JsonlWriter::write(const Json& row) {
  file_.write(dump_json(row) + "\n");
  ++rows_;
}

std::string require_string(const Json& row, std::string_view key, std::string_view where) {
  const Json* value = find(row, key, where);
  if (value == nullptr) fail(ErrorCode::kCorruptData, "{}: '{}' is missing", where, key);
  return as_string(*value, key, where);
}

std::string optional_string(const Json& row, std::string_view key, std::string_view where,
                            std::string fallback) {
  const Json* value = find(row, key, where);
  if (value == nullptr || value->is_null()) return fallback;
  return as_string(*value, key, where);
}

}  // namespace fundi::data
