#include "serve/session.h"

#include "serve/prompt.h"
#include "serve_testing.h"

namespace fundi::serve {
namespace {

std::string content(int i) { return fmt::format("swali la {} kuhusu mahindi", i); }

TEST(Session, StreamsWhatItReturns) {
  Session session(make_model(), make_tokenizer());
  SessionOptions options;
  options.max_tokens = 20;
  std::string streamed;
  const auto result =
      session.complete("Habari", options, [&](std::string_view t) { streamed += t; });
  EXPECT_EQ(streamed, result.text);
  EXPECT_GE(result.completion_tokens, 1);
  EXPECT_LE(result.completion_tokens, 20);
  EXPECT_GT(result.seconds_to_first_token, 0);
  EXPECT_LE(result.seconds_to_first_token, result.seconds);
  EXPECT_EQ(session.complete("Habari", options).text, result.text) << "greedy is deterministic";
}

TEST(Session, CanBeInterrupted) {
  Session session(make_model(), make_tokenizer());
  SessionOptions options;
  options.max_tokens = 100;
  options.sampling.temperature = 1;
  int asked = 0;
  const auto result = session.complete("Habari", options, {}, [&] { return ++asked == 3; });
  if (result.completion_tokens >= 3) {
    EXPECT_EQ(result.finish, models::FinishReason::kCancelled);
    EXPECT_EQ(result.completion_tokens, 3);
  }
  EXPECT_NE(session.complete("Habari", options).finish, models::FinishReason::kCancelled);
}

TEST(Session, SurvivesAFailingListener) {
  Session session(make_model(), make_tokenizer());
  SessionOptions options;
  options.max_tokens = 50;
  EXPECT_THROW(session.complete("Habari", options,
                                [](std::string_view) { throw Error(ErrorCode::kIo, "full"); }),
               Error);
  const auto result = session.complete("Habari", options);
  EXPECT_NE(result.text, "");
}

TEST(Session, RefusesWhatDoesNotFit) {
  Session session(make_model(), make_tokenizer());
  EXPECT_THROW(session.complete(std::string(3000, 'x'), {}), Error);
}

TEST(Session, FitDropsOldExchangesButNotTheSystemMessage) {
  const Session session(make_model(), make_tokenizer());
  std::vector<text::Message> messages = {{"system", "Jibu."}};
  for (int i = 0; i < 10; ++i) {
    messages.push_back({"user", content(i)});
    messages.push_back({"assistant", "sawa"});
  }
  messages.push_back({"user", "mwisho"});
  const size_t before = messages.size();
  const size_t dropped = session.fit(messages, 20);
  EXPECT_GT(dropped, 0u);
  EXPECT_EQ(messages.size() + dropped, before);
  EXPECT_EQ(messages.front().role(), "system");
  EXPECT_EQ(messages[1].role(), "user");
  EXPECT_EQ(messages.back().content(), "mwisho");
  EXPECT_LE(ChatEncoder(make_tokenizer()).encode({.messages = messages}).ids.size(), 108u);
  EXPECT_EQ(session.fit(messages, 20), 0u);
}

TEST(Session, TellsReasoningApart) {
  // Prompts that open the reasoning: all that the random model says is reasoning then.
  ChatOptions chat;
  chat.chat_template = "{{ messages[0].content }}<think>\n";
  Session session(make_model(), make_tokenizer(), chat);
  SessionOptions options;
  options.max_tokens = 8;
  std::string streamed;
  const auto result = session.chat({{"user", "Habari"}}, options,
                                   [&](const AnswerPiece& p) { streamed += p.reasoning; });
  EXPECT_EQ(result.text, "");
  EXPECT_NE(result.reasoning, "");
  EXPECT_EQ(streamed, result.reasoning);
  chat.reasoning = ReasoningFormat::kNone;
  Session plain(make_model(), make_tokenizer(), chat);
  const auto whole = plain.chat({{"user", "Habari"}}, options);
  EXPECT_EQ(whole.reasoning, "");
  EXPECT_THAT(whole.text, testing::HasSubstr(result.reasoning));
}

}  // namespace
}  // namespace fundi::serve
