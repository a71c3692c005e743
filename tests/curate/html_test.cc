#include "curate/extract/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "base/files.h"
#include "base/text.h"
#include "curate/extract/html_entities.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Extracted extract(std::string_view page, bool main_content) {
  const Result<Extracted> result = extract_html(page, {.main_content = main_content});
  EXPECT_TRUE(result.ok()) << result.error().what();
  return result.ok() ? result.value() : Extracted{};
}
std::string all_text(std::string_view page) { return extract(page, false).text; }
std::string main_text(std::string_view page) { return extract(page, true).text; }

std::string repeated(std::string_view piece, size_t times) {
  std::string out;
  out.reserve(piece.size() * times);
  for (size_t i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(Html, ParagraphsAndHeadingsStandApart) {
  EXPECT_EQ(all_text("<h1>Head</h1>\n<p>One\n two</p><p>Three<div>four</div><div>five</div>"),
            "Head\n\nOne two\n\nThree\n\nfour\nfive");
}

TEST(Html, FoldsWhiteSpaceButKeepsItBetweenInlineElements) {
  EXPECT_EQ(all_text("<p>  a\t<b> b </b>\n<i>c</i>d&nbsp;&nbsp;e\u00A0f \x01g  </p> "),
            "a b cd e f g");
  EXPECT_EQ(all_text("<span>a</span> <span class=x>b</span><span>c</span>"), "a bc");
}

TEST(Html, MojibakeIsMendedBeforeNoBreakSpacesAreFolded) {
  const Extracted page = extract("<title>OlÃ¡</title><p>Ele foi Ã\u00A0 casa; vocÃªs nÃ£o.", true);
  EXPECT_EQ(page.text, "Ele foi à casa; vocês não.");
  EXPECT_EQ(page.title, "Olá");
  EXPECT_EQ(page.repaired, 1);
  EXPECT_EQ(all_text("<p>A MANHÃ\u00A0BOA, été\u00A0!</p>"), "A MANHÃ BOA, été !");
}

TEST(Html, LineBreaks) {
  EXPECT_EQ(all_text("a<br>b<br/><br>c<BR><br><br><br>d</br>e"), "a\nb\n\nc\n\nd\ne");
}

TEST(Html, CodeIsVerbatim) {
  EXPECT_EQ(all_text("<p>x<pre>\n\n  if (a &lt; b) {\r\n\n\t<b>f</b>();\n  }\n\n</pre>y"),
            "x\n\n  if (a < b) {\n\n\tf();\n  }\n\ny");
  EXPECT_EQ(all_text("<pre><div>a</div><div>  b</div></pre>"), "a\n  b");
}

TEST(Html, Lists) {
  EXPECT_EQ(all_text("<p>x<ul><li>a<li><p>b</p><p>c</p></li><li></li><li>d<ol><li>e</ol></ul>y"),
            "x\n\n- a\n- b\nc\n- d\n  - e\n\ny");
}

TEST(Html, DefinitionLists) {
  EXPECT_EQ(all_text("<dl><dt>T<dd>one<dt>U<dt>V<dd><p>two</p><p>three</dl>z"),
            "T\none\n\nU\nV\n\ntwo\n\nthree\n\nz");
}

TEST(Html, TablesOfData) {
  EXPECT_EQ(all_text("<table><caption>C</caption><tr><th>A<th>B<th>C<tr><td>1<td><td><p>3 <br>4"
                     "<tr><td><td>5<tr><td> <td></table>z"),
            "C\nA | B | C\n1 | | 3 4\n| 5\n\nz");
}

TEST(Html, TablesForLayoutAreNoTables) {
  EXPECT_EQ(all_text("<table><tr><td>menu<td><h2>Head</h2><p>text</p><table><tr><td>1<td>2</table>"
                     "</table>"),
            "menu\n\nHead\n\ntext\n\n1 | 2");
}

TEST(Html, WhatABrowserHidesIsLeftOut) {
  EXPECT_EQ(
      all_text("<head><style>p{}</style><title>t</title></head>a<script>if(a<b)'</p>'</script>"
               "<noscript>n</noscript><template><p>t</template><p hidden>h</p>"
               "<p style='color:red; DISPLAY : none'>d</p><i aria-hidden=true>*</i>"
               "<select><option>o</select><svg><title>s</title><text>v</text></svg>"
               "<iframe>f</iframe><textarea>x</textarea><!-- c --><?p?><![CDATA[d]]>b"),
      "ab");
}

TEST(Html, ClosesWhatPagesLeaveOpen) {
  EXPECT_EQ(all_text("<table><tr><td>a<div><b>b<td>c</table><ul><li><a href=x>d<li>e</ul>f"),
            "a b | c\n\n- d\n- e\n\nf");
  EXPECT_EQ(all_text("<p>a<b>b<p>c</b>d</i></div></p>e<h2>f</h3>g"), "ab\n\ncd\n\ne\n\nf\n\ng");
  EXPECT_EQ(all_text("a<b<c> d < e <> </> <3 &"), "a d < e <> <3 &");
  EXPECT_EQ(all_text("<p>a<a href=\"unclosed>b</p>c"), "a");
  EXPECT_EQ(all_text(""), "");
}

TEST(Html, EmptyElementsOfXhtml) {
  EXPECT_EQ(all_text("<title/><script src='x'/><div/><a id='y'/><p/>text<br/>more"), "text\nmore");
}

TEST(Html, References) {
  EXPECT_EQ(all_text("&lt;&amp;&AMP;&copy&copy2 &notit; &NotEqualTilde; &#65;&#x42;&#X43 &#128; "
                     "&#0;&#xD800;&#99999999999; &bogus; &; &# &#x; &#xg"),
            "<&&©©2 ¬it; ≂̸ ABC € \uFFFD\uFFFD\uFFFD &bogus; &; &# &#x; &#xg");
  EXPECT_EQ(extract("<meta property=og:title content='a&copy=b&amp;c&copy;'>", false).title,
            "a&copy=b&c©");
}

// All of the standard's names, with and without semicolon: FNV-1a of "name TAB text NEWLINE" in the
// order of the names, as Python's html.entities.html5 gives it.
TEST(Html, KnowsEveryNamedReference) {
  std::set<std::string> names;
  for (const std::string& word : split(html::kEntityNames, ' ')) {
    if (!word.empty()) names.insert(word.substr(0, word.find('=')) + ";");
  }
  for (const std::string& word : split(html::kEntitiesWithoutSemicolon, ' ')) {
    if (!word.empty()) names.insert(word);
  }
  EXPECT_EQ(names.size(), 2231u);
  uint64_t hash = 0xcbf29ce484222325u;
  for (const std::string& name : names) {
    std::string line = name + '\t';
    html::append_decoded("&" + name, false, line);
    for (const char c : line + '\n') {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
  }
  EXPECT_EQ(hash, 0x4e9c34f31d119a1au);
}

TEST(Html, TitleAndLanguage) {
  const std::string head = "<html LANG=' pt_BR '><title> A\n&amp; B </title>";
  EXPECT_EQ(extract(head + "<h1>C</h1>", true).title, "A & B");
  EXPECT_EQ(extract(head, true).language, "pt-BR");
  EXPECT_EQ(extract(head + "<meta property=og:title content=D>", true).title, "D");
  EXPECT_EQ(extract("<h1><b>C</b> d</h1><h1>E</h1>", true).title, "C d");
  EXPECT_EQ(extract("<svg><title>S</title></svg>", true).title, "");
  EXPECT_EQ(extract("<html xml:lang=sw><p>x", true).language, "sw");
  EXPECT_EQ(extract("<html lang='no language!'>", true).language, "");
}

TEST(Html, MainContentOfPagesOfManyLayouts) {
  size_t pages = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(FUNDI_TEST_DATA) / "html")) {
    if (entry.path().extension() != ".html") continue;
    fs::path gold = entry.path();
    gold.replace_extension(".txt");
    const std::string page = read_file(entry.path());
    EXPECT_EQ(main_text(page), trim(read_file(gold))) << entry.path();
    EXPECT_GT(all_text(page).size(), main_text(page).size()) << entry.path();
    ++pages;
  }
  EXPECT_GE(pages, 12u);
}

TEST(Html, ClutterThatHoldsNearlyAllTextIsContent) {
  const std::string prose = "<p>" + repeated("Words of the page itself, and many. ", 8) + "</p>";
  EXPECT_THAT(main_text("<body class='nav-open'><div class=sidebar>" + prose + prose + "</div>"),
              HasSubstr("Words of the page"));
  EXPECT_THAT(main_text("<form><div>" + prose + "</div></form>"), HasSubstr("Words of the page"));
  EXPECT_THAT(main_text("<div id=comments>" + prose + prose + "</div>"), HasSubstr("Words of"));
}

TEST(Html, PagesThatAreListsOfLinksStayLists) {
  EXPECT_EQ(main_text("<h1>Index</h1><ul><li><a href=a>Alpha</a><li><a href=b>Beta</a></ul>"),
            "Index\n\n- Alpha\n- Beta");
}

TEST(Html, HeadingsWithoutTextGo) {
  const std::string prose = repeated("Enough words for a paragraph here. ", 8);
  const std::string text = main_text("<h1>T</h1><p>" + prose +
                                     "<h2>See also</h2><ul><li><a href=x>"
                                     "Other page</a></ul><h2>More</h2><p>" +
                                     prose + "<h2>Last</h2>");
  EXPECT_THAT(text, HasSubstr("More"));
  EXPECT_THAT(text, Not(HasSubstr("See also")));
  EXPECT_THAT(text, Not(HasSubstr("Last")));
}

TEST(Html, TooMuchTextIsRefused) {
  const std::string page = "<p>" + repeated("word ", 1000);
  const Result<Extracted> result = extract_html(page, {.max_text = 4000});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kCorruptData);
  EXPECT_TRUE(extract_html(page, {.max_text = 5000}).ok());
}

