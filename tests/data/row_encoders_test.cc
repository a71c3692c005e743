#include "data/row_encoders.h"

#include "tests/data/row_testing.h"

namespace fundi::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RowEncoders : public ::testing::Test {
 protected:
  TokenRow encode(const char* json, const ConversationOptions& options = {}) const {
    return encode_conversation_row(parse_json(json, "row"), *chat_, options);
  }
  TokenRow encode_base(const char* json) const {
    return encode_conversation_row(parse_json(json, "row"), *base_, {});
  }
  std::string fails(const char* json) const {
    return message_of(ErrorCode::kInvalidArgument, [&] { encode(json); });
  }
  std::shared_ptr<const text::Tokenizer> chat_ = byte_tokenizer(true);
  std::shared_ptr<const text::Tokenizer> base_ = byte_tokenizer(false);
};

TEST_F(RowEncoders, TextIsLearnedWholeAndEnded) {
  const TokenRow row = encode_text_row(parse_json(R"({"text": "Habari"})", "row"), *base_);
  EXPECT_EQ(text_of(row, *base_), "Habari<|endoftext|>");
  EXPECT_THAT(learned(row, *base_), ElementsAre("Habari<|endoftext|>"));
}

TEST_F(RowEncoders, EosIsNotDoubled) {
  const auto row = encode_text_row(parse_json(R"({"text": "a<|endoftext|>"})", "row"), *base_);
  EXPECT_EQ(text_of(row, *base_), "a<|endoftext|>");
}

TEST_F(RowEncoders, EmptyTextIsAnEmptyRow) {
  const TokenRow row = encode_text_row(parse_json(R"({"text": ""})", "row"), *base_);
  EXPECT_TRUE(row.tokens.empty());
  EXPECT_TRUE(row.loss.empty());
}

TEST_F(RowEncoders, CompletionIsLearned) {
  const TokenRow row = encode(R"({"prompt": "maji?", "completion": " water"})");
  EXPECT_EQ(text_of(row, *chat_), "maji? water<|endoftext|>");
  EXPECT_THAT(learned(row, *chat_), ElementsAre(" water<|endoftext|>"));
}

TEST_F(RowEncoders, AllIsLearnedWhereAsked) {
  const TokenRow row =
      encode(R"({"prompt": "maji?", "completion": " water"})", {.completion_only = false});
  EXPECT_THAT(learned(row, *chat_), ElementsAre("maji? water<|endoftext|>"));
}

TEST_F(RowEncoders, PromptAsInferenceTokenisesIt) {
  const TokenRow row = encode(R"({"prompt": "maji?", "completion": " water"})", {.chat = true});
  const auto prompt = chat_->encode(text::render_chat(*chat_, {{"user", "maji?"}}, true));
  ASSERT_EQ(row.loss.size(), 1U);
  EXPECT_EQ(std::vector<int32_t>(row.tokens.begin(), row.tokens.begin() + row.loss[0].begin),
            prompt);
  EXPECT_THAT(learned(row, *chat_), ElementsAre(" water<|im_end|>"));
}

TEST_F(RowEncoders, EachTurnOfTheAssistantIsLearnedUpToItsEnd) {
  const TokenRow row = encode(R"({"messages": [
      {"role": "system", "content": "Be kind."},
      {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello "},
      {"role": "user", "content": "Bye"}, {"role": "assistant", "content": "Kwaheri"}]})");
  EXPECT_THAT(learned(row, *chat_), ElementsAre("Hello <|im_end|>", "Kwaheri<|im_end|>"));
  EXPECT_EQ(text_of(row, *chat_),
            "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
            "<|im_start|>assistant\nHello <|im_end|>\n<|im_start|>user\nBye<|im_end|>\n"
            "<|im_start|>assistant\nKwaheri<|im_end|>\n");
}

TEST_F(RowEncoders, NothingAfterTheLastAnswerIsKept) {
  const TokenRow row = encode(R"({"messages": [{"role": "user", "content": "Hi"},
      {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "unanswered"}]})");
  EXPECT_THAT(text_of(row, *chat_), ::testing::Not(HasSubstr("unanswered")));
}

