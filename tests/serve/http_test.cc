#include "serve/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/api_error.h"

namespace fundi::serve {
namespace {

TEST(Http, PathOfTarget) {
  EXPECT_EQ(path_of_target("/v1/models?x=1#y"), "/v1/models");
  EXPECT_EQ(path_of_target("/v1/models/org%2Fname"), "/v1/models/org/name");
  EXPECT_EQ(path_of_target("/%"), "/%");
  EXPECT_EQ(path_of_target("/%4"), "/%4");
  EXPECT_EQ(path_of_target("/%zz%-1"), "/%zz%-1");
  EXPECT_EQ(path_of_target(""), "");
}

TEST(Http, EmptyChunkIsNothing) {
  EXPECT_EQ(format_chunk(""), "");
  EXPECT_EQ(format_chunk("0123456789abcdef"), "10\r\n0123456789abcdef\r\n");
}

TEST(Http, ErrorsSayWhatTheApiSays) {
  const Response response = error_response(ApiError(400, "top_p", "odd", "top_p: too odd"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"error":{"message":"top_p: too odd","type":"invalid_request_error",)"
                           R"("param":"top_p","code":"odd"}})");
  EXPECT_EQ(error_response(Error(ErrorCode::kUnavailable, "x")).headers.at(0).first, "Retry-After");
  // Nothing of a foreign exception's text gets out.
  const Response internal = error_response(std::runtime_error("secret"));
  EXPECT_EQ(internal.status, 500);
  EXPECT_THAT(internal.body, testing::Not(testing::HasSubstr("secret")));
}

}  // namespace
}  // namespace fundi::serve
