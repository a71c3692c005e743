#include "text/chat.h"

#include <gmock/gmock.h>

#include "tests/text/text_testing.h"

namespace fundi::text {
namespace {

std::shared_ptr<const Tokenizer> with_template(const std::string& source) {
  Json config = Json::object();
  config["chat_template"] = source;
  config["bos_token"] = "<|endoftext|>";
  config["eos_token"] = {{"content", "<|im_end|>"}};
  return load_text(read_file(kData / "llama3" / "tokenizer.json"), dump_json(config));
}

Conversation conversation_of(const Json& row) {
  Conversation out;
  for (const auto& [key, value] : row.items()) {
    if (key == "messages") {
      for (const Json& message : value) out.messages.emplace_back(message);
    } else if (key == "tools") {
      out.tools = value;
    } else if (key == "add_generation_prompt") {
      out.add_generation_prompt = value.get<bool>();
    } else {
      out.arguments[key] = value;
    }
  }
  return out;
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

TEST(ChatTest, ToolsReasoningAndPartsRenderAsTransformers) {
  size_t rendered = 0;
  for (const Json& test : read_json(kData / "chat_templates.json")) {
    const std::string name = test["template"];
    const ChatTemplate chat_template(read_file(kData / "chat_templates" / name));
    const Conversation conversation = conversation_of(test["conversation"]);
    if (test.contains("refused")) {
      EXPECT_THROW((void)chat_template.render(conversation), Error) << name << test["conversation"];
      continue;
    }
    ++rendered;
    EXPECT_EQ(chat_template.render(conversation).bytes(), test["text"].get<std::string>())
        << name << test["conversation"];
  }
  EXPECT_GT(rendered, 50u);
}

TEST(ChatTest, WithoutATemplateContentsAreLines) {
  const auto tokenizer = Tokenizer::load(kData / "llama3");
  EXPECT_EQ(render_chat(*tokenizer, {{"user", "Habari"}, {"assistant", "Nzuri"}}, true),
            "Habari\nNzuri\n");
}

TEST(ChatTest, TemplatesSeeWhatTransformersGives) {
  const auto tokenizer = with_template(
      "{{ bos_token }}{{ eos_token }}{{ pad_token is defined }}{{ tools is none }}"
      "{{ documents is none }}{{ add_generation_prompt }}{{ messages[0].extra.x }}{{ more }}");
  Conversation conversation;
  conversation.messages.emplace_back(Json{{"role", "user"}, {"extra", {{"x", 3}}}});
  conversation.arguments = {{"more", "m"}, {"bos_token", "B"}};
  EXPECT_EQ(ChatTemplate(*tokenizer).render(conversation).bytes(),
            "B<|im_end|>FalseTrueTrueFalse3m");
  conversation.arguments = Json::object();
  EXPECT_EQ(ChatTemplate(*tokenizer).render(conversation).bytes(),
            "<|endoftext|><|im_end|>FalseTrueTrueFalse3");
}

TEST(ChatTest, NullMembersAreLeftOutAndReasoningHasItsNames) {
  const ChatTemplate keys("{{ messages[0]|list }}{{ messages[0].thinking }}");
  Conversation conversation;
  conversation.messages.emplace_back(
      Json{{"role", "assistant"}, {"content", nullptr}, {"reasoning", "r"}});
  EXPECT_EQ(keys.render(conversation).bytes(),
            "['thinking', 'role', 'reasoning', 'reasoning_content']r");
  conversation.keep_null = true;
  EXPECT_EQ(keys.render(conversation).bytes(),
            "['thinking', 'role', 'content', 'reasoning', 'reasoning_content']r");
  conversation.messages = {Message(Json{{"reasoning_content", nullptr},
                                        {"role", "assistant"},
                                        {"reasoning", "r"},
                                        {"thinking", nullptr}})};
  EXPECT_EQ(ChatTemplate("{{ messages }}").render(conversation).bytes(),
            "[{'thinking': None, 'reasoning_content': 'r', 'role': 'assistant', "
            "'reasoning': 'r'}]");
}

TEST(ChatTest, AnotherTemplateCanTakeTheModelsPlace) {
  const auto tokenizer = with_template("{{ broken");
  const ChatTemplate other(*tokenizer, "{{ eos_token }}{{ messages|length }}");
  Conversation conversation;
  conversation.messages = {{"user", "x"}};
  EXPECT_EQ(other.render(conversation).bytes(), "<|im_end|>1");
  expect_error(ErrorCode::kCorruptData, "ends inside a tag", [&] { ChatTemplate own(*tokenizer); });
}

TEST(ChatTest, TextIsMarkedWithItsMessage) {
  const ChatTemplate chatml{std::string(chatml_template())};
  Conversation conversation;
  conversation.messages = {{"user", "one"}, {"assistant", "two"}};
  const jinja::TracedText text = chatml.render(conversation);
  const auto source = [&](const char* part) { return text.source_at(text.bytes().find(part)); };
  EXPECT_EQ(source("one"), 1u);
  EXPECT_EQ(source("two"), 2u);
  EXPECT_EQ(source("<|im_start|>"), jinja::TracedText::kTemplate);
  EXPECT_EQ(source("assistant"), jinja::TracedText::kTemplate) << "roles are the template's";
}

TEST(ChatTest, MessagesAreObjects) {
  EXPECT_EQ(Message("user", "x").json(), (Json{{"role", "user"}, {"content", "x"}}));
  EXPECT_EQ(Message(Json{{"role", "user"}}).content(), "");
  EXPECT_EQ(Message(Json{{"role", "user"},
                         {"content", Json::array({{{"type", "text"}, {"text", "a"}},
                                                  {{"type", "image"}},
                                                  {{"type", "text"}, {"text", "b"}}})}})
                .content(),
            "ab");
  for (const Json& bad : {Json("x"), Json::object(), Json{{"role", 1}}}) {
    EXPECT_THROW(Message{bad}, Error) << bad;
  }
}

TEST(ChatTest, TemplatesAreReadFromFilesOrGivenAsText) {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "t.jinja", "{{ x }}\n");
  EXPECT_EQ(read_chat_template((folder.path() / "t.jinja").string()), "{{ x }}\n");
  EXPECT_EQ(read_chat_template("{% if x %}{% endif %}"), "{% if x %}{% endif %}");
  expect_error(ErrorCode::kNotFound, "missing.jinja", [] { read_chat_template("missing.jinja"); });
}

}  // namespace
}  // namespace fundi::text
