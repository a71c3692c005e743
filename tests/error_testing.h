#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace fundi {

// The message of the Error that `call` throws.
template <typename Call>
std::string message_of(ErrorCode code, const Call& call) {
  try {
    call();
  } catch (const Error& e) {
    EXPECT_EQ(static_cast<int>(e.code()), static_cast<int>(code)) << e.what();
    return e.what();
  }
  ADD_FAILURE() << "no error was thrown";
  return "";
}

}  // namespace fundi
