// render_card of flow/card.h.
#include "curate/flow/card.h"

namespace fundi::curate {

std::string render_card(const Json& card) { return dump_json_pretty(card); }

}  // namespace fundi::curate
