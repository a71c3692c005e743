#include "serve/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fundi::serve {
namespace {

struct Whole {
  std::string reasoning, content;
  std::vector<std::string> calls;  // "id name arguments"
  bool operator==(const Whole&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Whole& whole) {
  out << "reasoning '" << whole.reasoning << "' content '" << whole.content << "' calls";
  for (const std::string& call : whole.calls) out << " [" << call << "]";
  return out;
}

// The answer in pieces of so many bytes; no piece may show a part of a tag.
Whole parse(const std::string& text, const AnswerOptions& options, size_t size) {
  int calls = 0;
  AnswerParser parser(options, [&] { return "id" + std::to_string(++calls); });
  Whole whole;
  const auto add = [&](const AnswerPiece& piece) {
    whole.reasoning += piece.reasoning;
    whole.content += piece.content;
    for (const ToolCall& call : piece.calls) {
      whole.calls.push_back(call.id + " " + call.name + " " + call.arguments);
    }
  };
  for (size_t i = 0; i < text.size(); i += size) add(parser.push(text.substr(i, size)));
  add(parser.finish());
  EXPECT_EQ(parser.called(), !whole.calls.empty());
  return whole;
}

void expect_parse(const std::string& text, const AnswerOptions& options, const Whole& expected) {
  for (size_t size = 1; size <= text.size() + 1; ++size) {
    ASSERT_EQ(parse(text, options, size), expected) << text << " in pieces of " << size;
  }
}

AnswerOptions thinking(const char* prompt = "") {
  return {.reasoning = ReasoningFormat::kDeepseek, .opened = opened_reasoning(prompt)};
}

AnswerOptions calling(const char* format) {
  for (const ToolFormat& known : all_tool_formats()) {
    if (known.name == format) return {.tools = &known};
  }
  return {};
}

TEST(Reasoning, IsToldApart) {
  expect_parse("<think>\nHm.\n</think>\n\nNdiyo.\n", thinking(), {"Hm.", "Ndiyo.\n", {}});
  expect_parse("Hm. </think> Ndiyo.", thinking("<think>\n"), {"Hm.", "Ndiyo.", {}});
  expect_parse(" [THINK]a\n\nb[/THINK]c", thinking(), {"a\n\nb", "c", {}});
  expect_parse("Ndiyo.", thinking(), {"", "Ndiyo.", {}});
  expect_parse("  <b> Ndiyo", thinking(), {"", "  <b> Ndiyo", {}});
  expect_parse("<thi", thinking(), {"", "<thi", {}});
  expect_parse("x <think>y</think>", thinking(), {"", "x <think>y</think>", {}});
  expect_parse("", thinking(), {"", "", {}});
  expect_parse("", thinking("<think>"), {"", "", {}});
  expect_parse("\n", thinking("<think>"), {"", "", {}});
  expect_parse("Hm. It goes on </thin", thinking("<think>"), {"Hm. It goes on </thin", "", {}});
  expect_parse("<think></think>x", thinking(), {"", "x", {}});
  expect_parse("a</think>b</think>c", thinking("<think>"), {"a", "b</think>c", {}});
}

TEST(Reasoning, StaysWhereItIsWithoutAFormat) {
  expect_parse("<think>\nHm.\n</think>\n\nNdiyo.", {},
               {"", "<think>\nHm.\n</think>\n\nNdiyo.", {}});
}

TEST(Reasoning, IsGivenOutAsSoonAsItIsCertain) {
  AnswerParser parser(thinking("<think>"), {});
  EXPECT_EQ(parser.push("\nHabari ").reasoning, "Habari");
  EXPECT_EQ(parser.push("ya <").reasoning, " ya");
  EXPECT_EQ(parser.push("/think> ").reasoning, "");
  EXPECT_EQ(parser.push("a").content, "a");
  EXPECT_EQ(parser.push(" ").content, " ");
}

TEST(Reasoning, PromptsOpenIt) {
  EXPECT_NE(opened_reasoning("x<think>"), nullptr);
  EXPECT_NE(opened_reasoning("x<think>\n\n"), nullptr);
  EXPECT_EQ(opened_reasoning("x<think></think>"), nullptr);
  EXPECT_EQ(opened_reasoning(""), nullptr);
}

TEST(ToolCalls, Hermes) {
  const AnswerOptions options = calling("hermes");
  const std::string call =
      "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": \"</b> é\"}}\n</tool_call>";
  expect_parse(call, options, {"", "", {"id1 f {\"x\":\"</b> é\"}"}});
  expect_parse("Sawa.\n\n" + call + "\n" + call + "\n", options,
               {"", "Sawa.", {"id1 f {\"x\":\"</b> é\"}", "id2 f {\"x\":\"</b> é\"}"}});
  expect_parse("<tool_call>{\"name\": \"f\"}</tool_call> x", options, {"", "x", {"id1 f {}"}});
  // The arguments as text, and no end.
  expect_parse("<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"x\\\": 1}\"}", options,
               {"", "", {"id1 f {\"x\": 1}"}});
  // What is no call stays text.
  for (const std::string text :
       {"<tool_call>{\"name\": \"f\", \"arguments\": {\"x\": 1</tool_call>", "<tool_call>",
        "<tool_call>[]</tool_call>", "a <tool_", "a < b\n", "<tool_call>{\"name\": 1}</tool_call>",
        "<tool_call>{\"name\": \"f\", \"arguments\": 5}</tool_call>"}) {
    expect_parse(text, options, {"", text, {}});
  }
  expect_parse("<tool_call>x</tool_call>" + call, options,
               {"", "<tool_call>x</tool_call>", {"id1 f {\"x\":\"</b> é\"}"}});
}

TEST(ToolCalls, HermesBehindReasoning) {
  AnswerOptions options = calling("hermes");
  options.reasoning = ReasoningFormat::kDeepseek;
  expect_parse(
      "<think>\nI may <tool_call> it.\n</think>\n\n<tool_call>{\"name\": \"f\"}</tool_call>",
      options, {"I may <tool_call> it.", "", {"id1 f {}"}});
}

TEST(ToolCalls, Llama3) {
  const AnswerOptions options = calling("llama3");
  const std::string call = "{\"name\": \"f\", \"parameters\": {\"x\": \"}\\\"\"}}";
  expect_parse(call, options, {"", "", {"id1 f {\"x\":\"}\\\"\"}"}});
  expect_parse("\n" + call + "; " + call, options,
               {"", "", {"id1 f {\"x\":\"}\\\"\"}", "id2 f {\"x\":\"}\\\"\"}"}});
  expect_parse("<|python_tag|>" + call, options, {"", "", {"id1 f {\"x\":\"}\\\"\"}"}});
  expect_parse("<|python_tag|>search.call(query=\"a, (b)\", n=2)", options,
               {"", "", {"id1 search {\"query\":\"a, (b)\",\"n\":2}"}});
  expect_parse("<|python_tag|>now.call()", options, {"", "", {"id1 now {}"}});
  for (const std::string text :
       {"{\"a\": 1}", "{", "Sawa {\"name\": \"f\", \"parameters\": {}}", "<|python_tag|>print(1)",
        "<|python_tag|>f.call(x=", "<|python_tag|>f.call(x)",
        "{\"name\": \"f\", \"parameters\": 3}", "<|pyth", "{}"}) {
    expect_parse(text, options, {"", text, {}});
  }
}

TEST(ToolCalls, DeepSeek) {
  const AnswerOptions options = calling("deepseek");
  const std::string begin = "<｜tool▁call▁begin｜>", sep = "<｜tool▁sep｜>",
                    end = "<｜tool▁call▁end｜>";
  const std::string call = begin + "function" + sep + "f\n```json\n{\"x\": \"``\"}\n```" + end;
  expect_parse("Sawa. <｜tool▁calls▁begin｜>" + call + "\n" + call + "<｜tool▁calls▁end｜>",
               options, {"", "Sawa.", {"id1 f {\"x\":\"``\"}", "id2 f {\"x\":\"``\"}"}});
  expect_parse("<｜tool▁calls▁begin｜>" + begin + "f" + sep + "{\"x\": 1}" + end, options,
               {"", "", {"id1 f {\"x\":1}"}});
  expect_parse(begin + "f" + sep + "{\"x\": 1}", options, {"", "", {"id1 f {\"x\":1}"}});
  for (const std::string& text :
       {begin + "f" + sep + "{x}" + end, begin + end, begin + sep + "{}" + end,
        begin + "f" + sep + "f\n```json\n```" + end, begin}) {
    expect_parse(text, options, {"", text, {}});
  }
}

TEST(ToolCalls, Mistral) {
  const AnswerOptions options = calling("mistral");
  expect_parse("[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {\"x\": \"]\"}}, {\"name\": \"g\"}]",
               options, {"", "", {"id1 f {\"x\":\"]\"}", "id2 g {}"}});
  expect_parse("Sawa[TOOL_CALLS]f[ARGS]{\"x\": 1}[TOOL_CALLS]g[CALL_ID]1[ARGS]{}", options,
               {"", "Sawa", {"id1 f {\"x\":1}", "id2 g {}"}});
  for (const std::string text :
       {"[TOOL_CALLS]", "[TOOL_CALLS]f[ARGS]", "[TOOL_CALLS][1]", "[TOOL_C",
        "[TOOL_CALLS][{\"name\": \"f\"", "[TOOL_CALLS]f[ARGS]{x}"}) {
    expect_parse(text, options, {"", text, {}});
  }
}

TEST(ToolCalls, OnlyTheFirstWhereOneIsWanted) {
  AnswerOptions options = calling("hermes");
  options.one_call = true;
  const std::string call = "<tool_call>{\"name\": \"f\"}</tool_call>";
  expect_parse(call + call, options, {"", "", {"id1 f {}"}});
}

TEST(ToolCalls, FormatsAreThoseOfTemplates) {
  const auto name = [](const char* source) {
    const ToolFormat* format = tool_format_of(source);
    return format ? format->name : "none";
  };
  EXPECT_EQ(name("... '<tool_call>\\n{\"name\": ' ..."), "hermes");
  EXPECT_EQ(name("... '<|start_header_id|>' ... message.tool_calls ..."), "llama3");
  EXPECT_EQ(name("... \"<|python_tag|>\" ..."), "llama3");
  EXPECT_EQ(name("... '<｜tool▁call▁begin｜>' ..."), "deepseek");
  EXPECT_EQ(name("... \"[TOOL_CALLS]\" ..."), "mistral");
  EXPECT_EQ(name("{{ tools }}"), "none");
}

}  // namespace
}  // namespace fundi::serve
