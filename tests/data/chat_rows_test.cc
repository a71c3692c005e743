#include "data/chat_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/error_testing.h"

namespace fundi::data {
namespace {

using ::testing::HasSubstr;

ChatRow chat_of(const char* text) {
  Json row = parse_json(text, "row");
  return take_chat(row).value();
}

std::string spoken(const ChatRow& chat) {
  std::string out;
  for (const Json& message : chat.messages) {
    out += message.at("role").get<std::string>() + ":" + dump_json(message.at("content")) + " ";
  }
  return out;
}

std::string fault_of(const char* text) {
  return message_of(ErrorCode::kInvalidArgument, [&] { chat_of(text); });
}

TEST(ChatRows, EachForm) {
  using Form = ChatRow::Form;
  const ChatRow gpt = chat_of(
      R"({"system": "s", "conversations": [{"from": "human", "value": "a"},
          {"from": "observation", "value": "o"}, {"from": "gpt", "value": "b"}]})");
  EXPECT_EQ(spoken(gpt), R"(system:"s" user:"a" tool:"o" assistant:"b" )");
  EXPECT_EQ(gpt.form, Form::kTurns);
  EXPECT_EQ(gpt.prompt, 0u);
  const ChatRow named = chat_of(R"({"conversations": [{"role": "bot", "content": "a"}]})");
  EXPECT_EQ(spoken(named), R"(assistant:"a" )");
  const ChatRow texts = chat_of(R"({"system": "s", "prompt": "p", "completion": "c"})");
  EXPECT_EQ(spoken(texts), R"(system:"s" user:"p" assistant:"c" )");
  EXPECT_EQ(texts.form, Form::kPrompt);
  EXPECT_EQ(texts.prompt, 2u);
  const ChatRow alpaca = chat_of(R"({"instruction": "i", "input": "x", "output": "o"})");
  EXPECT_EQ(spoken(alpaca), R"(user:"i\n\nx" assistant:"o" )");
  EXPECT_EQ(alpaca.form, Form::kInstruction);
}

TEST(ChatRows, ASideIsATextItsPartsOrMessages) {
  const ChatRow mixed = chat_of(
      R"({"prompt": [{"type": "text", "text": "p"}], "completion":
          [{"role": "assistant", "content": null, "tool_calls": [1]},
           {"role": "tool", "content": "t", "name": "n"}]})");
  EXPECT_EQ(spoken(mixed), R"(user:[{"type":"text","text":"p"}] assistant:null tool:"t" )");
  EXPECT_EQ(mixed.form, ChatRow::Form::kTurns);
  EXPECT_EQ(mixed.prompt, 1u);
  EXPECT_EQ(mixed.messages[2].at("name"), "n");
}

TEST(ChatRows, TakesWhatItReadsAndLeavesTheRest) {
  Json row = parse_json(
      R"({"id": 7, "system": "", "instruction": "i", "input": "", "output": "o", "score": 1})",
      "row");
  EXPECT_EQ(spoken(take_chat(row).value()), R"(user:"i" assistant:"o" )");
  EXPECT_EQ(dump_json(row), R"({"id":7,"score":1})");
  EXPECT_FALSE(take_chat(row).has_value());
}

TEST(ChatRows, FaultsNameKeyAndMessage) {
  EXPECT_THAT(fault_of(R"({"messages": []})"), HasSubstr("at least one message"));
  EXPECT_THAT(fault_of(R"({"messages": [{"role": "user", "content": "a"}, 3]})"),
              HasSubstr("'messages[1]' must be an object with 'role' and 'content', not number"));
  EXPECT_THAT(fault_of(R"({"conversations": [{"from": "human"}]})"),
              HasSubstr("'conversations[0]': the key 'value' is missing"));
  EXPECT_THAT(fault_of(R"({"messages": [{"role": "", "content": "a"}]})"),
              HasSubstr("'messages[0]': 'role' is empty"));
  EXPECT_THAT(fault_of(R"({"messages": [{"role": 1, "content": "a"}]})"),
              HasSubstr("'role' must be a string, not number"));
  EXPECT_THAT(fault_of(R"({"prompt": "a"})"), HasSubstr("'completion' is missing"));
  EXPECT_THAT(fault_of(R"({"prompt": [], "completion": "a"})"),
              HasSubstr("'prompt' must be a list"));
  EXPECT_THAT(fault_of(R"({"instruction": "a", "input": 1, "output": "b"})"),
              HasSubstr("'input' must be a string"));
  EXPECT_THAT(fault_of(R"({"system": [], "prompt": "a", "completion": "b"})"),
              HasSubstr("'system' must be a string"));
}

TEST(ChatRows, TheUsualNamesOfATurnCountAndAreChecked) {
  const ChatRow both = chat_of(
      R"({"conversations": [{"from": "gpt", "value": "b", "role": null, "content": null, "n": null},
          {"from": "human", "value": "a", "role": "bot", "content": "c"}]})");
  EXPECT_EQ(spoken(both), R"(assistant:"b" assistant:"c" )");
  EXPECT_EQ(dump_json(both.messages[0]), R"({"role":"assistant","content":"b","n":null})");
  EXPECT_THAT(fault_of(R"({"conversations": [{"from": "human", "value": "a"},
                                             {"from": "gpt", "value": "b", "role": 5}]})"),
              HasSubstr("'conversations[1]': 'role' must be a string, not number"));
  EXPECT_THAT(fault_of(R"({"conversations": [{"from": "gpt", "value": "b", "content": 5}]})"),
              HasSubstr("'conversations[0]': 'content' must be a string, not number"));
}

TEST(ChatRows, DepthIsLimited) {
  const auto row = [](size_t levels) {
    return R"({"messages": [{"role": "user", "content": "a"}], "k": )" + std::string(levels, '[') +
           std::string(levels, ']') + "}";
  };
  EXPECT_EQ(spoken(chat_of(row(127).c_str())), R"(user:"a" )");
  EXPECT_THAT(fault_of(row(128).c_str()), HasSubstr("nested deeper than 128 levels"));
}

}  // namespace
}  // namespace fundi::data
