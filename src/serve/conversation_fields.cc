#include "serve/conversation_fields.h"

#include <algorithm>
#include <string>
#include <utility>

#include "serve/api_error.h"
#include "serve/requests.h"

namespace fundi::serve {
namespace {

constexpr std::string_view kRoles[] = {"system", "developer", "user", "assistant", "tool"};

std::string parse_text_parts(const Json& parts, const std::string& where) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string part_name = fmt::format("{}[{}]", where, i);
    Fields part(parts[i], part_name + ".");
    const std::string type = part.text("type").value_or("");
    if (type != "text") {
      bad_parameter(part_name + ".type",
                    "{}.type: only parts of type \"text\" are supported, got \"{}\"", part_name,
                    type);
    }
    const auto piece = part.text("text");
    if (!piece) bad_parameter(part_name + ".text", "{}.text: required", part_name);
    text += *piece;
  }
  return text;
}

// "function": {"name", "arguments"} of a call, or {"name", ...} of a tool.
void check_function(const Json& item, const std::string& where, bool call) {
  Fields fields(item, where + ".");
  const std::string type = fields.text("type").value_or("function");
  if (type != "function") {
    bad_parameter(where + ".type", "{}.type: only \"function\" is supported, got \"{}\"", where,
                  type);
  }
  const Json* function = fields.find("function");
  const std::string name = where + ".function";
  if (!function) bad_parameter(name, "{}: required", name);
  Fields inner(*function, name + ".");
  if (!inner.text("name")) bad_parameter(name + ".name", "{}.name: required", name);
  const Json* arguments = inner.find("arguments");
  if (call && (!arguments || (!arguments->is_string() && !arguments->is_object()))) {
    bad_parameter(name + ".arguments", "{}.arguments: expected JSON as a string", name);
  }
}

Json parse_tool_calls(const Json& value, const std::string& where) {
  if (!value.is_array()) {
    bad_parameter(where, "{}: expected a list, got {}", where, value.type_name());
  }
  for (size_t i = 0; i < value.size(); ++i) {
    check_function(value[i], fmt::format("{}[{}]", where, i), true);
  }
  return value;
}

std::string parse_role(Fields& fields, const std::string& where) {
  const auto role = fields.text("role");
  if (!role) bad_parameter(where + ".role", "{}.role: required", where);
  if (std::find(std::begin(kRoles), std::end(kRoles), *role) == std::end(kRoles)) {
    bad_parameter(where + ".role", "{}.role: must be one of {}, got \"{}\"", where,
                  fmt::join(kRoles, ", "), *role);
  }
  return *role == "developer" ? "system" : *role;
}

text::Message parse_message(const Json& value, size_t index) {
  const std::string where = fmt::format("messages[{}]", index);
  Fields fields(value, where + ".");
  Json message;
  message["role"] = parse_role(fields, where);
  fields.reject({{"function_call", {}}, {"audio", {}}});
  const Json* calls = fields.find("tool_calls");
  const bool calling = calls && !calls->empty();
  const Json* content = fields.find("content");
  const std::string name = where + ".content";
  if (content && !content->is_string() && !content->is_array()) {
    bad_parameter(name, "{}: expected a string or a list of text parts, got {}", name,
                  content->type_name());
  }
  if (content) {
    message["content"] =
        content->is_string() ? content->get<std::string>() : parse_text_parts(*content, name);
  } else if (calling) {
    message["content"] = nullptr;
  } else {
    bad_parameter(name, "{}: required", name);
  }
  if (calling) message["tool_calls"] = parse_tool_calls(*calls, where + ".tool_calls");
  for (const char* key : {"name", "tool_call_id", "reasoning_content"}) {
    if (const auto text = fields.text(key)) message[key] = *text;
  }
  // Other members (refusal, annotations, ...) come back from clients that repeat an answer as they
  // got it; they do not change the text.
  return text::Message(std::move(message));
}

}  // namespace

std::vector<text::Message> parse_messages(const Json* value) {
  if (!value) bad_parameter("messages", "messages: required");
  if (!value->is_array() || value->empty()) {
    bad_parameter("messages", "messages: expected a list of at least one message");
  }
  std::vector<text::Message> messages;
  for (size_t i = 0; i < value->size(); ++i) messages.push_back(parse_message((*value)[i], i));
  return messages;
}

Json parse_tools(Fields& fields) {
  const Json* tools = fields.find("tools");
  const Json* choice = fields.find("tool_choice");
  if (choice && *choice != "none" && *choice != "auto") {
    throw ApiError(400, "tool_choice", "unsupported_parameter",
                   "tool_choice: this server cannot force a tool call; use \"auto\" or \"none\"");
  }
  if (!tools) return nullptr;
  if (!tools->is_array() || tools->size() > kMaxTools) {
    bad_parameter("tools", "tools: expected a list of at most {} tools", kMaxTools);
  }
  for (size_t i = 0; i < tools->size(); ++i) {
    check_function((*tools)[i], fmt::format("tools[{}]", i), false);
  }
  const bool none = tools->empty() || (choice && *choice == "none");
  return none ? Json(nullptr) : *tools;
}

Json parse_template_arguments(Fields& fields) {
  const Json* value = fields.find("chat_template_kwargs");
  if (!value) return Json::object();
  Fields inner(*value, "chat_template_kwargs.");
  for (const char* key : {"messages", "tools", "documents", "add_generation_prompt"}) {
    if (inner.find(key)) {
      bad_parameter(inner.name(key), "{}: is set by the server", inner.name(key));
    }
  }
  return *value;
}

}  // namespace fundi::serve
