#include "base/files.h"
#include "curate/redact/kind.h"
#include "tests/curate/steps_testing.h"

namespace fundi::curate {
namespace {

std::string redacted(const std::string& text, const std::string& settings = "") {
  return run(*step("redact", settings), text).text;
}

// What must go, and to which tag; the text around it must stay.
void expect_tag(const std::string& value, const std::string& tag) {
  for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"Andika kwa ", " leo."}, {"(", ")"}, {"é ", "\n"}, {"\"", "\","}}) {
    EXPECT_EQ(redacted(before + value + after), before + "<" + tag + ">" + after);
  }
}

void expect_stays(const std::string& text) { EXPECT_EQ(redacted(text), text); }

TEST(Redact, Email) {
  for (const char* value :
       {"email@domain.com", "first.last+tag@sub.domain.co.ke", "email@[123.123.123.123]",
        "1234567890@domain.com", "email@domain-one.com", "_______@domain.com", "0712345678@mail.ke",
        "email@domain.name", "john.o'neil@x.org", "a@xn--80ak6aa92e.xn--p1ai", "ünï@bücher.de",
        "ọlá@ilé.com.ng", "иван@почта.рф", "a.é.b@x-ü.org"}) {
    expect_tag(value, "EMAIL");
  }
  EXPECT_EQ(redacted("mailto:a.b@c.de?subject=x"), "mailto:<EMAIL>?subject=x");
  EXPECT_EQ(redacted("a@b.com,c@d.org."), "<EMAIL>,<EMAIL>.");
  EXPECT_EQ(redacted("..x@y.com"), "..<EMAIL>");
  for (const char* text :
       {"@handle", "a@b", "me @ home.com", "x@1.2", "@", "a@", "a@[1]", "a@-b.com",
        "see you@home. Yes", "a@.com", "é@ü", "ünï@bücher", "a@b.é", "«@»", "é..@", "ü@-ö.de"}) {
    expect_stays(text);
  }
  // Scripts that need no space beside an address.
  EXPECT_EQ(redacted("邮箱me@x.com请联系"), "邮箱<EMAIL>请联系");
}

TEST(Redact, Ip) {
  expect_tag("163.36.107.25", "IP_ADDRESS");
  expect_tag("8.8.8.8", "IP_ADDRESS");
  expect_tag("2a00:1450:4009:81f::200e", "IP_ADDRESS");
  expect_tag("2001:4860:4860:0000:0000:0000:0000:8888", "IP_ADDRESS");
  EXPECT_EQ(redacted("at 8.8.8.8:53, 8.8.4.4."), "at <IP_ADDRESS>:53, <IP_ADDRESS>.");
  for (const char* text :
       {"10.0.0.1",  "192.168.1.1", "172.16.0.1",      "127.0.0.1",   "169.254.1.1",
        "224.0.0.1", "0.0.0.0",     "255.255.255.255", "256.8.8.8",   "1.2.3.4.5",
        "v1.2.3.4",  "1.2.3",       "08.8.8.8",        "2001:db8::1", "fe80::1",
        "::1",       "std::vector", "12:30:45",        "a::b",        "3::",
        "10:2001"}) {
    expect_stays(text);
  }
}

TEST(Redact, Phone) {
  for (const char* value :
       {"+254712345678",    "+254 712 345 678",  "+44 20 7946 0958", "+44 (0)20 7946 0958",
        "+1 415-555-2671",  "+1 (415) 555-2671", "+27 82 123 4567",  "+255 712 345 678",
        "00254712345678",   "0712345678",        "0712 345 678",     "0712-345-678",
        "08031234567",      "0803 123 4567",     "06.12.34.56.78",   "(020) 7946 0958",
        "415-555-2671",     "(415) 555-2671",    "(11) 91234-5678",  "+55 11 91234-5678",
        "+352 621 123 456", "1-800-555-0199",    "1 (212) 555-0123", "1.212.555.0123",
        "(0)20 7946 0958"}) {
    expect_tag(value, "PHONE");
  }
  EXPECT_EQ(redacted("+254 712 345 678 2024"), "<PHONE> 2024");
  EXPECT_EQ(redacted("Simu:0712345678/0722345678"), "Simu:<PHONE>/<PHONE>");
  EXPECT_EQ(redacted("call 1 (212) 555-0123"), "call <PHONE>");
  EXPECT_EQ(redacted("1. (212) 555-0123\n2. 415-555-2671"), "1. <PHONE>\n2. <PHONE>");
  for (const char* text : {"1234567890",
                           "2022-11-03 10:20",
                           "01.02.2024",
                           "KSh 1,250,000,000",
                           "0123",
                           "0.0712345678",
                           "ISBN 0306406152",
                           "+12",
                           "+999 123 456 789",
                           "3.1415926535897",
                           "01-02-2024 10:30",
                           "http://x.com/0712345678",
                           "id=0712345678",
                           "100 000 000 000",
                           "0812345678901234",
                           "1990 1991 1992 1993",
                           "a0712345678",
                           "0712345678a",
                           "C++20",
                           "1-100-555-0199",
                           "1-800-055-0199",
                           "2-800-555-0199",
                           "1-800-555-01990",
                           "1-800 555-0199-3",
                           "ISBN 1-800-555-0199",
                           "f(0)20 79 46",
                           "(0)0 7946 09581",
                           "1+1=2"}) {
    expect_stays(text);
  }
}

