#include "curate/readers/row_keys.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace fundi::curate {
namespace {

std::string_view chat_advice(const Json& meta) {
  for (const char* key : {"messages", "conversations", "prompt", "instruction"}) {
    if (meta.contains(key)) return "; for conversations set 'format: chat'";
  }
  return "";
}

}  // namespace

RowKeys RowKeys::read(const Config& options) {
  RowKeys keys;
  keys.html = options.get<std::string>("html", "");
  if (options.has("text") && options.json().at("text").is_string()) {
    keys.text = {options.get<std::string>("text")};
  } else {
    keys.text = options.get<std::vector<std::string>>("text", {});
  }
  if (!keys.html.empty() && !keys.text.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: give 'text' or 'html', not both", options.where("html"));
  }
  if (keys.html.empty() && keys.text.empty()) keys.text = {"text"};
  keys.id = options.get<std::string>("id", "");
  keys.language = options.get<std::string>("language_key", "language");
  keys.licence = options.get<std::string>("licence_key", "licence");
  return keys;
}

RowBuilder::RowBuilder(RowKeys keys)
    : keys_(std::move(keys)), parts_(keys_.text.size()), has_part_(keys_.text.size()) {}

void RowBuilder::begin(Record& record, std::string name) {
  record = {};
  record.name = std::move(name);
  if (!keys_.html.empty()) record.type = ContentType::kHtml;
  std::fill(has_part_.begin(), has_part_.end(), false);
  record_ = &record;
}

RowBuilder::Role RowBuilder::role_of(std::string_view key) const {
  for (size_t i = 0; i < keys_.text.size(); ++i) {
    if (key == keys_.text[i]) return {RowField::kText, i};
  }
  if (key == keys_.html && !key.empty()) return {RowField::kHtml, 0};
  if (key == keys_.id && !key.empty()) return {RowField::kId, 0};
  if (key == keys_.language) return {RowField::kLanguage, 0};
  if (key == keys_.licence) return {RowField::kLicence, 0};
  return {RowField::kMeta, 0};
}

void RowBuilder::put(Role role, std::string_view value) {
  switch (role.field) {
    case RowField::kText:
      has_part_[role.part] = true;
      // The usual row has one text, which goes straight to its place.
      if (parts_.size() == 1) {
        record_->bytes = value;
      } else {
        parts_[role.part] = value;
      }
      return;
    case RowField::kHtml:
      record_->bytes = value;
      return;
    case RowField::kId:
      if (!value.empty()) record_->name = value;
      return;
    case RowField::kLanguage:
      record_->language = value;
      return;
    case RowField::kLicence:
      record_->licence = value;
      return;
    case RowField::kMeta:
      return;
  }
}

void RowBuilder::finish() {
  if (nested_deeper(record_->meta, kMaxRowDepth)) {
    record_->meta = Json::object();
    return set_problem(*record_, fmt::format("nested deeper than {} levels", kMaxRowDepth));
  }
  if (!record_->problem.empty()) return;
  if (keys_.html.empty() &&
      std::find(has_part_.begin(), has_part_.end(), true) == has_part_.end()) {
    return set_problem(*record_, fmt::format("no text under '{}'{}", fmt::join(keys_.text, "', '"),
                                             chat_advice(record_->meta)));
  }
  if (!keys_.html.empty() && record_->bytes.empty()) {
    return set_problem(*record_, fmt::format("no HTML under '{}'", keys_.html));
  }
  if (parts_.size() < 2) return;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (!has_part_[i] || parts_[i].empty()) continue;
    if (!record_->bytes.empty()) record_->bytes += "\n\n";
    record_->bytes += parts_[i];
  }
}

void set_problem(Record& record, std::string problem) {
  record.problem = std::move(problem);
  record.bytes.clear();
  record.messages.reset();
}

}  // namespace fundi::curate
