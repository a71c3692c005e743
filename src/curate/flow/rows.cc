#include "curate/flow/rows.h"

#include "base/json.h"

namespace fundi::curate {
namespace {

void put(std::string& row, std::string_view key, std::string_view value) {
  row += row.empty() ? '{' : ',';
  append_json_string(row, key);
  row += ':';
  append_json_string(row, value);
}

void put_json(std::string& row, std::string_view key, const Json& value) {
  row += ',';
  append_json_string(row, key);
  row += ':';
  row += dump_json(value);
}

void put_document(std::string& row, const Document& document) {
  put(row, "text", document.text);
  put(row, "source", document.source);
  put(row, "licence", document.licence);
  put(row, "language", document.language);
  put_json(row, "meta", document.meta);
  if (!document.messages.empty()) {
    Json messages = Json::array();
    for (const Message& message : document.messages) {
      Json turn = {{"role", message.role}, {"content", message.content}};
      if (message.rest.is_object()) turn.update(message.rest);
      messages.push_back(std::move(turn));
    }
    put_json(row, "messages", messages);
  }
  row += '}';
}

}  // namespace

std::string document_row(const Document& document) {
  std::string row;
  put(row, "id", document.id);
  put_document(row, document);
  return row;
}

std::string reject_row(const Document& document, const std::string& step,
                       const Rejection& rejection) {
  std::string row;
  put(row, "id", document.id);
  put(row, "step", step);
  put(row, "rule", rejection.rule);
  put(row, "value", rejection.value);
  put(row, "limit", rejection.limit);
  put_document(row, document);
  return row;
}

}  // namespace fundi::curate
