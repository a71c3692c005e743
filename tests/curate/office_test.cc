#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "curate/extract/extract.h"
#include "curate/extract/pdf.h"
#include "tests/curate/readers_testing.h"

namespace fundi::curate {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

std::string text_of(std::string_view bytes, ContentType type, const ExtractOptions& options = {}) {
  const Result<Extracted> out = extract(bytes, type, "", options);
  return out.ok() ? out.value().text : std::string("! ") + out.error().what();
}

std::string docx(const std::string& body) {
  return make_zip(
      {{"word/document.xml",
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"urn:w\" xmlns:mc=\"urn:mc\"><w:body>" + body +
            "</w:body></w:document>"},
       {"docProps/core.xml",
        "<c xmlns:dc=\"urn:dc\"><dc:title>Kilimo &amp; mazao</dc:title><dc:language>sw-KE"
        "</dc:language></c>"}});
}
std::string paragraph(const std::string& text, const std::string& properties = "") {
  return "<w:p><w:pPr><w:tabs><w:tab/></w:tabs>" + properties + "</w:pPr><w:r><w:t>" + text +
         "</w:t></w:r></w:p>";
}

TEST(Docx, ParagraphsListsAndTables) {
  const std::string item = "<w:numPr><w:ilvl w:val=\"0\"/></w:numPr>";
  const std::string bytes = docx(
      paragraph("Heading") +
      "<w:p><w:r><w:t xml:space=\"preserve\">two </w:t></w:r><w:r><w:t>runs &lt;</w:t>"
      "<w:tab/><w:t>tab</w:t><w:br/><w:t>line</w:t><w:delText>deleted</w:delText></w:r></w:p>" +
      paragraph("one", item) + paragraph("two", "<w:pStyle w:val=\"ListBullet\"/>") +
      "<w:tbl><w:tr><w:tc>" + paragraph("a") + paragraph("b") + "</w:tc><w:tc>" + paragraph("c") +
      "</w:tc></w:tr><w:tr><w:tc><w:tbl><w:tr><w:tc>" + paragraph("in") + "</w:tc><w:tc>" +
      paragraph("ner") + "</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>" +
      "<mc:AlternateContent><mc:Choice>" + paragraph("choice") + "</mc:Choice><mc:Fallback>" +
      paragraph("fallback") + "</mc:Fallback></mc:AlternateContent>");
  const Result<Extracted> out = extract(bytes, ContentType::kDocx, "", {});
  ASSERT_TRUE(out.ok()) << out.error().what();
  EXPECT_EQ(out.value().text,
            "Heading\n\ntwo runs < tab\nline\n\n- one\n- two\n\na b | c\nin ner\n\nchoice");
  EXPECT_EQ(out.value().title, "Kilimo & mazao");
  EXPECT_EQ(out.value().language, "sw-KE");
}

TEST(Docx, TheMainPartIsFoundByItsRelation) {
  const std::string bytes =
      make_zip({{"_rels/.rels",
                 "<Relationships><Relationship Type=\"http://x/officeDocument\" "
                 "Target=\"/word/document2.xml\"/>"
                 "</Relationships>"},
                {"word/document2.xml", "<d><p><t>found</t></p></d>"}});
  EXPECT_EQ(text_of(bytes, ContentType::kDocx), "found");
}

// A part with notes; those that Word draws itself say so by their type.
std::string notes_part(const std::string& kind, const std::string& text) {
  return "<w:" + kind + "s xmlns:w=\"urn:w\"><w:" + kind + " w:type=\"separator\" w:id=\"-1\">" +
         paragraph("line") + "</w:" + kind + "><w:" + kind +
         " w:type=\"continuationSeparator\" w:id=\"0\">" + paragraph("line") + "</w:" + kind +
         "><w:" + kind + " w:id=\"1\"><w:p><w:r><w:footnoteRef/><w:t> " + text +
         "</w:t></w:r></w:p></w:" + kind + "><w:" + kind + " w:type=\"normal\" w:id=\"2\">" +
         paragraph(text + " again") + "</w:" + kind + "></w:" + kind + "s>";
}
const std::string kNoted =
    "<d><p><r><t>text</t></r><r><footnoteReference/></r><r><t> goes on</t></r></p></d>";

TEST(Docx, NotesStandBehindTheText) {
  EXPECT_EQ(text_of(make_zip({{"word/endnotes.xml", notes_part("endnote", "end")},
                              {"word/footnotes.xml", notes_part("footnote", "foot")},
                              {"word/document.xml", kNoted}}),
                    ContentType::kDocx),
            "text goes on\n\nfoot\n\nfoot again\n\nend\n\nend again");
  EXPECT_EQ(text_of(make_zip({{"word/document.xml", kNoted},
                              {"word/_rels/document.xml.rels",
                               "<Relationships><Relationship Type=\"http://x/footnotes\" "
                               "Target=\"footnotes2.xml\"/><Relationship "
                               "Type=\"http://x/endnotes\" Target=\"/e.xml\"/></Relationships>"},
                              {"word/footnotes2.xml", notes_part("footnote", "foot")},
                              {"e.xml", notes_part("endnote", "end")}}),
                    ContentType::kDocx),
            "text goes on\n\nfoot\n\nfoot again\n\nend\n\nend again");
}

TEST(Docx, HostileNotes) {
  const auto with_notes = [](const std::string& notes) {
    return make_zip({{"word/document.xml", kNoted}, {"word/footnotes.xml", notes}});
  };
  EXPECT_THAT(text_of(with_notes("<w:footnotes><w:p>"), ContentType::kDocx),
              HasSubstr("'word/footnotes.xml': broken XML"));
  const std::string bomb = with_notes("<f><p><t>" + std::string(20'000'000, ' ') + "</t></p></f>");
  EXPECT_THAT(text_of(bomb, ContentType::kDocx, {.max_expansion = 10'000'000}),
              HasSubstr("unpacks to more than 10.0 MB"));
  EXPECT_THAT(text_of(bomb, ContentType::kDocx, {.max_text = 10'000'000}),
              HasSubstr("more than 10.0 MB of text"));
  std::string deep;
  for (int i = 0; i < 1'000; ++i) deep += "<w:p>";
  EXPECT_THAT(text_of(with_notes(deep), ContentType::kDocx), HasSubstr("nested deeper than 512"));
}

TEST(Docx, HostileArchives) {
  EXPECT_THAT(text_of("PK\3\4 garbage", ContentType::kDocx), HasSubstr("no zip archive"));
  EXPECT_THAT(text_of("", ContentType::kDocx), HasSubstr("no zip archive"));
  EXPECT_THAT(text_of(std::string("\xD0\xCF\x11\xE0\0\0", 6), ContentType::kDocx),
              HasSubstr("encrypted"));
  EXPECT_THAT(text_of(make_zip({{"a", "b"}}), ContentType::kDocx), HasSubstr("word/document.xml"));
  EXPECT_THAT(text_of(docx("<w:p><w:t>open"), ContentType::kDocx), HasSubstr("broken XML"));
  std::string damaged = docx(paragraph(std::string(500, 'x') + "abcdefgh"));
  damaged[60] ^= 0x55;
  EXPECT_THAT(text_of(damaged, ContentType::kDocx), HasSubstr("! "));

  // 100 MB of spaces pack to 100 KB.
  const std::string bomb = docx("<w:p><w:t>" + std::string(100'000'000, ' ') + "</w:t></w:p>");
  EXPECT_LT(bomb.size(), 1'000'000u);
  EXPECT_THAT(text_of(bomb, ContentType::kDocx, {.max_expansion = 10'000'000}),
              HasSubstr("unpacks to more than 10.0 MB"));
  EXPECT_THAT(text_of(bomb, ContentType::kDocx), HasSubstr("more than 64.0 MB of text"));

  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<w:p>";
  EXPECT_THAT(text_of(docx(deep), ContentType::kDocx), HasSubstr("nested deeper than 512"));
}

TEST(Docx, EntitiesAreNotExpandedNorFetched) {
  const TestFolder folder;
  const fs::path secret = folder.write("secret", "SECRET");
  std::string laughs = "<!ENTITY a0 \"ha\">";
  for (int i = 1; i < 30; ++i) {
    laughs += fmt::format("<!ENTITY a{} \"&a{};&a{};&a{};&a{};\">", i, i - 1, i - 1, i - 1, i - 1);
  }
  const auto with_doctype = [&](const std::string& declarations, const std::string& text) {
    return make_zip({{"word/document.xml",
                      "<!DOCTYPE d [" + declarations + "]><d><p><t>" + text + "</t></p></d>"}});
  };
  EXPECT_THAT(text_of(with_doctype(laughs, "x&a29;y"), ContentType::kDocx),
              AnyOf("xy", HasSubstr("broken XML")));
  const std::string external = "<!ENTITY x SYSTEM \"file://" + secret.string() + "\">";
  const std::string leaked = text_of(with_doctype(external, "x&x;y"), ContentType::kDocx);
  EXPECT_EQ(leaked.find("SECRET"), leaked.npos);
  EXPECT_THAT(leaked, AnyOf("xy", HasSubstr("broken XML")));
}

TEST(Odt, ParagraphsListsTablesAndWhatIsNotText) {
  const std::string bytes = make_zip(
      {{"content.xml",
        "<office:document-content xmlns:office=\"o\" xmlns:text=\"t\" "
        "xmlns:table=\"b\"><office:body>"
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        "<text:h>Heading</text:h>\n<text:p>a<text:s text:c=\"3\"/>b<text:line-break/>c\nd"
        "<office:annotation><text:p>remark</text:p></office:annotation>"
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>foot</text:p>"
        "<text:p>more</text:p></text:note-body></text:note> e</text:p>"
        "<text:list><text:list-item><text:p>one</text:p></"
        "text:list-item><text:list-item><text:p>two"
        "</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell>"
        "<table:table-cell><text:p>y<text:note><text:note-body><text:p>cell</text:p></"
        "text:note-body>"
        "</text:note></text:p></table:table-cell></table:table-row></table:table>"
        "</office:body></office:document-content>"},
       {"meta.xml", "<m xmlns:dc=\"urn:dc\"><dc:title> T </dc:title></m>"}});
  const Result<Extracted> out = extract(bytes, ContentType::kOdt, "", {});
  ASSERT_TRUE(out.ok()) << out.error().what();
  EXPECT_EQ(out.value().text,
            "Heading\n\na b\nc d e\n\n- one\n- two\n\nx | y\n\nfoot\n\nmore\n\ncell");
  EXPECT_EQ(out.value().title, "T");
  EXPECT_THAT(text_of(make_zip({{"META-INF/manifest.xml", "<manifest:encryption-data/>"},
                                {"content.xml", "\x01\x02"}}),
                      ContentType::kOdt),
              HasSubstr("encrypted"));
}

TEST(Odt, NotesCountTowardsTheLimit) {
  const std::string half(600'000, 'x');
  const std::string bytes =
      make_zip({{"content.xml", "<b><p>" + half + "<note><note-body><p>" + half +
                                    "</p></note-body></note></p></b>"}});
  EXPECT_THAT(text_of(bytes, ContentType::kOdt, {.max_text = 1'000'000}),
              HasSubstr("more than 1.0 MB of text"));
}

TEST(Epub, TheSpineGivesTheOrder) {
  const std::vector<std::pair<std::string, std::string>> members = {
      {"META-INF/container.xml",
       "<container><rootfiles><rootfile full-path=\"OPS/book.opf\"/></rootfiles></container>"},
      {"OPS/book.opf",
       "<package "
       "xmlns:dc=\"urn:dc\"><metadata><dc:title>Hadithi</dc:title><dc:title>Other</dc:title>"
       "<dc:language>sw</dc:language></metadata><manifest><item id=\"b\" href=\"b%20b.xhtml\"/>"
       "<item id=\"a\" href=\"../a.xhtml#x\"/><item id=\"n\" href=\"nav.xhtml\" "
       "properties=\"nav\"/>"
       "</manifest><spine><itemref idref=\"n\"/><itemref idref=\"a\"/><itemref idref=\"b\"/>"
       "<itemref idref=\"a\"/><itemref idref=\"none\"/></spine></package>"},
      {"OPS/b b.xhtml", "<html><body><p>Sura ya pili</p></body></html>"},
      {"a.xhtml", "<html><body><p>Sura ya kwanza</p></body></html>"},
      {"OPS/nav.xhtml", "<html><body><p>Yaliyomo</p></body></html>"}};
  const Result<Extracted> out = extract(make_zip(members), ContentType::kEpub, "", {});
  ASSERT_TRUE(out.ok()) << out.error().what();
  const std::string& text = out.value().text;
  const size_t first = text.find("Sura ya kwanza"), second = text.find("Sura ya pili");
  ASSERT_NE(second, text.npos);
  EXPECT_LT(first, second);
  EXPECT_EQ(text.find("Sura ya kwanza", first + 1), text.npos);
  EXPECT_EQ(text.find("Yaliyomo"), text.npos);
  EXPECT_EQ(out.value().title, "Hadithi");
  EXPECT_EQ(out.value().language, "sw");
  auto locked = members;
  locked.emplace_back("META-INF/encryption.xml", "<CipherReference URI=\"OPS/b b.xhtml\"/>");
  EXPECT_THAT(text_of(make_zip(locked), ContentType::kEpub), HasSubstr("copy protection"));
  EXPECT_THAT(text_of(make_zip({{"x", "y"}}), ContentType::kEpub), HasSubstr("container.xml"));
}

// A PDF of one line an item, in a fixed font.
std::string make_pdf(const std::vector<std::vector<std::string>>& pages) {
  std::vector<std::string> objects = {"<</Type/Catalog/Pages 2 0 R>>", "",
                                      "<</Type/Font/Subtype/Type1/BaseFont/Courier>>"};
  std::string kids;
  for (const auto& lines : pages) {
    std::string content = "BT /F1 10 Tf 50 750 Td 12 TL\n";
    for (const std::string& line : lines) content += "(" + line + ") Tj T*\n";
    content += "ET";
    objects.push_back(fmt::format("<</Length {}>>stream\n{}\nendstream", content.size(), content));
    objects.push_back(
        fmt::format("<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {} 0 R"
                    "/Resources<</Font<</F1 3 0 R>>>>>>",
                    objects.size()));
    kids += fmt::format("{} 0 R ", objects.size());
  }
  objects[1] = fmt::format("<</Type/Pages/Kids[{}]/Count {}>>", kids, pages.size());
  std::string out = "%PDF-1.4\n", table;
  for (size_t i = 0; i < objects.size(); ++i) {
    table += fmt::format("{:010} 00000 n \n", out.size());
    out += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, objects[i]);
  }
  const size_t start = out.size();
  return out + fmt::format(
                   "xref\n0 {}\n0000000000 65535 f \n{}trailer<</Size {}/Root 1 0 R>>\n"
                   "startxref\n{}\n%%EOF\n",
                   objects.size() + 1, table, objects.size() + 1, start);
}

TEST(Pdf, LinesBecomeParagraphs) {
  const std::string bytes =
      make_pdf({{"Heading", "Every line of this paragraph is as long as the agri-",
                 "cultural ones that follow it, for it is well filled", "and ends here."},
                {"on the second page there is more."}});
  EXPECT_EQ(text_of(bytes, ContentType::kPdf),
            "Heading\nEvery line of this paragraph is as long as the agricultural ones that follow "
            "it, for it is well filled and ends here.\n\non the second page there is more.");
}

TEST(Pdf, JoinedLines) {
  EXPECT_EQ(
      join_lines("a full line of text that goes on\nand a second one that is full\nshort\nNext"),
      "a full line of text that goes on and a second one that is full short\nNext");
  EXPECT_EQ(
      join_lines("items in a list that is long:\n- the first of the items\n- the second item\n"),
      "items in a list that is long:\n- the first of the items\n- the second item");
  EXPECT_EQ(join_lines("the years from 1990-\n1999 were so"), "the years from 1990- 1999 were so");
  EXPECT_EQ(join_lines("1 Introduction . . . . .\n2 Soil . . . . . . . . .\n"),
            "1 Introduction . . . . .\n2 Soil . . . . . . . . .");
  EXPECT_EQ(join_lines("\n\n"), "");
}

TEST(Pdf, WhatCannotBeRead) {
  EXPECT_THAT(text_of("%PDF-1.4\ngarbage", ContentType::kPdf), HasSubstr("no PDF"));
  EXPECT_THAT(text_of("", ContentType::kPdf), HasSubstr("no PDF"));
  EXPECT_THAT(text_of(make_pdf({{}, {}}), ContentType::kPdf), HasSubstr("no text on its 2 pages"));
  const std::string whole = make_pdf({{"text"}});
  for (size_t cut = 1; cut < whole.size(); cut += 37) {
    text_of(whole.substr(0, cut), ContentType::kPdf);  // whatever comes, it comes back
  }
  std::string locked = whole;
  locked.insert(locked.find("/Root"), "/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" +
                                          std::string(64, '1') + ">/U<" + std::string(64, '2') +
                                          ">>>/ID[<00><00>]");
  EXPECT_THAT(text_of(locked, ContentType::kPdf), HasSubstr("encrypted"));
}

}  // namespace
}  // namespace fundi::curate
