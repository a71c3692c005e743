#include "cli/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include "base/parallel.h"
#include "base/text.h"
#include "cli/version.h"

namespace fundi::cli {
namespace {

// The value of the first line "key : value" or "KEY=value"; empty when there is none.
std::string first_value(const char* path, std::string_view key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const size_t at = line.find(separator);
    if (at == std::string::npos) continue;
    return replace_all(std::string(trim(std::string_view(line).substr(at + 1))), "\"", "");
  }
  return "";
}

}  // namespace

Json describe_machine() {
  Json json = {{"fundi", kVersion}};
  const std::string cpu = first_value("/proc/cpuinfo", "model name", ':');
  if (!cpu.empty()) json["cpu"] = cpu;
  json["cores"] = std::thread::hardware_concurrency();
  json["threads"] = thread_count();
  const long pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGE_SIZE);
  if (pages > 0 && page > 0) {
    json["memory_bytes"] = static_cast<uint64_t>(pages) * static_cast<uint64_t>(page);
  }
  const std::string system = first_value("/etc/os-release", "PRETTY_NAME", '=');
  utsname kernel{};
  if (!system.empty()) json["system"] = system;
  if (::uname(&kernel) == 0) json["kernel"] = std::string(kernel.sysname) + " " + kernel.release;
  return json;
}

}  // namespace fundi::cli
