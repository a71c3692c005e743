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

TEST_F(RowEncoders, EndOfTurn) {
  EXPECT_EQ(end_of_turn_id(*chat_), chat_->token_id("<|im_end|>"));
  EXPECT_EQ(end_of_turn_id(*base_), std::nullopt);
}

}  // namespace
}  // namespace fundi::data
