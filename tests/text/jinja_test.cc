#include "text/jinja/template.h"

#include <gmock/gmock.h>

#include "tests/text/text_testing.h"
#include "text/jinja/json_text.h"

namespace fundi::text::jinja {
namespace {

using testing::HasSubstr;

TracedText render(const std::string& source, const Json& variables = Json::object(),
                  const RenderOptions& options = {}, uint32_t from = TracedText::kTemplate) {
  const Template parsed(source);
  return parsed.render(
      [&](Heap& heap) {
        Template::Variables out;
        for (const auto& [name, value] : variables.items()) {
          out.emplace_back(name, from_json(heap, value, from));
        }
        return out;
      },
      options);
}

// The message of the error a template gives, and its code.
std::string refusal(const std::string& source, ErrorCode* code = nullptr,
                    const RenderOptions& options = {}) {
  try {
    (void)render(source, Json::object(), options);
  } catch (const Error& e) {
    if (code) *code = e.code();
    return e.what();
  }
  return "rendered";
}

TEST(JinjaTest, FeaturesAreJinjas) {
  const Json fixture = read_json(kData / "jinja.json");
  Json variables = fixture["variables"];
  // As transformers sets them for every template.
  variables["messages"] = Json::array();
  variables["tools"] = nullptr;
  variables["documents"] = nullptr;
  variables["add_generation_prompt"] = false;
  ASSERT_GT(fixture["cases"].size(), 100u);
  for (const Json& test : fixture["cases"]) {
    const std::string source = test["template"];
    if (test.contains("refused")) {
      EXPECT_THROW(render(source, variables), Error) << source;
      continue;
    }
    try {
      EXPECT_EQ(render(source, variables).bytes(), test["text"].get<std::string>()) << source;
    } catch (const Error& e) {
      ADD_FAILURE() << source << ": " << e.what();
    }
  }
}

TEST(JinjaTest, IsParsedOnceAndRenderedManyTimes) {
  const Template parsed("{% set ns = namespace(n=x) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}");
  for (int64_t i = 0; i < 3; ++i) {
    const auto text = parsed.render(
        [&](Heap&) {
          return Template::Variables{{"x", Value(i)}};
        },
        RenderOptions{});
    EXPECT_EQ(text.bytes(), std::to_string(i + 1));
  }
}

TEST(JinjaTest, TellsTheTimeItIsGiven) {
  RenderOptions options;
  options.now.tm_year = 124;
  options.now.tm_mon = 6;
  options.now.tm_mday = 26;
  EXPECT_EQ(render("{{ strftime_now('%d %b %Y') }}{{ strftime_now('') }}", Json::object(), options)
                .bytes(),
            "26 Jul 2024");
}

TEST(JinjaTest, ErrorsNameTheLine) {
  ErrorCode code = ErrorCode::kInternal;
  EXPECT_EQ(refusal("a\n\n{{ x.y }}", &code), "chat template, line 3: 'x' is undefined");
  EXPECT_EQ(code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refusal("{{ raise_exception('roles must alternate') }}", &code),
              HasSubstr("roles must alternate"));
  EXPECT_EQ(code, ErrorCode::kInvalidArgument);
  EXPECT_LT(refusal("{{ raise_exception('é' * 100000) }}").size(), 3000u);
  EXPECT_LT(refusal("{{ x." + std::string(100000, 'y') + ".z }}").size(), 3000u);
  EXPECT_THAT(refusal("\n{% if x %}", &code), HasSubstr("line 2"));
  EXPECT_EQ(code, ErrorCode::kCorruptData);
  EXPECT_THAT(refusal("{% include 'x' %}", &code), HasSubstr("no tag 'include'"));
  EXPECT_EQ(code, ErrorCode::kUnsupported);
  EXPECT_THAT(refusal("{{ 1|shout }}", &code), HasSubstr("no filter 'shout'"));
  EXPECT_EQ(code, ErrorCode::kUnsupported);
  EXPECT_THAT(refusal("{{ '\xff' }}", &code), HasSubstr("UTF-8"));
  EXPECT_EQ(code, ErrorCode::kCorruptData);
}

TEST(JinjaTest, UnknownFiltersMatterWhereTheyAreUsed) {
  EXPECT_EQ(render("{% if false %}{{ 1|shout }}{% endif %}ok").bytes(), "ok");
}

// Every one of these would take forever, fill the memory or overflow the stack.
TEST(JinjaTest, HostileTemplatesEndInAnError) {
  const auto nested = [](int depth, const std::string& open, const std::string& close) {
    std::string out;
    for (int i = 0; i < depth; ++i) out += open;
    for (int i = 0; i < depth; ++i) out += close;
    return out;
  };
  const std::string many = "{% for i in range(100000) %}";
  std::string variables, parameters;
  for (int i = 0; i < 2000; ++i) {
    variables += fmt::format("{{% set variable{} = 1 %}}", i);
    parameters += fmt::format("{}p{}", i == 0 ? "" : ",", i);
  }
  const std::string long_list = "{% set l = [0] * 400000 %}" + many;
  const std::vector<std::string> sources = {
      many + many + "{% endfor %}{% endfor %}",
      "{% set s = 'x' * 1000000 %}" + many + "{{ s|wordcount }}{% endfor %}",
      "{% set s = 'x' * 1000000 %}" + many + "{{ s|int }}{{ s is sequence }}{% endfor %}",
      "{% set s = 'é' * 1000000 %}" + many + "{{ (s|upper)[0] }}{% endfor %}",
      "{% set s = 'x' * 1000000 %}" + many + "{{ (s|tojson)[0] }}{% endfor %}",
      "{% set s = 'x' * 1000000 %}" + many + "{{ ('a' * 999 ~ 'b') in s }}{% endfor %}",
      "{{ 'a' * 1000000000 }}",
      "{{ 'a' * 9223372036854775807 }}",
      "{{ [0] * 1000000000 }}",
      "{{ ('a' * 1000000)|replace('a', 'b' * 1000000) }}",
      "{{ ('a' * 1000000)|replace('', 'b' * 1000) }}",
      "{{ ('a' * 50000000)|list }}",
      "{{ ('a ' * 20000000).split() }}",
      "{{ '%1000000000d' % 1 }}",
      "{{ '{:1000000000}'.format(1) }}",
      "{{ 'a'.center(10000000000) }}",
      "{{ 'a'|center(10000000000) }}",
      "{{ '1'.zfill(10000000000) }}",
      "{{ 'a\nb'|indent(1000000000000) }}",
      "{{ [1]|batch(10000000000, 0)|list }}",
      "{{ [1]|slice(10000000000)|list }}",
      "{{ range(1000000000) }}",
      "{{ range(0, 9223372036854775807, 1) }}",
      "{{ 9223372036854775807 + 1 }}",
      "{{ 10 ** 10 ** 10 }}",
      "{{ 99999999999999999999 }}",
      "{% set x = 'a' %}{% for i in range(100) %}{% set ns = namespace(x=x) %}{% endfor %}"
      "{% set ns = namespace(x='a') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}"
      "{% endfor %}",
      "{% set ns = namespace(x=[]) %}" + many + "{% set ns.x = [ns.x] %}{% endfor %}",
      "{% set ns = namespace(x=[1]) %}{% for i in range(64) %}{% set ns.x = [ns.x, ns.x] %}"
      "{% endfor %}{{ ns.x }}",
      "{% set ns = namespace(x=[1]) %}{% for i in range(64) %}{% set ns.x = [ns.x, ns.x] %}"
      "{% endfor %}{{ ns.x|tojson }}",
      "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(64) %}{% set ns.x = [ns.x, ns.x] %}"
      "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
      "{% set x %}" + many +
          "aaaaaaaaaa{% for j in range(1000) %}bbbbbbbbbb{% endfor %}{% endfor %}"
          "{% endset %}",
      std::string(2 << 20, ' '),
      nested(20000, "{{ (", ""),
      "{{ " + nested(20000, "[", "]") + " }}",
      "{{ " + nested(20000, "not ", "") + "1 }}",
      "{{ " + nested(20000, "-", "") + "1 }}",
      "{{ 1" + nested(20000, " + 1", "") + " }}",
      "{{ x" + nested(20000, ".y", "") + " }}",
      "{{ x" + nested(20000, "|trim", "") + " }}",
      "{{ x" + nested(20000, "()", "") + " }}",
      "{{ 1" + nested(20000, " if 1 else 1", "") + " }}",
      "{% set " + nested(20000, "(", ")") + " = 1 %}",
      nested(20000, "{% if 1 %}", "{% endif %}"),
      nested(20000, "{% for i in [1] %}", "{% endfor %}"),
      "{{ strftime_now('%1000000d') }}",
      "{{ 'a'|map(*(['map'] * 900))|list }}",
      "{{ 'a'|map(*(['map'] * 100000))|list }}",
      "{% macro m() %}{{ m(*([0] * 400000)) }}{% endmacro %}{{ m() }}",
      variables + many + "{{ nothing }}{% endfor %}",
      many + variables + "{% macro m() %}{% endmacro %}{% endfor %}",
      "{% macro m(" + parameters + ") %}{% endmacro %}" + many + "{{ m() }}{% endfor %}",
      long_list + "{{ l|sum }}{% endfor %}",
      long_list + "{{ l|select|first }}{% endfor %}",
      long_list + "{% for x in l %}{{ loop.length }}{% break %}{% endfor %}{% endfor %}",
      long_list + "{% for x in l if true %}{{ loop.length }}{% break %}{% endfor %}{% endfor %}",
      "{% set s = 'é' * 1000000 %}" + many + "{{ 'a'.strip(s) }}{% endfor %}",
      "{% set s = 'a' * 1000000 %}" + many + "{{ 'a'.rfind(s) }}{% endfor %}",
      "{% set s = 'a' * 1000000 %}" + many + "{{ 'a'.rsplit(s) }}{% endfor %}",
      "{% set ns = namespace(l=[]) %}" + many +
          "{% set ns.l = ns.l + ['a'.strip] * 1000 + ['a']|map(attribute='strip')|list %}{% endfor "
          "%}",
      "{% set ns = namespace(l=[]) %}" + many + "{% set ns.l = ns.l + [i." +
          std::string(100000, 'x') + "] + [i, i, i]|map(attribute='z')|list %}{% endfor %}",
      "{% for i in [[0]] recursive %}{{ loop([[0]]) }}{% endfor %}",
  };
  // Less than by default, to save time.
  const RenderOptions options{.limits = {.steps = 2'000'000, .bytes = 16 << 20}, .now = {}};
  for (const std::string& source : sources) {
    ErrorCode code = ErrorCode::kInternal;
    EXPECT_NE(refusal(source, &code, options), "rendered") << source.substr(0, 80);
    EXPECT_NE(code, ErrorCode::kInternal) << source.substr(0, 80);
  }
}

TEST(JinjaTest, CirclesAndLongChainsOfObjectsAreFreed) {
  // Under the address sanitizer this fails where something leaks or the stack overflows.
  EXPECT_EQ(render("{% set ns = namespace() %}{% set ns.self = ns %}{{ ns.self.self.x }}"
                   "{% set ns.list = [ns, {'ns': ns}] %}{{ ns.list|length }}")
                .bytes(),
            "2");
  EXPECT_EQ(render("{% set ns = namespace(x=0) %}{% for i in range(50000) %}"
                   "{% set ns.x = namespace(x=ns.x) %}{% endfor %}done")
                .bytes(),
            "done");
  EXPECT_EQ(render("{% set ns = namespace(m=0) %}{% for i in range(20000) %}{% set before = ns.m %}"
                   "{% macro m() %}{{ before }}{% endmacro %}{% set ns.m = m %}{% endfor %}done")
                .bytes(),
            "done");
  EXPECT_EQ(
      render("{% set ns = namespace(l=0) %}{% for i in [1] %}{% set ns.l = loop %}{% endfor %}"
             "{{ ns.l is defined }}")
          .bytes(),
      "True");
  EXPECT_THAT(refusal("{% set ns = namespace() %}{% for i in [1] %}{% set ns.l = loop %}"
                      "{{ loop.changed(loop) }}{% endfor %}{{ ns.l.changed(ns.l) }}"),
              HasSubstr("has ended"));
}

TEST(JinjaTest, LimitsAreTheCallers) {
  ErrorCode code = ErrorCode::kInternal;
  EXPECT_THAT(refusal("{% for i in range(1000) %}{{ i }}{% endfor %}", &code,
                      {.limits = {.steps = 100}, .now = {}}),
              HasSubstr("steps"));
  EXPECT_EQ(code, ErrorCode::kUnsupported);
  EXPECT_THAT(refusal("{{ 'a' * 2000000 }}", &code, {.limits = {.bytes = 1 << 20}, .now = {}}),
              HasSubstr("memory"));
}

TEST(TracedTextTest, KeepsItsRuns) {
  TracedText text("ab");
  text.append("cd", 7);
  text.append("ef", 7);
  text.append("");
  text.append("gh");
  using Run = TracedText::Run;
  EXPECT_THAT(text.runs(), testing::ElementsAre(Run{2, 0}, Run{6, 7}, Run{8, 0}));
  EXPECT_EQ(text.source_at(1), 0u);
  EXPECT_EQ(text.source_at(2), 7u);
  EXPECT_EQ(text.source_at(7), 0u);
  EXPECT_EQ(text.slice(3, 7).bytes(), "defg");
  EXPECT_THAT(text.slice(3, 7).runs(), testing::ElementsAre(Run{3, 7}, Run{4, 0}));
  EXPECT_TRUE(text.slice(0, 2).all_from_template());
  EXPECT_TRUE(text.slice(4, 4).empty());
  text.append(text.slice(6, 8));
  EXPECT_EQ(text.runs().size(), 3u);
}

// Whatever a template does with a text, its bytes stay marked, and no other byte is.
TEST(TracedTextTest, FollowsTextThroughTheLanguage) {
  const Json variables = {{"x", "<Ab é\n'c>"}, {"d", {{"k<", {"<v>", 1}}}}, {"l", {"<p", "q>"}}};
  for (const std::string source : {"{{ x }}",
                                   "[{{ x + '-' }}]",
                                   "{{ '-' ~ x ~ 1 }}",
                                   "{{ x|upper }}",
                                   "{{ x.lower() }}",
                                   "{{ x|title }}",
                                   "{{ x.title() }}",
                                   "{{ x|capitalize }}",
                                   "{{ x|trim('<') }}",
                                   "{{ x.split(' ')|join('+') }}",
                                   "{{ x|replace('b', '--') }}",
                                   "{{ '-<-'|replace('<', x) }}",
                                   "{{ x[2:5] }}",
                                   "{{ x[::-1] }}",
                                   "{{ x[1] }}",
                                   "{{ x|list|join('.') }}",
                                   "{{ x|tojson }}",
                                   "{{ x|tojson(ensure_ascii=true) }}",
                                   "{{ d|tojson(indent=2) }}",
                                   "{{ d }}",
                                   "{{ [x, d] }}",
                                   "{% for k, v in d.items() %}{{ k }}: {{ v }}{% endfor %}",
                                   "{{ '%s|%5s' % (x, x) }}",
                                   "{{ '{}|{:>12}'.format(x, x) }}",
                                   "{{ l|join }}",
                                   "{{ ', '.join(l) }}",
                                   "{{ x|indent }}",
                                   "{{ x|e }}",
                                   "{{ 'a'|safe + x }}",
                                   "{% set y %}({{ x }}){% endset %}{{ y * 2 }}",
                                   "{% macro m(v) %}<{{ v }}>{% endmacro %}{{ m(x) }}",
                                   "{{ x|center(20) }}",
                                   "{{ x.partition(' ')|join('/') }}",
                                   "{{ x.splitlines()|first }}",
                                   "{{ x|reverse }}",
                                   "{{ x|truncate(6, true) }}",
                                   "{{ x.zfill(12) }}",
                                   "{{ x|default('n') }}",
                                   "{% filter upper %}z{{ x }}{% endfilter %}",
                                   "{{ l|sort|last }}",
                                   "{{ l|first }}",
                                   "{{ x|urlencode }}",
                                   "{{ dict(**d) }}",
                                   "{% macro m() %}{{ kwargs }}{% endmacro %}{{ m(**d) }}",
                                   "{% set j = joiner(x) %}{{ j() }}{{ j() }}",
                                   "{% for v in [l] recursive %}{{ loop(v) if v is not string "
                                   "else v }}{% endfor %}"}) {
    const TracedText plain = render(source, variables);
    const TracedText traced = render(source, variables, {}, 5);
    EXPECT_EQ(traced.bytes(), plain.bytes()) << source;
    EXPECT_TRUE(plain.all_from_template());
    EXPECT_FALSE(traced.all_from_template()) << source;
    // The letters, brackets and quotes of the variables come in no other way.
    for (size_t i = 0; i < traced.size(); ++i) {
      if (std::string_view("AbcékvpqBCK").find(traced.bytes()[i]) == std::string_view::npos)
        continue;
      EXPECT_EQ(traced.source_at(i), 5u) << source << " at " << i << " of " << traced.bytes();
    }
  }
  EXPECT_EQ(render("<{{ x }}>", {{"x", "y"}}, {}, 5).source_at(0), 0u);
}

}  // namespace
}  // namespace fundi::text::jinja
