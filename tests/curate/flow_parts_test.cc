// The pieces that recipes are run with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "curate/flow/bundle.h"
#include "curate/flow/document_ids.h"
#include "curate/flow/group_step.h"
#include "curate/flow/mix.h"
#include "curate/flow/shuffle.h"
#include "curate/flow/stored_document.h"
#include "curate/flow/threads.h"
#include "tests/curate/flow_testing.h"

namespace fundi::curate {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Bundle, GivesBackItsSections) {
  const TestFolder scratch;
  const fs::path path = scratch.path() / "x/y.bundle";
  const std::string big(100'000, 'a');
  BundleWriter writer(path);
  writer.add("raw", "abc");
  writer.add_compressed("big", big);
  writer.add("", "");
  writer.commit();
  const Bundle bundle(path);
  ASSERT_EQ(bundle.sections(), 3u);
  EXPECT_EQ(bundle.section("raw"), "abc");
  EXPECT_EQ(bundle.section("big"), big);
  EXPECT_EQ(bundle.section(2), "");
  EXPECT_EQ(bundle.section("none"), "");
  EXPECT_LT(fs::file_size(path), 1000u);
}

TEST(Bundle, AnyDamageIsNoticed) {
  const TestFolder scratch;
  BundleWriter writer(scratch.path() / "whole");
  writer.add("one", "some bytes");
  writer.add_compressed("two", std::string(500, 'x'));
  writer.commit();
  const std::string whole = read_file(scratch.path() / "whole");
  const auto survives = [&](const std::string& bytes) {
    const fs::path path = scratch.write("damaged", bytes);
    try {
      const Bundle bundle(path);
      bundle.section(0);
      bundle.section(1);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  EXPECT_TRUE(survives(whole));
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(survives(whole.substr(0, i))) << i;
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(survives(damaged)) << i;
  }
}

TEST(StoredDocument, GivesBackDocuments) {
  Document plain;
  plain.ordinal = uint64_t{3} << 40 | 17;
  plain.id = "news/a.jsonl:4";
  plain.text = "Habari za asubuhi.\n";
  plain.source = "news";
  plain.licence = "CC-BY-4.0";
  plain.language = "sw";
  plain.meta = {{"url", "https://example.org"}, {"score", 0.5}};
  Document chat = plain;
  chat.messages = {{"user", "Bei ya mahindi?", nullptr},
                   {"assistant", "Elfu tatu.", {{"name", "a"}}}};
  chat.text = join(chat.messages);
  std::string bytes;
  append_document(bytes, plain);
  const size_t first = bytes.size();
  append_document(bytes, chat);
  EXPECT_EQ(document_size(bytes, "test"), first);
  Document read = stored_document(bytes, "test");
  EXPECT_EQ(stored_ordinal(bytes, "test"), plain.ordinal);
  EXPECT_EQ(read.ordinal, plain.ordinal);
  EXPECT_EQ(read.id, plain.id);
  EXPECT_EQ(read.text, plain.text);
  EXPECT_EQ(read.meta, plain.meta);
  read = stored_document(std::string_view(bytes).substr(first), "test");
  EXPECT_EQ(read.text, "Bei ya mahindi?\n\nElfu tatu.");
  ASSERT_EQ(read.messages.size(), 2u);
  EXPECT_EQ(read.messages[1].rest.at("name"), "a");
  for (size_t cut = 1; cut < first; ++cut) {
    const std::string_view short_bytes = std::string_view(bytes).substr(0, cut);
    EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { stored_document(short_bytes, "cut"); }),
                HasSubstr("cut off"))
        << cut;
  }
}

std::vector<uint64_t> received(const fs::path& bundle, size_t partition) {
  std::vector<uint64_t> records;
  receive({bundle.string() + ".none", bundle}, partition, [&](std::string_view section) {
    for_each_record<uint64_t>(section, [&](uint64_t record) { records.push_back(record); });
  });
  return records;
}

