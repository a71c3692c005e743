#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

class BatchTest : public ModelsTest {
 protected:
  void SetUp() override {
    ModelsTest::SetUp();
    model_ = load_model(case_folder("untied"));
  }
  std::unique_ptr<Model> model_;
};

TEST_F(BatchTest, LaysDocumentsEndToEnd) {
  const std::vector<int32_t> a{5, 6, 7}, b{8};
  const Batch batch = Batch::of_documents({a, b});
  EXPECT_THAT(ids_of(batch.ids), testing::ElementsAre(5, 6, 7, 8));
  EXPECT_THAT(ids_of(batch.positions), testing::ElementsAre(0, 1, 2, 0));
  ASSERT_EQ(batch.segments->size(), 2U);
  EXPECT_EQ((*batch.segments)[1].q_begin, 3);
  EXPECT_EQ((*batch.segments)[1].k_count, 1);
  expect_error(ErrorCode::kInvalidArgument, "document 1", [&] { Batch::of_documents({a, {}}); });
}

TEST_F(BatchTest, ChecksIdsAndCaches) {
  expect_error(ErrorCode::kInvalidArgument, "token id 61 at position 2", [&] {
    logits(*model_, {{1, 2, 61}});
  });
  expect_error(ErrorCode::kInvalidArgument, "token id -1 at position 0",
               [&] { logits(*model_, {{-1}}); });

  const std::vector<int32_t> tokens{1, 2};
  KvCache cache(model_->kv_layout(), model_->dtype());
  expect_error(ErrorCode::kInvalidArgument, "has 1 caches", [&] {
    Batch::continuing({tokens, tokens}, {&cache});
  });
  const Batch twice = Batch::continuing({tokens, tokens}, {&cache, &cache});
  expect_error(ErrorCode::kInvalidArgument, "cache 1", [&] { logits(*model_, twice); });
  const Batch batch = Batch::continuing({tokens}, {&cache});
  logits(*model_, batch);
  expect_error(ErrorCode::kInvalidArgument, "cache 0", [&] { logits(*model_, batch); });
  EXPECT_EQ(cache.length(), 2);
  expect_error(ErrorCode::kInvalidArgument, "3", [&] { cache.truncate(3); });

  ops::Tape tape;
  ops::Context context{stream_, &tape};
  expect_error(ErrorCode::kInvalidArgument, "cannot be trained",
               [&] { model_->hidden(context, Batch::continuing({tokens}, {&cache})); });
}

TEST_F(BatchTest, CachesGrowByDoubling) {
  KvCache cache(model_->kv_layout(), DType::kF32, 4);
  const size_t before = cache.bytes();
  EXPECT_EQ(before, 2U * 2 * 4 * 2 * 6 * sizeof(float));
  const std::vector<int32_t> tokens{1, 2, 3, 4, 5};
  logits(*model_, Batch::continuing({tokens}, {&cache}));
  EXPECT_EQ(cache.bytes(), 2 * before);
}

}  // namespace
}  // namespace fundi::models