TEST(Redact, Iban) {
  for (const char* value : {"DE89370400440532013000", "GB82 WEST 1234 5698 7654 32",
                            "FR14 2004 1010 0505 0001 3M02 606", "NO93 8601 1117 947",
                            "SC18SSCB11010000000000001497USD"}) {
    expect_tag(value, "IBAN");
  }
  for (const char* text : {"DE89370400440532013001", "GB82 WEST 1234 5698 7654 3",
                           "XX89370400440532013000", "CODE89370400440532013000"}) {
    EXPECT_THAT(redacted(text), testing::Not(testing::HasSubstr("<IBAN>"))) << text;
  }
}

TEST(Redact, CreditCard) {
  for (const char* value :
       {"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "5555555555554444",
        "378282246310005", "3782 822463 10005", "6011111111111117", "30569309025904",
        "3530111333300000", "2223003122003222"}) {
    expect_tag(value, "CREDIT_CARD");
  }
  for (const char* text : {"4111111111111112", "1111 1111 1111 1117", "4111111111111111111111",
                           "x4111111111111111", "4111 1111-1111 1111", "0.4111111111111111"}) {
    expect_stays(text);
  }
}

TEST(Redact, NationalIds) {
  for (const char* value : {"123-45-6789", "A001234567X", "P051234567Z", "8001015009087",
                            "800101 5009 087", "529.982.247-25", "AB 12 34 56 C", "QQ123456C",
                            "AB123456C", "2345 6789 0124", "ABCPD1234E"}) {
    if (std::string_view(value) == "QQ123456C") {
      expect_stays(value);  // no such prefix
    } else {
      expect_tag(value, "NATIONAL_ID");
    }
  }
  EXPECT_EQ(redacted("ID No. 23456789"), "ID No. <NATIONAL_ID>");
  EXPECT_EQ(redacted("Nambari ya kitambulisho: 1234567"), "Nambari ya kitambulisho: <NATIONAL_ID>");
  EXPECT_EQ(redacted("my NIN is 12345678901"), "my NIN is <NATIONAL_ID>");
  EXPECT_EQ(redacted("CPF 52998224725"), "CPF <NATIONAL_ID>");
  EXPECT_EQ(redacted("Aadhaar 234567890124"), "Aadhaar <NATIONAL_ID>");
  EXPECT_EQ(redacted("SSN 123 45 6789"), "SSN <NATIONAL_ID>");
  for (const char* text :
       {"23456789",      "12345678901",   "52998224725",    "234567890124",   "123 45 6789",
        "000-12-3456",   "666-12-3456",   "900-12-3456",    "123-00-4567",    "123-45-6789-1",
        "8001015009088", "8013015009087", "529.982.247-26", "111.111.111-11", "2345 6789 0125",
        "BG123456C",     "AB123456E",     "ABCXD1234E",     "did 23456789",   "B001234567X"}) {
    expect_stays(text);
  }
}

TEST(Redact, Secrets) {
  const std::string letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (const std::string& value :
       {std::string("AKIAIOSFODNN7EXAMPLE"), "ghp_" + letters, "hf_" + letters,
        "sk-proj-" + letters, "sk_live_" + letters, "github_pat_" + letters,
        std::string("AIzaSyA-1234567890abcdefghijklmnopqrstu")}) {
    expect_tag(value, "SECRET");
  }
  const std::string pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n";
  expect_tag(pem + "-----END RSA PRIVATE KEY-----", "SECRET");
  EXPECT_EQ(redacted("key: " + pem + "# end"), "key: <SECRET># end");
  EXPECT_EQ(redacted("psql postgres://me:s3cret@db.host/x"), "psql postgres://<SECRET>@db.host/x");
  for (const char* text : {"https://host:8080/a@b", "https://me@host/", "sk-learn", "a_b-c", "AKIA",
                           "BAKIAIOSFODNN7EXAMPLE", "-----BEGIN PUBLIC KEY-----",
                           "the-sk-of-many-words-with-dashes-between"}) {
    expect_stays(text);
  }
}

