#pragma once

#include <string>

#include "base/json.h"
#include "curate/flow/task.h"

namespace fundi::curate {

// The story of a document: it is read and put through the steps again, each rule being asked; what
// group steps found is looked up in the work folder.
//   {id, source, file, licence, language, ordinal, text (what was read),
//    steps: [{step, passed, rule, value, limit, answers: [{rule, value, limit, passed}],
//             counts, changed, text (where it changed)}],
//    end: "written" | "rejected" | "quarantined" | "not_drawn", reason, copies}
// Throws kNotFound where no source has such a document, with an id that is near.
Json explain(const Plan& plan, const std::string& id);

}  // namespace fundi::curate
