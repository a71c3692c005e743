#include "curate/extract/xml_reader.h"

#include <libxml/parser.h>

#include <algorithm>
#include <mutex>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace fundi::curate {

struct XmlReader::Impl {
  XmlHandler& handler;
  uint64_t max_depth;
  uint64_t depth = 0;
  std::exception_ptr thrown = nullptr;
  xmlParserCtxtPtr context = nullptr;

  // An exception must not pass through the frames of libxml2.
  template <typename Call>
  void guarded(const Call& call) {
    if (thrown) return;
    try {
      call();
    } catch (...) {
      thrown = std::current_exception();
      xmlStopParser(context);
    }
  }
};

namespace {

std::string_view view(const xmlChar* text) { return reinterpret_cast<const char*>(text); }

template <typename Impl>
Impl& impl_of(void* data) {
  return *static_cast<Impl*>(data);
}

template <typename Impl>
void on_begin(void* data, const xmlChar* name, const xmlChar*, const xmlChar*, int, const xmlChar**,
              int attributes, int, const xmlChar** values) {
  Impl& impl = impl_of<Impl>(data);
  impl.guarded([&] {
    if (++impl.depth > impl.max_depth) {
      fail(ErrorCode::kCorruptData, "elements nested deeper than {}", impl.max_depth);
    }
    impl.handler.begin(view(name), XmlHandler::Attributes(values, attributes));
  });
}

template <typename Impl>
void on_end(void* data, const xmlChar* name, const xmlChar*, const xmlChar*) {
  Impl& impl = impl_of<Impl>(data);
  impl.guarded([&] {
    --impl.depth;
    impl.handler.end(view(name));
  });
}

template <typename Impl>
void on_characters(void* data, const xmlChar* text, int length) {
  Impl& impl = impl_of<Impl>(data);
  impl.guarded([&] {
    impl.handler.characters({reinterpret_cast<const char*>(text), static_cast<size_t>(length)});
  });
}

}  // namespace

std::string_view XmlHandler::Attributes::get(std::string_view name) const {
  // Five pointers each: local name, prefix, URI, begin and end of the value.
  for (int i = 0; i < count_; ++i) {
    const unsigned char** at = values_ + 5 * i;
    if (view(at[0]) != name) continue;
    return {reinterpret_cast<const char*>(at[3]), static_cast<size_t>(at[4] - at[3])};
  }
  return "";
}

XmlReader::XmlReader(XmlHandler& handler, uint64_t max_depth)
    : impl_(std::make_unique<Impl>(Impl{.handler = handler, .max_depth = max_depth})) {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  // With no other handler, declarations of entities are read and forgotten, and messages unprinted.
  xmlSAXHandler sax = {};
  sax.initialized = XML_SAX2_MAGIC;
  sax.startElementNs = on_begin<Impl>;
  sax.endElementNs = on_end<Impl>;
  sax.characters = on_characters<Impl>;
  sax.cdataBlock = on_characters<Impl>;
  sax.ignorableWhitespace = on_characters<Impl>;
  impl_->context = xmlCreatePushParserCtxt(&sax, impl_.get(), nullptr, 0, nullptr);
  if (impl_->context == nullptr) fail(ErrorCode::kIo, "libxml2: out of memory");
  // Depth and size are bounded here; libxml2's own bounds are tighter than real books.
  xmlCtxtUseOptions(impl_->context, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOCDATA);
}

XmlReader::~XmlReader() {
  if (impl_->context->myDoc != nullptr) xmlFreeDoc(impl_->context->myDoc);
  xmlFreeParserCtxt(impl_->context);
}

void XmlReader::feed(std::string_view piece) {
  constexpr size_t kStep = 1 << 20;
  for (; !piece.empty(); piece.remove_prefix(std::min(kStep, piece.size()))) {
    const auto n = static_cast<int>(std::min(kStep, piece.size()));
    const int status = xmlParseChunk(impl_->context, piece.data(), n, 0);
    if (impl_->thrown) std::rethrow_exception(impl_->thrown);
    if (status != XML_ERR_OK && impl_->context->wellFormed == 0) finish();
  }
}

void XmlReader::finish() {
  xmlParseChunk(impl_->context, nullptr, 0, 1);
  if (impl_->thrown) std::rethrow_exception(impl_->thrown);
  if (impl_->context->wellFormed != 0) return;
  const xmlError* error = xmlCtxtGetLastError(impl_->context);
  const char* message = error != nullptr && error->message != nullptr ? error->message : "no XML";
  fail(ErrorCode::kCorruptData, "broken XML: {}", trim(message));
}

}  // namespace fundi::curate
