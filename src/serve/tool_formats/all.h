#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "serve/tool_call.h"

namespace fundi::serve {

// <tool_call>{"name": ..., "arguments": {...}}</tool_call>: Hermes, Qwen2.5, Qwen3, SmolLM3, ...
ToolFormat hermes_tool_format();
// {"name": ..., "parameters": {...}} as the whole answer, or behind <|python_tag|>: Llama 3.1 on.
ToolFormat llama3_tool_format();
// <｜tool▁call▁begin｜>...<｜tool▁sep｜>...<｜tool▁call▁end｜>: DeepSeek V3, R1, V3.1.
ToolFormat deepseek_tool_format();
// [TOOL_CALLS][{"name": ..., "arguments": {...}}], and [TOOL_CALLS]name[ARGS]{...}: Mistral.
ToolFormat mistral_tool_format();

// What the formats share.

// The length of the JSON object or list that the text begins with; nothing where it is unfinished.
std::optional<size_t> json_length(std::string_view text);
// The JSON of a text; nothing where it is none.
std::optional<Json> read_json_text(std::string_view text);
// A call as an object with "name" and "arguments" or "parameters"; nothing where it is no such.
std::optional<ToolCall> call_of_json(const Json& json);
// The arguments as text: an object, or a text that holds one; nothing otherwise.
std::optional<std::string> arguments_of_json(const Json& json);
std::string_view skip_space(std::string_view text);

}  // namespace fundi::serve