TEST(Html, TextBelowTheDeepestElementIsKept) {
  const std::string page =
      repeated("<div>", 100'000) + "deep" + repeated("</div>", 100'000) + "<p>after</p><p>that</p>";
  EXPECT_EQ(all_text(page), "deep\n\nafter\n\nthat");
}

TEST(Html, BombsEndSoon) {
  const std::string bombs[] = {
      repeated("<div>", 1'000'000),
      repeated("<div>", 600) + repeated("<li>", 500'000),
      repeated("<table><tr><td>", 200'000),
      repeated("<ul><li>x", 200'000),
      repeated("<div>", 511) + repeated("</p></span></li></td>", 100'000),
      repeated("<title>", 500'000),
      repeated("<!--", 1'000'000),
      repeated("<!-->", 500'000),
      repeated("<script>", 500'000),
      repeated("<a href=\"x", 300'000),
      repeated("&CounterClockwiseContourIntegral;&", 100'000),
      "<p class='" + repeated("a-b ", 5'000'000) + "'>x",
      "<p " + repeated("a=b ", 2'000'000) + ">x",
      "<title>b</title>" + repeated("<h1><div>a", 100'000),
      repeated("<", 5'000'000),
      std::string(5'000'000, '\0'),
  };
  for (const std::string& bomb : bombs) {
    for (const bool main_content : {false, true}) {
      const auto start = std::chrono::steady_clock::now();
      EXPECT_TRUE(extract_html(bomb, {.main_content = main_content}).ok()) << bomb.substr(0, 40);
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      EXPECT_LT(took.count(), 20) << bomb.substr(0, 40);  // tenths of a second without sanitizers
    }
  }
}

TEST(Html, TooManyElementsAreRefused) {
  const Result<Extracted> result = extract_html(repeated("<br>", 4'100'000), {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), ErrorCode::kCorruptData);
}

TEST(Html, DeclaredCharset) {
  EXPECT_EQ(declared_charset("<META charset = 'ISO-8859-2' >"), "iso-8859-2");
  EXPECT_EQ(declared_charset("<meta http-equiv=Content-Type content='text/html; charset=Big5'>"),
            "big5");
  EXPECT_EQ(declared_charset("<meta content='text/html; charset = \"koi8-r\" ;' http-equiv="
                             "'content-type'>"),
            "koi8-r");
  EXPECT_EQ(declared_charset("<?xml version='1.0' encoding='windows-1251'?><html>"),
            "windows-1251");
  EXPECT_EQ(declared_charset("<!-- <meta charset=x> --><meta name=a content='charset=y'>"), "");
  EXPECT_EQ(declared_charset("<title><meta charset=x></title><meta charset=utf-16le>"), "utf-8");
  EXPECT_EQ(declared_charset("<meta charset='"), "");
  EXPECT_EQ(declared_charset(repeated(" ", 5000) + "<meta charset=x>"), "");
}

}  // namespace
}  // namespace fundi::curate
