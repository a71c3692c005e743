#include "cli/all.h"

#include "cli/bench/bench.h"
#include "cli/chat.h"
#include "cli/convert.h"
#include "cli/curate/curate.h"
#include "cli/generate.h"
#include "cli/inspect.h"
#include "cli/perplexity.h"
#include "cli/render.h"
#include "cli/run.h"
#include "cli/serve.h"
#include "cli/stage.h"
#include "cli/train.h"

namespace fundi::cli {

void add_all_commands(CLI::App& app) {
  add_run_command(app);
  add_stage_command(app);
  add_curate_command(app);
  add_train_command(app);
  add_generate_command(app);
  add_chat_command(app);
  add_serve_command(app);
  add_render_command(app);
  add_perplexity_command(app);
  add_inspect_command(app);
  add_convert_command(app);
  add_bench_command(app);
}

}  // namespace fundi::cli