TEST_F(RowEncoders, ShareGptAndAlpacaAreRead) {
  const TokenRow gpt = encode(
      R"({"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yo"}]})");
  EXPECT_THAT(learned(gpt, *chat_), ElementsAre("Yo<|im_end|>"));
  const TokenRow alpaca = encode(R"({"instruction": "Add", "input": "1 1", "output": "2"})");
  EXPECT_EQ(text_of(alpaca, *chat_), "Add\n\n1 1\n\n2<|endoftext|>");
  EXPECT_THAT(learned(alpaca, *chat_), ElementsAre("2<|endoftext|>"));
}

TEST_F(RowEncoders, ASystemTextComesFirst) {
  const TokenRow plain = encode(R"({"system": "s", "prompt": "p", "completion": "c"})");
  EXPECT_EQ(text_of(plain, *chat_), "s\n\npc<|endoftext|>");
  EXPECT_THAT(learned(plain, *chat_), ElementsAre("c<|endoftext|>"));
  const TokenRow turns = encode(R"({"system": "s", "conversations":
      [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]})");
  EXPECT_THAT(text_of(turns, *chat_), testing::StartsWith("<|im_start|>system\ns<|im_end|>"));
}

TEST_F(RowEncoders, ConversationalPromptAndCompletion) {
  const TokenRow row = encode(R"({"prompt": [{"role": "user", "content": "a"},
      {"role": "assistant", "content": "old"}, {"role": "user", "content": "b"}],
      "completion": [{"role": "assistant", "content": "new"}]})");
  EXPECT_THAT(learned(row, *chat_), ElementsAre("new<|im_end|>"));
}

TEST_F(RowEncoders, WithoutTemplateTheTurnEndsWithEos) {
  const TokenRow row = encode_base(R"({"messages": [{"role": "user", "content": "Hi"},
      {"role": "assistant", "content": "Hello"}]})");
  EXPECT_THAT(learned(row, *base_), ElementsAre("Hello\n<|endoftext|>"));
}

TEST_F(RowEncoders, FaultsNameTheKey) {
  EXPECT_THAT(fails(R"({"prompt": "a"})"), HasSubstr("'completion' is missing"));
  EXPECT_THAT(fails(R"({"prompt": "a", "completion": 3})"), HasSubstr("'completion' must be a"));
  EXPECT_THAT(fails(R"({"prompt": 1, "completion": "a"})"), HasSubstr("'prompt' must be a string"));
  EXPECT_THAT(fails(R"({"messages": []})"), HasSubstr("'messages' must be a list"));
  EXPECT_THAT(fails(R"({"messages": "x"})"), HasSubstr("'messages' must be a list"));
  EXPECT_THAT(fails(R"({"messages": [3]})"), HasSubstr("'messages[0]' must be an object"));
  EXPECT_THAT(fails(R"({"messages": [{"role": "user"}]})"), HasSubstr("'messages[0]': the key"));
  EXPECT_THAT(fails(R"({"messages": [{"role": "user", "content": null}]})"), HasSubstr("content"));
  EXPECT_THAT(fails(R"({"messages": [{"role": "user", "content": "a"}]})"), HasSubstr("assistant"));
  EXPECT_THAT(fails(R"({"question": "a"})"), HasSubstr("'question' first"));
  EXPECT_THAT(fails("{}"), HasSubstr("no key"));
  EXPECT_THAT(fails("[]"), HasSubstr("must be a JSON object"));
}

constexpr const char* kTwoTurns = R"({"messages": [
    {"role": "user", "content": "one"}, {"role": "assistant", "content": "first"},
    {"role": "user", "content": "two"}, {"role": "assistant", "content": "second"}]})";

