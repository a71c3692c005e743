#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace fundi {
namespace {

using ::testing::ElementsAre;

TEST(Text, Counts) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(-1234567), "-1,234,567");
  EXPECT_EQ(format_count(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Text, Bytes) {
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(12'300'000), "12.3 MB");
  EXPECT_EQ(format_bytes(999'999), "1.0 MB");  // never "1000.0 kB"
  EXPECT_EQ(format_bytes(UINT64_MAX), "18.4 EB");
}

TEST(Text, Durations) {
  EXPECT_EQ(format_duration(0), "00:00");
  EXPECT_EQ(format_duration(83), "01:23");
  EXPECT_EQ(format_duration(3723), "1:02:03");
  EXPECT_EQ(format_duration(59.7), "01:00");
  EXPECT_EQ(format_duration(-1), "--:--");
  EXPECT_EQ(format_duration(std::nan("")), "--:--");
}

TEST(Text, SplitTrimReplace) {
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split("a,", ','), ElementsAre("a", ""));
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(replace_all("aXbXX", "X", "yX"), "ayXbyXyX");
  EXPECT_EQ(replace_all("abc", "", "z"), "abc");
  EXPECT_EQ(html_escape("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
}

// Every code point, and the boundary cases of Unicode's table 3-7.
TEST(Text, AcceptsEveryCodePoint) {
  for (uint32_t c = 0; c <= 0x10FFFF; ++c) {
    std::string s;
    if (c < 0x80) {
      s += static_cast<char>(c);
    } else if (c < 0x800) {
      s += static_cast<char>(0xC0 | c >> 6);
      s += static_cast<char>(0x80 | (c & 63));
    } else if (c < 0x10000) {
      s += static_cast<char>(0xE0 | c >> 12);
      s += static_cast<char>(0x80 | (c >> 6 & 63));
      s += static_cast<char>(0x80 | (c & 63));
    } else {
      s += static_cast<char>(0xF0 | c >> 18);
      s += static_cast<char>(0x80 | (c >> 12 & 63));
      s += static_cast<char>(0x80 | (c >> 6 & 63));
      s += static_cast<char>(0x80 | (c & 63));
    }
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    ASSERT_EQ(find_invalid_utf8(s), surrogate ? 0 : std::string::npos) << std::hex << c;
    if (s.size() > 1) {
      ASSERT_EQ(find_invalid_utf8(s.substr(0, s.size() - 1)), 0u) << std::hex << c;
    }
  }
}

TEST(Text, FindsTheFirstBadByte) {
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xC1\x81", "\xE0\x80\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x80\x80\xAF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
        "\xC3(", "\xE2\x82(", "\xE2\x82", "\xF0\x9F\x92"}) {
    for (size_t before : {0, 1, 7, 8, 9, 23}) {
      EXPECT_EQ(find_invalid_utf8(std::string(before, 'a') + bad), before) << bad;
      EXPECT_EQ(find_invalid_utf8(std::string(before, 'a') + bad + "tail beyond"), before) << bad;
    }
  }
  EXPECT_EQ(find_invalid_utf8(""), std::string::npos);
  EXPECT_EQ(find_invalid_utf8("Habari za shamba, m\xC3\xA9xico \xF0\x9F\x8C\xBD"),
            std::string::npos);
}

}  // namespace
}  // namespace fundi
