#pragma once

#include <string>

#include "base/json.h"

namespace fundi::curate {

class Plan;

// What went in, what came out, and what became of the rest, from the figures of all tasks:
//   name, output, finished, seconds
//   read          {records, quarantined, documents, bytes}
//   funnel        [{step, kind, in, out: [documents, bytes], rejected: {rule: [..]}, rules: [{rule,
//                 histogram}], counts, examples: {rule: [{id, value, excerpt}]}, warning}]
//   sources       [{source, licence, files, files_not_read, available, written, rate, bound}]
//   languages     {code: [documents, bytes]}
//   written       {documents, bytes, tokens, train, validation: {documents, bytes, shards}}
//   notes         [text]: steps that removed nothing or nearly everything, tasks given up
Json make_card(const Plan& plan);

// The same as a page that needs nothing else.
std::string render_card(const Json& card);

}  // namespace fundi::curate
