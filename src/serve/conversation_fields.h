#pragma once

#include <vector>

#include "base/json.h"
#include "serve/fields.h"
#include "text/chat.h"

namespace fundi::serve {

// The conversation in the body of POST /v1/chat/completions. All throw ApiError 400 naming the
// parameter.

// `value` is "messages"; null where it is absent. Of each message the role, the content as one
// text, and what templates know: name, tool_calls, tool_call_id, reasoning_content.
std::vector<text::Message> parse_messages(const Json* value);

// "tools" and "tool_choice": the list of tools, null where there are none or none may be called.
// A choice that forces a call is refused.
Json parse_tools(Fields& fields);

// "chat_template_kwargs", an extension that other servers have, too: variables of the template.
Json parse_template_arguments(Fields& fields);

}  // namespace fundi::serve
