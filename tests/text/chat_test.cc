#include "text/chat.h"

#include "tests/text/text_testing.h"

namespace fundi::text {
namespace {

std::shared_ptr<const Tokenizer> with_template(const std::string& source) {
  Json config = Json::object();
  config["chat_template"] = source;
  return load_text(read_file(kData / "llama3" / "tokenizer.json"), dump_json(config));
}

TEST(ChatTest, RendersAsTransformers) {
  ASSERT_EQ(chatml_template(), read_file(kData / "chatml.jinja"));
  const auto tokenizer = with_template(std::string(chatml_template()));
  for (const Json& test : read_json(kData / "chat.json")) {
    std::vector<Message> messages;
    for (const Json& message : test["messages"]) {
      messages.push_back({message["role"], message["content"]});
    }
    EXPECT_EQ(render_chat(*tokenizer, messages, test["add_generation_prompt"].get<bool>()),
              test["text"].get<std::string>());
  }
}

TEST(ChatTest, WithoutATemplateContentsAreLines) {
  const auto tokenizer = Tokenizer::load(kData / "llama3");
  EXPECT_EQ(render_chat(*tokenizer, {{"user", "Habari"}, {"assistant", "Nzuri"}}, true),
            "Habari\nNzuri\n");
}

TEST(ChatTest, RefusesUnknownTemplates) {
  const auto tokenizer = with_template("{{ messages[0].content }}");
  expect_error(ErrorCode::kUnsupported, "{{ messages[0].content }}", [&] {
    (void)render_chat(*tokenizer, {{"user", "x"}}, false);
  });
}

}  // namespace
}  // namespace fundi::text
