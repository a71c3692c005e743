#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace fundi {

// SHA-256 as 64 lower-case hex digits: the identity of files, recipes and models.
std::string sha256_hex(std::string_view bytes);

// Of a file's content. Of a folder: over "path NUL digest newline" for each of its files, sorted by
// the bytes of the path relative to the folder; links to files are read through, empty folders do
// not count. Throws kNotFound, kIo, kUnsupported (a link to a folder, a device).
std::string sha256_path(const std::filesystem::path& path);

// XXH3, 64 bits: for hash tables and caches, never for identity.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

}  // namespace fundi
