#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"

namespace fundi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    std::string name = fs::temp_directory_path() / "fundi_files_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~FilesTest() override { fs::remove_all(folder_); }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder_))
      out.push_back(entry.path().filename());
    return out;
  }
  fs::path folder_;
};

ErrorCode code_of(const std::function<void()>& body, std::string* message = nullptr) {
  try {
    body();
  } catch (const Error& e) {
    if (message != nullptr) *message = e.what();
    return e.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::kInternal;
}

TEST_F(FilesTest, WritesAndReadsBack) {
  const std::string bytes("a\0b\n", 4);
  write_file_atomic(folder_ / "new" / "deep" / "file", bytes);
  EXPECT_EQ(read_file(folder_ / "new" / "deep" / "file"), bytes);
  write_file_atomic(folder_ / "new" / "deep" / "file", "");
  EXPECT_EQ(read_file(folder_ / "new" / "deep" / "file"), "");
}

TEST_F(FilesTest, ReadsWhatHasNoSize) {
  EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("Pid:"));
  EXPECT_EQ(read_file("/dev/null"), "");
}

TEST_F(FilesTest, NamesTheMissingFile) {
  std::string message;
  EXPECT_EQ(code_of([&] { read_file(folder_ / "absent"); }, &message), ErrorCode::kNotFound);
  EXPECT_THAT(message, HasSubstr((folder_ / "absent").string()));
  EXPECT_EQ(code_of([&] { read_file(folder_); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { MappedFile::open(folder_ / "absent"); }), ErrorCode::kNotFound);
  EXPECT_EQ(code_of([&] { MappedFile::open(folder_); }), ErrorCode::kInvalidArgument);
}

TEST_F(FilesTest, UncommittedFileLeavesTheOldOneAlone) {
  write_file_atomic(folder_ / "f", "old");
  {
    AtomicFile file(folder_ / "f");
    file.write(std::string(3 << 20, 'x'));
    EXPECT_EQ(read_file(folder_ / "f"), "old");
  }
  EXPECT_EQ(read_file(folder_ / "f"), "old");
  EXPECT_THAT(names(), ElementsAre("f"));
}

TEST_F(FilesTest, PiecesArriveInOrder) {
  std::string expected;
  AtomicFile file(folder_ / "f");
  for (int i = 0; i < 300; ++i) {
    const std::string piece(static_cast<size_t>(i) * 97 % 20011, static_cast<char>('a' + i % 26));
    file.write(piece);
    expected += piece;
  }
  const std::string large(5 << 20, '!');
  file.write(std::as_bytes(std::span(large)));
  file.write("end");
  file.commit();
  EXPECT_TRUE(read_file(folder_ / "f") == expected + large + "end");
  EXPECT_THROW(file.write("more"), Error);
  EXPECT_THROW(file.commit(), Error);
}

TEST_F(FilesTest, KeepsPermissionsAndLinks) {
  write_file_atomic(folder_ / "secret", "1");
  ASSERT_EQ(::chmod((folder_ / "secret").c_str(), 0600), 0);
  fs::create_symlink("secret", folder_ / "link");
  write_file_atomic(folder_ / "link", "2");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_file(folder_ / "secret"), "2");
  struct stat status {};
  ASSERT_EQ(::stat((folder_ / "secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
}

TEST_F(FilesTest, RefusesNamesThatAreNoFiles) {
  EXPECT_EQ(code_of([&] { AtomicFile file(folder_); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { AtomicFile file("/"); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { AtomicFile file(""); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { AtomicDirectory folder("."); }), ErrorCode::kInvalidArgument);
  write_file_atomic(folder_ / "f", "");
  EXPECT_EQ(code_of([&] { AtomicDirectory folder(folder_ / "f"); }), ErrorCode::kInvalidArgument);
  std::string message;
  EXPECT_EQ(code_of([&] { write_file_atomic(folder_ / "f" / "g", ""); }, &message), ErrorCode::kIo);
  EXPECT_THAT(message, HasSubstr((folder_ / "f").string()));
}

// A limit on file size stands in for a full disk: writes fail part way, without root's help.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() { ::setrlimit(RLIMIT_FSIZE, &old_); }

 private:
  rlimit old_{};
};

TEST_F(FilesTest, FullDiskKeepsTheOldFile) {
  write_file_atomic(folder_ / "f", "old");
  std::string message;
  {
    const SizeLimit limit(100'000);
    EXPECT_EQ(
        code_of([&] { write_file_atomic(folder_ / "f", std::string(4 << 20, 'x')); }, &message),
        ErrorCode::kIo);
    EXPECT_EQ(code_of([&] { write_file_atomic(folder_ / "f", std::string(200'000, 'x')); }),
              ErrorCode::kIo);
  }
  EXPECT_THAT(message, HasSubstr((folder_ / "f").string()));
  EXPECT_THAT(message, HasSubstr("File too large"));
  EXPECT_EQ(read_file(folder_ / "f"), "old");
  EXPECT_THAT(names(), ElementsAre("f"));
}

TEST_F(FilesTest, FolderAppearsWhole) {
  {
    AtomicDirectory folder(folder_ / "model/");
    write_file_atomic(folder.path() / "sub" / "a", "1");
    EXPECT_FALSE(fs::exists(folder_ / "model"));
    folder.commit();
    EXPECT_THROW(folder.commit(), Error);
  }
  EXPECT_EQ(read_file(folder_ / "model" / "sub" / "a"), "1");
  EXPECT_THAT(names(), ElementsAre("model"));
}

TEST_F(FilesTest, FolderReplacesTheOldOne) {
  fs::create_directories(folder_ / "model");
  std::ofstream(folder_ / "model" / "stale") << "old";
  AtomicDirectory folder(folder_ / "model");
  write_file_atomic(folder.path() / "fresh", "new");
  folder.commit();
  EXPECT_THAT(names(), ElementsAre("model"));
  EXPECT_FALSE(fs::exists(folder_ / "model" / "stale"));
  EXPECT_EQ(read_file(folder_ / "model" / "fresh"), "new");
}

TEST_F(FilesTest, UncommittedFolderLeavesNothing) {
  {
    AtomicDirectory folder(folder_ / "model");
    write_file_atomic(folder.path() / "sub" / "a", "1");
  }
  EXPECT_THAT(names(), IsEmpty());
}

// Whenever the writer is killed, a reader finds one whole generation, file and folder alike.
TEST_F(FilesTest, KillLeavesOldOrNew) {
  const auto write_generation = [&](int i) {
    const std::string text = std::to_string(i);
    AtomicDirectory folder(folder_ / "model");
    write_file_atomic(folder.path() / "a", text);
    write_file_atomic(folder.path() / "b", text);
    folder.commit();
    write_file_atomic(folder_ / "file", std::string(10'000, static_cast<char>('a' + i % 26)));
  };
  write_generation(0);
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 1;; ++i) write_generation(i);
    }
    ::usleep(1000 + 700 * round);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(read_file(folder_ / "model" / "a"), read_file(folder_ / "model" / "b"));
    const std::string file = read_file(folder_ / "file");
    EXPECT_EQ(file, std::string(10'000, file.at(0)));
  }
}

TEST_F(FilesTest, FolderThroughALinkReplacesItsTarget) {
  fs::create_directory(folder_ / "v1");
  fs::create_directory_symlink("v1", folder_ / "latest");
  AtomicDirectory folder(folder_ / "latest");
  write_file_atomic(folder.path() / "a", "1");
  folder.commit();
  EXPECT_TRUE(fs::is_symlink(folder_ / "latest"));
  EXPECT_EQ(read_file(folder_ / "v1" / "a"), "1");
  EXPECT_THAT(names(), UnorderedElementsAre("v1", "latest"));
}

TEST_F(FilesTest, MapOutlivesTheName) {
  write_file_atomic(folder_ / "f", "mapped");
  const auto file = MappedFile::open(folder_ / "f");
  fs::remove(folder_ / "f");
  ASSERT_EQ(file->bytes().size(), 6u);
  EXPECT_EQ(static_cast<char>(file->bytes()[0]), 'm');
  write_file_atomic(folder_ / "empty", "");
  EXPECT_TRUE(MappedFile::open(folder_ / "empty")->bytes().empty());
}

TEST_F(FilesTest, AppendsWholeLines) {
  const fs::path path = folder_ / "logs" / "log";
  LineAppender(path).append("one");
  {
    LineAppender log(path);
    log.append("");
    log.append("two");
    EXPECT_EQ(code_of([&] { log.append("a\nb"); }), ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(read_file(path), "one\n\ntwo\n");
  std::ofstream(path, std::ios::app) << "cut";  // as a kill in the middle of a write leaves it
  LineAppender(path).append("three");
  EXPECT_EQ(read_file(path), "one\n\ntwo\ncut\nthree\n");
}

TEST_F(FilesTest, FullDiskDoesNotSpoilLaterLines) {
  LineAppender log(folder_ / "log");
  {
    const SizeLimit limit(10);
    log.append("12345");
    EXPECT_EQ(code_of([&] { log.append("67890"); }), ErrorCode::kIo);
    EXPECT_EQ(code_of([&] { log.append("x"); }), ErrorCode::kIo);
  }
  log.append("later");
  EXPECT_EQ(read_file(folder_ / "log"), "12345\n6789\nlater\n");
  LineAppender full("/dev/full");
  std::string message;
  EXPECT_EQ(code_of([&] { full.append("x"); }, &message), ErrorCode::kIo);
  EXPECT_THAT(message, HasSubstr("/dev/full: cannot append: No space left on device"));
}

}  // namespace
}  // namespace fundi