TEST(Outbox, KeepsTheOrderOfEachPartitionForAnyMemory) {
  const TestFolder scratch;
  const fs::path path = scratch.path() / "out.bundle";
  for (const uint64_t memory : {100, 5'000, 100'000'000}) {
    Outbox batch(3), out(3, path, memory);
    for (uint64_t i = 0; i < 300'000; ++i) {
      if (i % 1000 < 10) batch.send(i % 2, i);
      if (i % 1000 >= 10) out.send(i % 2, i);
    }
    out.send_packed(batch.pack());
    EXPECT_FALSE(fs::exists(path));
    out.commit();
    const std::vector<uint64_t> odd = received(path, 1);
    ASSERT_EQ(odd.size(), 150'000u) << memory;
    for (size_t i = 0; i < 148'500; ++i) ASSERT_EQ(odd[i], i / 495 * 1000 + i % 495 * 2 + 11);
    EXPECT_EQ(odd[148'500], 1u);
    EXPECT_EQ(received_bytes({path}, 0), 1'200'000u);
    EXPECT_TRUE(received(path, 2).empty());
    fs::remove(path);
  }
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(Outbox, WhatIsNotCommittedIsNotThere) {
  const TestFolder scratch;
  {
    Outbox out(1, scratch.path() / "out.bundle", 100);
    for (uint64_t i = 0; i < 1000; ++i) out.send(0, i);
    EXPECT_FALSE(fs::is_empty(scratch.path()));
  }
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(PartitionOf, IsARangeOfHashes) {
  EXPECT_EQ(partition_of(0, 7), 0u);
  EXPECT_EQ(partition_of(UINT64_MAX, 7), 6u);
}

TEST(SharedThreads, HelpThoseWhoStillHaveWork) {
  SharedThreads threads(3);
  std::atomic<int> next = 0, inside = 0, finished = 0;
  std::atomic<bool> owner = true;
  const auto body = [&] {
    ++inside;
    while (inside < 3) std::this_thread::yield();  // ends only because the other two come to help
    while (next++ < 1000) ++finished;
  };
  run_threads(3, [&] {
    threads.work([&] {
      if (owner.exchange(false)) threads.run(body);
    });
  });
  EXPECT_EQ(finished, 1000);
}

TEST(SharedThreads, EndWithTheFirstFailure) {
  SharedThreads threads(2);
  std::atomic<int> inside = 0;
  std::atomic<bool> owner = true, caught = false;
  const auto body = [&] {
    if (++inside == 2) throw std::runtime_error("helper");
    while (inside < 2) std::this_thread::yield();
  };
  run_threads(2, [&] {
    threads.work([&] {
      if (!owner.exchange(false)) return;
      try {
        threads.run(body);
      } catch (const std::runtime_error&) {
        caught = true;
      }
    });
  });
  EXPECT_TRUE(caught);
  EXPECT_THROW(SharedThreads(1).work([] { throw std::runtime_error("own"); }), std::runtime_error);
}

TEST(DocumentIds, AreFoundInAllLists) {
  const TestFolder scratch;
  BundleWriter all(scratch.path() / "00002/ids.bundle");
  for (uint64_t batch = 0; batch < 4; ++batch) {
    DocumentIdList list;
    for (uint64_t i = 0; i < 5 && batch != 1; ++i) {
      const uint64_t number = batch * 100 + i * 3;
      list.add(make_ordinal(2, number), fmt::format("rows:{}", number));
    }
    BundleWriter writer(scratch.path() / "batch.bundle");
    writer.add("figures", "{}");
    list.write(writer);
    writer.commit();
    const Bundle bundle(scratch.path() / "batch.bundle");
    DocumentIdList::copy(bundle, all);
    EXPECT_EQ(DocumentIdList::last_ordinal(bundle).value_or(0),
              batch == 1 ? 0 : make_ordinal(2, batch * 100 + 12));
  }
  all.commit();
  const DocumentIds ids(scratch.path());
  for (const uint64_t number : {0, 3, 12, 200, 206, 312}) {
    EXPECT_EQ(ids.id_of(make_ordinal(2, number)), fmt::format("rows:{}", number));
  }
  for (const uint64_t number : {1, 13, 100, 199, 313, 9999}) {
    EXPECT_EQ(ids.id_of(make_ordinal(2, number)), "") << number;
  }
  EXPECT_EQ(ids.id_of(make_ordinal(1, 0)), "");
}

CurateRecipe two_sources(const std::string& mix) {
  static const TestFolder scratch;
  scratch.write("a.txt", "x");
  scratch.write("b.txt", "x");
  return CurateRecipe::load(scratch.write(
      "r.yaml", "sources: [{name: a, path: a.txt}, {name: b, path: b.txt}]\nmix: " + mix + "\n"));
}

std::vector<double> rates(const std::string& mix) {
  PassFigures figures;
  figures.sources["a"] = {10, 1000};
  figures.sources["b"] = {10, 4000};
  std::vector<double> out;
  for (const SourceShare& share : share_out(two_sources(mix), figures)) out.push_back(share.rate);
  return out;
}

TEST(Mix, SharesAsTheRecipeAsks) {
  EXPECT_THAT(rates("{}"), ElementsAre(1, 1));
  EXPECT_THAT(rates("{sources: {a: {epochs: 2.5}}}"), ElementsAre(2.5, 1));
  EXPECT_THAT(rates("{sources: {b: {budget: 1kB}}}"), ElementsAre(1, 0.25));
  // Half each: as much as the smaller allows.
  EXPECT_THAT(rates("{sources: {a: {weight: 1}, b: {weight: 1}}}"), ElementsAre(1, 0.25));
  EXPECT_THAT(rates("{sources: {a: {weight: 1, epochs: 4}, b: {weight: 1}}}"), ElementsAre(4, 1));
  EXPECT_THAT(rates("{total: 2500}"), ElementsAre(0.5, 0.5));
  // More than the smaller allows: the proportion holds.
  EXPECT_THAT(rates("{total: 5000, sources: {a: {weight: 1}, b: {weight: 1}}}"),
              ElementsAre(1, 0.25));
  // Sizes 1 and 4 to the power 1/2: one third and two thirds.
  EXPECT_THAT(rates("{temperature: 2}"), ElementsAre(1, 0.5));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [] { rates("{sources: {a: {weight: 1}}}"); }),
              HasSubstr("1 of 2 sources have a weight"));
}

TEST(Mix, CountsTokens) {
  CurateRecipe recipe = two_sources("{}");
  PassFigures figures;
  figures.sources["a"] = {10, 1000};
  figures.sources["b"] = {10, 4000};
  const auto rates = [&] {
    std::vector<double> out;
    for (const SourceShare& share : share_out(recipe, figures, {0.5, 0.25})) {
      out.push_back(share.rate);
    }
    return out;
  };
  recipe.mix.shares[0].budget = {250, true};
  EXPECT_THAT(rates(), ElementsAre(DoubleEq(0.5), DoubleEq(1)));
  recipe.mix.shares[0].budget = {};
  recipe.mix.total = {750, true};  // of 500 and 1000 there are
  EXPECT_THAT(rates(), ElementsAre(DoubleEq(0.5), DoubleEq(0.5)));
  recipe.mix.shares[0].weight = recipe.mix.shares[1].weight = 1;
  EXPECT_THAT(rates(), ElementsAre(DoubleEq(1), DoubleEq(0.25)));
  recipe.mix.total = {375, true};
  EXPECT_THAT(rates(), ElementsAre(DoubleEq(0.5), DoubleEq(0.125)));
}

TEST(Mix, SaysWhatHoldsASourceBack) {
  PassFigures figures;
  figures.sources["a"] = {10, 1000};
  const auto bound = [&](const std::string& mix) {
    return share_out(two_sources(mix), figures)[0].bound;
  };
  EXPECT_EQ(bound("{}"), "");
  EXPECT_EQ(bound("{sources: {a: {epochs: 0.5, budget: 1MB}}}"), "epochs");
  EXPECT_EQ(bound("{sources: {a: {budget: 500}}}"), "budget");
  EXPECT_EQ(bound("{total: 500}"), "total");
  // Nothing is left of b: it keeps nothing from a, nor a share of the total.
  EXPECT_EQ(
      share_out(two_sources("{total: 600, sources: {a: {weight: 1}, b: {weight: 1}}}"), figures)[0]
          .target,
      600);
  EXPECT_EQ(bound("{sources: {a: {weight: 1}, b: {weight: 1}}}"), "");
  figures.sources["b"] = {1, 10};
  EXPECT_EQ(bound("{sources: {a: {weight: 1}, b: {weight: 1}}}"), "weight");
  EXPECT_EQ(bound("{total: 10, sources: {a: {weight: 1}, b: {weight: 1}}}"), "total");
}

TEST(Figures, NamesOfHostileDocumentsStayFew) {
  PassFigures all;
  for (int part = 0; part < 2; ++part) {
    PassFigures figures;
    for (int i = 0; i < 900; ++i) {
      entry_of(figures.languages, fmt::format("{}-{}", part, i)).documents += 1;
    }
    all.merge(figures);
  }
  EXPECT_EQ(all.languages.size(), kMostNames + 1);
  EXPECT_EQ(all.languages["(others)"].documents, 800);
}

TEST(Sources, GlobsFoldersAndShards) {
  const TestFolder scratch;
  scratch.write("in/a.jsonl", std::string(1000, 'x'));
  scratch.write("in/deep/er/b.txt", std::string(100, 'x'));
  scratch.write("in/deep/c.txt", std::string(100, 'x'));
  scratch.write("in/.hidden.txt", "x");
  scratch.write("in/deep/.hidden/d.txt", "x");
  scratch.write("in/picture.png", "x");
  const auto sources = [&](const std::string& path) {
    return read_sources(Config::parse_yaml("sources: [{name: s, path: " + path + "}]", "r.yaml"),
                        scratch.path());
  };
  const auto names = [&](const std::string& path) {
    std::vector<std::string> out;
    for (const Source::File& file : sources(path)[0].files) out.push_back(file.name);
    return out;
  };
  EXPECT_THAT(names("in"), ElementsAre("a.jsonl", "deep/c.txt", "deep/er/b.txt"));
  EXPECT_EQ(sources("in")[0].files_not_read, 1);
  EXPECT_THAT(sources("in")[0].not_read, ElementsAre("picture.png"));
  EXPECT_THAT(names("\"in/**/*.txt\""), ElementsAre("deep/c.txt", "deep/er/b.txt"));
  EXPECT_THAT(names("\"in/*/*.txt\""), ElementsAre("deep/c.txt"));
  EXPECT_THAT(names("in/deep/c.txt"), ElementsAre("c.txt"));
  EXPECT_THAT(message_of(ErrorCode::kNotFound, [&] { sources("\"in/*.pdf\""); }),
              HasSubstr("nothing matches"));
  const std::vector<Shard> shards = cut_into_shards(sources("in"), 250);
  ASSERT_EQ(shards.size(), 5u);  // four parts of the rows, then both small files
  EXPECT_EQ(shards[1].parts[0].range.begin, 250u);
  EXPECT_EQ(shards[3].parts[0].range.end, UINT64_MAX);
  EXPECT_EQ(shards[4].parts.size(), 2u);
}

TEST(Sources, HaveNames) {
  const TestFolder scratch;
  scratch.write("in/a.jsonl", "{}");
  const auto name = [&](const std::string& path) {
    return read_sources(Config::parse_yaml("sources: [" + path + "]", "r.yaml"), scratch.path())[0]
        .name;
  };
  EXPECT_EQ(name("in"), "in");
  EXPECT_EQ(name("in/"), "in");
  EXPECT_EQ(name("\"in/*.jsonl\""), "in");
  EXPECT_EQ(name("in/a.jsonl"), "a");
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { name("\"*/a.jsonl\""); }),
              HasSubstr("give this source a name"));
}

TEST(Sources, StandardInputIsNewEachTimeAndThereOnce) {
  const TestFolder scratch;
  const auto read = [&](const std::string& sources) {
    return read_sources(Config::parse_yaml("sources: " + sources, "r.yaml"), scratch.path());
  };
  const std::string one = "{path: \"-\", format: jsonl, name: ";
  EXPECT_NE(read("[" + one + "a}]")[0].files[0].stamp, read("[" + one + "a}]")[0].files[0].stamp);
  EXPECT_THAT(
      message_of(ErrorCode::kInvalidArgument, [&] { read("[" + one + "a}, " + one + "b}]"); }),
      HasSubstr("a second source of standard input"));
}

TEST(Sources, WhatLiesBesideAFileBelongsToIt) {
  const TestFolder scratch;
  scratch.write("d.index", "a\tA\tB\n");
  scratch.write("d.dict", "a\n\nb\n");
  const Config recipe = Config::parse_yaml(
      "sources: [d.index, {path: [\"in/**/*.txt\", \"-\"], name: s, origin: far away}]", "r.yaml");
  const std::string folder = scratch.path().string();
  std::vector<std::string> paths;
  for (const fs::path& path : source_paths(recipe, scratch.path())) {
    paths.push_back(path.string().substr(folder.size()));
  }
  EXPECT_THAT(paths, ElementsAre("/d.index", "/d.dict", "/in"));
  EXPECT_THAT(message_of(ErrorCode::kNotFound, [&] { read_sources(recipe, scratch.path()); }),
              HasSubstr("it comes from: far away"));
  const auto stamp = [&] {
    const Config one = Config::parse_yaml("sources: [d.index]", "r.yaml");
    return read_sources(one, scratch.path())[0].files[0].stamp;
  };
  const std::string before = stamp();
  scratch.write("d.dict", "a\n\nbb\n");
  EXPECT_NE(stamp(), before);
}

TEST(ProblemClass, LeavesOutWhatDiffers) {
  EXPECT_EQ(problem_class("'a b' is only a form of 'c'"), "'…' is only a form of '…'");
  EXPECT_EQ(problem_class("row:12:345: a row above 64.0 MB"), "row:…:…: a row above ….… MB");
  EXPECT_EQ(problem_class("it's whole"), "it's whole");
  EXPECT_EQ(problem_class(std::string(119, 'x') + "åååå"), std::string(119, 'x'));
}

TEST(ParseBytes, KnowsUnits) {
  EXPECT_EQ(parse_bytes("64MB", "x"), 64'000'000u);
  EXPECT_EQ(parse_bytes("1.5 gb", "x"), 1'500'000'000u);
  EXPECT_EQ(parse_bytes("12", "x"), 12u);
  EXPECT_EQ(parse_bytes("0.5GB", "x"), 500'000'000u);
  EXPECT_EQ(parse_tokens("1.5 B", "x"), 1'500'000'000u);
  EXPECT_EQ(parse_tokens("300M", "x"), 300'000'000u);
  for (const char* bad : {"", "MB", "-3MB", "1XB", "1e40"}) {
    EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { parse_bytes(bad, "--memory"); }),
                HasSubstr("--memory"))
        << bad;
  }
}

}  // namespace
}  // namespace fundi::curate
