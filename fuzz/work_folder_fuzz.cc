// Any bytes as what lies in a work folder: a bundle, documents, a pass's figures, a packed sketch,
// a list of ids. The first byte chooses. Checksums are made right, or they would stop every change.
// modules: curate

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "curate/flow/bundle.h"
#include "curate/flow/document_ids.h"
#include "curate/flow/figures.h"
#include "curate/flow/shuffle.h"
#include "curate/flow/stage.h"
#include "curate/flow/stored_document.h"
#include "memory_file.h"

namespace {

using namespace fundi::curate;

// Sections, their directory and a right tail; the second byte is where the directory begins.
void read_bundle(std::string bytes) {
  if (bytes.empty()) return;
  const uint64_t begin = static_cast<unsigned char>(bytes[0]);
  bytes.erase(0, 1);
  if (begin > bytes.size()) return;
  const uint64_t tail[] = {begin, 2, fundi::hash64(bytes.substr(begin)), 0x316c646e75426466};
  bytes.append(reinterpret_cast<const char*>(tail), sizeof(tail));
  const MemoryFile file({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  const Bundle bundle(file.path());
  for (size_t i = 0; i < bundle.sections(); ++i) {
    if (bundle.section(i).size() != bundle.size(i)) std::abort();
  }
}

void read_documents(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t size = document_size(bytes, "fuzz");
    const Document document = stored_document(bytes, "fuzz");
    if (document.ordinal != stored_ordinal(bytes, "fuzz")) std::abort();
    std::string again;
    append_document(again, document);
    if (stored_document(again, "fuzz").text != document.text) std::abort();
    bytes.remove_prefix(size);
  }
}

void read_ids(std::string_view bytes) {
  const fundi::fs::path folder = "/dev/shm/work_folder_fuzz." + std::to_string(::getpid());
  const size_t cut = bytes.size() / 2;
  BundleWriter writer(Layout::task(folder, 0) / "ids.bundle");
  writer.add("places", bytes.substr(0, cut));
  writer.add("ids", bytes.substr(cut));
  writer.commit();
  for (const uint64_t ordinal : {0, 1, 255}) (void)DocumentIds(folder).id_of(ordinal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(data + 1, data + size);
  try {
    switch (data[0] % 5) {
      case 0:
        read_bundle(bytes);
        break;
      case 1:
        read_documents(bytes);
        break;
      case 2:
        (void)PassFigures::from_json(fundi::parse_json(bytes, "fuzz"), "fuzz").to_json();
        break;
      case 3:
        Outbox(3).send_packed(bytes);
        break;
      default:
        read_ids(bytes);
    }
  } catch (const fundi::Error&) {
  }
  return 0;
}
