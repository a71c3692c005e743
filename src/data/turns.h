#pragma once

#include <string>
#include <vector>

#include "text/chat.h"

namespace fundi::data {

// A stretch of a rendered conversation.
struct Segment {
  std::string text;
  bool turn;  // what the assistant would generate: to be learned
};

// The prompt of a conversation cut at the turns of the assistant from message `first` on, as far as
// the last of them. A turn is what follows the prompt that the template makes of the messages
// before it, so that it holds all that the model will have to generate, such as the opening of its
// reasoning. Where a template writes earlier turns anew (dropping their reasoning), the
// conversation is rendered as one, as it will be when the last turn is generated, and the turns are
// found in it by where their bytes come from; of earlier turns what the template leaves of them is
// learned then. Throws as text::ChatTemplate::render does, and kUnsupported where a turn cannot be
// found.
std::vector<Segment> split_turns(const text::ChatTemplate& chat_template,
                                 const text::Conversation& conversation, size_t first);

}  // namespace fundi::data
