#pragma once

#include <string>

#include "base/json.h"

namespace fundi::curate {

class Plan;

// What went in, what came out, and what became of the rest, from the figures of all tasks. A volume
// is [documents, bytes of text].
//   name, output
//   sample        documents asked for; 0: all
//   notes         [text]: filters that removed nothing, steps that removed nearly everything,
//                  licences that nobody states, tasks given up, ...
//   read          {records, quarantined, documents, bytes,
//                  problems: [{reason, records, examples: [{id, reason}]}]}
//   funnel        [{step, kind: document | group, in, out: volumes, rejected: {rule: volume},
//                  rules: [{rule, documents, rejected, least, greatest, mean,
//                           bins: [[from, to, documents, rejected]]}],
//                  counts: {what: number}, examples: {rule: [{id, value, limit, excerpt}]},
//                  clusters: [{size, documents: [id]}], warning}]
//   sources       [{source, title, origin, licence, files, files_not_read, file_bytes, available,
//                  target: bytes of text, rate, bound, written: volume,
//                  licences: [{licence, written: volume}], as the documents written state them}]
//   languages     {code: volume}, of what was written; "" where none is known
//   written       {documents, bytes, shards, tokens, train, validation: {documents, bytes, shards}}
//   recipe        as read, with the overrides
// The same work gives the same card: no times.
Json make_card(const Plan& plan);

// The same as a page that needs nothing else. Everything from data is escaped. Throws kCorruptData
// for what is no card.
std::string render_card(const Json& card);

}  // namespace fundi::curate
