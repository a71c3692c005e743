#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string_view>

namespace fundi::curate {

// Events of an XML document. Names are local, without their prefix.
class XmlHandler {
 public:
  // Attributes of the element that begins; views live during the call.
  class Attributes {
   public:
    Attributes(const unsigned char** values, int count) : values_(values), count_(count) {}
    // By local name; empty where there is none. References in it are left as written.
    std::string_view get(std::string_view name) const;

   private:
    const unsigned char** values_;
    int count_;
  };
  virtual ~XmlHandler() = default;
  virtual void begin(std::string_view name, const Attributes& attributes) = 0;
  virtual void end(std::string_view name) = 0;
  virtual void characters(std::string_view text) = 0;
};

// Parses XML that is fed in pieces. Nothing outside is fetched and no entity but the five of XML
// and character references is expanded. Exceptions of the handler come out of feed() and finish().
// Throws kCorruptData for what is not well-formed and for elements nested deeper than `max_depth`.
class XmlReader {
 public:
  XmlReader(XmlHandler& handler, uint64_t max_depth);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;
  void feed(std::string_view piece);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fundi::curate
