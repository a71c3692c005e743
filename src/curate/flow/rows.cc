#include "curate/flow/rows.h"

namespace fundi::curate {

Json document_row(const Document& document) {
  Json row = {
      {"id", document.id},           {"text", document.text},         {"source", document.source},
      {"licence", document.licence}, {"language", document.language}, {"meta", document.meta}};
  if (document.messages.empty()) return row;
  Json messages = Json::array();
  for (const Message& message : document.messages) {
    Json turn = {{"role", message.role}, {"content", message.content}};
    if (message.rest.is_object()) turn.update(message.rest);
    messages.push_back(std::move(turn));
  }
  row["messages"] = std::move(messages);
  return row;
}

Json reject_row(const Document& document, const std::string& step, const Rejection& rejection) {
  Json row = {{"id", document.id},
              {"step", step},
              {"rule", rejection.rule},
              {"value", rejection.value},
              {"limit", rejection.limit}};
  Json rest = document_row(document);
  rest.erase("id");
  row.update(rest);
  return row;
}

}  // namespace fundi::curate