TEST(Redact, ManyBeginningsOfKeysTakeNoLonger) {
  for (const char* prefix : {"sk-", "AIza-", "xoxb-", "glpat-", "pypi-"}) {
    const std::string text = repeat(prefix, 300'000);  // minutes where each is followed to the end
    EXPECT_EQ(redacted(text), text);
  }
  EXPECT_EQ(redacted("sk-" + repeat("abc1", 500) + " x"), "<SECRET> x");
}

TEST(Redact, CountsByKind) {
  const Outcome out = run(*step("redact"), "a@b.com c@d.com 8.8.8.8 +254712345678");
  EXPECT_EQ(out.counts,
            (std::map<std::string, int64_t, std::less<>>{{"email", 2}, {"ip", 1}, {"phone", 1}}));
  EXPECT_TRUE(run(*step("redact"), "nothing in 2022").counts.empty());
}

TEST(Redact, KindsAndTagsAreChosen) {
  const std::string text = "a@b.com 8.8.8.8 123-45-6789";
  EXPECT_EQ(redacted(text, "kinds: [email, national_id]"), "<EMAIL> 8.8.8.8 <NATIONAL_ID>");
  EXPECT_EQ(redacted(text, "except: [us_ssn, ip]"), "<EMAIL> 8.8.8.8 123-45-6789");
  EXPECT_EQ(redacted(text, "tags: {email: '[mail]', national_id: ID}"), "[mail] <IP_ADDRESS> ID");
  EXPECT_EQ(redacted(text, "tags: {national_id: ID, us_ssn: SSN}"), "<EMAIL> <IP_ADDRESS> SSN");
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [] { step("redact", "kinds: [emial]"); }),
              testing::HasSubstr("did you mean 'email'?"));
}

TEST(Redact, PseudonymsAreEqualForEqualValues) {
  const fs::path folder = fs::path(testing::TempDir()) / "fundi_redact_step";
  write_file_atomic(folder / "a.key", "0123456789abcdef\n");
  write_file_atomic(folder / "b.key", "another key of some length");
  write_file_atomic(folder / "short.key", "short");
  const auto a = step("redact", "pseudonym_key_file: a.key", folder);
  const auto b = step("redact", "pseudonym_key_file: b.key", folder);
  const std::string mail = run(*a, "me@x.org").text;
  EXPECT_THAT(mail, testing::MatchesRegex("<EMAIL_[0-9a-f]+>"));
  EXPECT_EQ(run(*a, "to ME@x.org and you@x.org").text.substr(3, mail.size()), mail);
  EXPECT_NE(run(*a, "you@x.org").text, mail);
  EXPECT_NE(run(*b, "me@x.org").text, mail);
  EXPECT_EQ(run(*a, "+254 712 345 678").text, run(*a, "+254712345678").text);
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [&] { step("redact", "pseudonym_key_file: short.key", folder); }),
              testing::HasSubstr("at least 16 bytes"));
}

TEST(Redact, AgainChangesNothing) {
  const fs::path folder = fs::path(testing::TempDir()) / "fundi_redact_step";
  write_file_atomic(folder / "a.key", "0123456789abcdef\n");
  for (const char* settings : {"{}", "pseudonym_key_file: a.key"}) {
    const auto made = step("redact", settings, folder);
    for (int i = 0; i < 200; ++i) {
      const std::string once =
          run(*made,
              fmt::format("u{}@x.org, +2547123456{:02}, 8.8.{}.8 AB 12 34 56 C", i, i % 100, i))
              .text;
      ASSERT_EQ(run(*made, once).text, once);
    }
  }
}

TEST(Redact, CheckDigits) {
  EXPECT_TRUE(luhn("79927398713"));
  EXPECT_FALSE(luhn("79927398710"));
  EXPECT_TRUE(verhoeff("2363"));
  EXPECT_FALSE(verhoeff("2364"));
  EXPECT_FALSE(verhoeff("2336"));  // neighbours swapped
}

}  // namespace
}  // namespace fundi::curate