TEST_F(RowEncoders, TurnsAreFoundWhereTheTemplateWritesEarlierOnesAnew) {
  // As Qwen3: only the last turn shows its reasoning, be it empty.
  const auto tokenizer = byte_tokenizer(std::string(
      "{% for m in messages %}<|im_start|>{{ m.role }}\n"
      "{% if m.role == 'assistant' and loop.last %}<think>\n{{ m.thinking }}\n</think>\n\n"
      "{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}"
      "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"));
  const TokenRow row = encode_conversation_row(parse_json(kTwoTurns, "row"), *tokenizer, {});
  EXPECT_THAT(learned(row, *tokenizer),
              ElementsAre("first<|im_end|>", "<think>\n\n</think>\n\nsecond<|im_end|>"));
  EXPECT_EQ(text_of(row, *tokenizer),
            "<|im_start|>user\none<|im_end|>\n<|im_start|>assistant\nfirst<|im_end|>\n"
            "<|im_start|>user\ntwo<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
            "second<|im_end|>\n");
}

TEST_F(RowEncoders, ReasoningThatThePromptOpensAndTheTurnDropsIsNotLearned) {
  // As DeepSeek-R1.
  const auto tokenizer = byte_tokenizer(std::string(
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content.split('</think>')|last|trim }}"
      "<|im_end|>\n{% endfor %}"
      "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"));
  const TokenRow row =
      encode_conversation_row(parse_json(R"({"messages": [{"role": "user", "content": "q"},
                  {"role": "assistant", "content": "<think>hm</think>\n\n  yes  "}]})",
                                         "row"),
                              *tokenizer, {});
  EXPECT_THAT(learned(row, *tokenizer), ElementsAre("yes<|im_end|>"));
  EXPECT_EQ(text_of(row, *tokenizer),
            "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\nyes<|im_end|>\n");
}

TEST_F(RowEncoders, TurnsThatTheTemplateLeavesOutAreAnError) {
  const auto tokenizer = byte_tokenizer(std::string(
      "{% for m in messages %}{% if loop.last or m.role == 'user' %}{{ m.content }}{% endif %}"
      "{% endfor %}"));
  const std::string message = message_of(ErrorCode::kUnsupported, [&] {
    encode_conversation_row(parse_json(kTwoTurns, "row"), *tokenizer, {});
  });
  EXPECT_THAT(message, HasSubstr("message 1"));
}

TEST_F(RowEncoders, ToolsAndOtherKeysReachTheTemplate) {
  const auto tokenizer = byte_tokenizer(std::string(
      "{% for t in tools or [] %}[{{ t.function.name }}]{% endfor %}"
      "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.reasoning_content }}{{ m.content }}"
      "{% for c in m.tool_calls or [] %}{{ c.function.arguments.x }}{% endfor %}<|im_end|>"
      "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"));
  const std::string messages = R"("messages": [
      {"role": "user", "content": [{"type": "text", "text": "q"}]},
      {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {"x": 5}}}]},
      {"role": "tool", "content": "r", "tool_call_id": "1"},
      {"role": "assistant", "content": "a", "reasoning_content": "t"}])";
  for (const char* tools :
       {R"([{"function": {"name": "f"}}])", R"("[{\"function\": {\"name\": \"f\"}}]")"}) {
    const TokenRow row = encode_conversation_row(
        parse_json("{" + messages + ", \"tools\": " + tools + "}", "row"), *tokenizer, {});
    EXPECT_THAT(learned(row, *tokenizer), ElementsAre("5<|im_end|>", "ta<|im_end|>"));
    EXPECT_THAT(text_of(row, *tokenizer), testing::StartsWith("[f]<|im_start|>user\n[{'type'"));
  }
  message_of(ErrorCode::kInvalidArgument, [&] {
    encode_conversation_row(parse_json("{" + messages + ", \"tools\": {}}", "row"), *tokenizer, {});
  });
}

TEST_F(RowEncoders, EndOfTurn) {
  EXPECT_EQ(end_of_turn_id(*chat_), chat_->token_id("<|im_end|>"));
  EXPECT_EQ(end_of_turn_id(*base_), std::nullopt);
  EXPECT_EQ(end_of_turn_id(*byte_tokenizer(std::string("{{ raise_exception('no') }}"))),
            std::nullopt);
  EXPECT_EQ(end_of_turn_id(*byte_tokenizer(
                std::string("<|im_start|>{% for m in messages %}{{ m.content }}{% endfor %}"))),
            std::nullopt);
}

}  // namespace
}  // namespace fundi::data
