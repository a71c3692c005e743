#pragma once

#include "curate/readers/row_keys.h"

namespace fundi::curate {

// Makes `record`, which has its name, of a row of a conversation in any of the forms of chat.cc;
// one with a problem where it is none.
void read_chat_row(Json row, const RowKeys& keys, Record& record);

}  // namespace fundi::curate
