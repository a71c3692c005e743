#include "base/hash.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"

namespace fundi {
namespace {

TEST(Sha256, KnownVectors) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hash64, KnownVectors) {  // XXH3_64bits of the empty input, seeds 0 and 1
  EXPECT_EQ(hash64(""), 0x2D06800538D394C2ULL);
  EXPECT_NE(hash64("", 1), hash64(""));
  EXPECT_NE(hash64("a"), hash64("b"));
}

class Sha256Path : public ::testing::Test {
 protected:
  Sha256Path() {
    std::string name = fs::temp_directory_path() / "fundi_hash_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~Sha256Path() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(Sha256Path, File) {
  write_file_atomic(folder_ / "f", std::string(3'000'000, 'z'));
  EXPECT_EQ(sha256_path(folder_ / "f"), sha256_hex(std::string(3'000'000, 'z')));
  EXPECT_THROW(sha256_path(folder_ / "absent"), Error);
}

TEST_F(Sha256Path, FolderIsItsFilesByNameInOrder) {
  write_file_atomic(folder_ / "m" / "b", "2");
  write_file_atomic(folder_ / "m" / "a" / "x", "1");
  std::string listing;
  listing += "a/x" + std::string(1, '\0') + sha256_hex("1") + "\n";
  listing += "b" + std::string(1, '\0') + sha256_hex("2") + "\n";
  EXPECT_EQ(sha256_path(folder_ / "m"), sha256_hex(listing));
  EXPECT_EQ(sha256_path(folder_ / "m/"), sha256_hex(listing));
  fs::rename(folder_ / "m" / "b", folder_ / "m" / "c");
  EXPECT_NE(sha256_path(folder_ / "m"), sha256_hex(listing));
}

TEST_F(Sha256Path, ReadsThroughLinksToFilesAndRefusesTheRest) {
  write_file_atomic(folder_ / "blob", "1");
  write_file_atomic(folder_ / "plain" / "w", "1");
  fs::create_directory(folder_ / "linked");
  fs::create_symlink(folder_ / "blob", folder_ / "linked" / "w");
  EXPECT_EQ(sha256_path(folder_ / "plain"), sha256_path(folder_ / "linked"));
  fs::create_directory_symlink(folder_, folder_ / "linked" / "loop");
  EXPECT_THROW(sha256_path(folder_ / "linked"), Error);
  fs::remove(folder_ / "linked" / "loop");
  fs::create_symlink("nowhere", folder_ / "linked" / "dangling");
  EXPECT_THROW(sha256_path(folder_ / "linked"), Error);
}

}  // namespace
}  // namespace fundi
