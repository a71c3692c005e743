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

std::string turns(const std::vector<Message>& messages) {
  std::string list;
  for (const Message& message : messages) {
    std::string turn;
    put(turn, "role", message.role);
    put(turn, "content", message.content);
    for (const auto& [key, value] : message.rest.items()) put_json(turn, key, value);
    list += (list.empty() ? "[" : ",") + turn + '}';
  }
  return list + ']';
}

void put_document(std::string& row, const Document& document) {
  put(row, "text", document.text);
  put(row, "source", document.source);
  put(row, "licence", document.licence);
  put(row, "language", document.language);
  put_json(row, "meta", document.meta);
  if (!document.messages.empty()) row += ",\"messages\":" + turns(document.messages);
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
