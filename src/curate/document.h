#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace fundi::curate {

// One turn of a conversation that was read as such.
struct Message {
  std::string role;     // "system", "user", "assistant", "tool"
  std::string content;  // UTF-8
  Json rest;            // further keys of the turn (tool calls, names), an object or null
};

// What curation works on: a text and where it came from.
struct Document {
  uint64_t ordinal = 0;  // its place among all documents of a run: the order in which they are read
  std::string id;        // "news/train.tsv:12": source, file in it, record in that; unique in a run
  std::string text;      // UTF-8; of a conversation the contents of its messages, see join()
  std::string source;    // name of the source in the recipe
  std::string licence;   // as the source states it; empty: not stated
  std::string language;  // BCP 47, with the script where it is not the usual one; empty: not known
  Json meta = Json::object();     // url, title, scores, whatever the record brought
  std::vector<Message> messages;  // empty but for conversations
};

// The text of a conversation: the contents of its messages with a blank line between those that are
// not empty.
std::string join(const std::vector<Message>& messages);
// Where in that text the content of each message begins.
std::vector<uint64_t> message_begins(const std::vector<Message>& messages);

}  // namespace fundi::curate
