#include "base/json.h"
#include "serve/routes/all.h"

namespace fundi::serve {

RouteResult health(const Request&, Service& service) {
  Response response;
  const bool draining = service.draining;
  if (draining) response.status = 503;
  response.body = dump_json(Json{{"status", draining ? "draining" : "ok"},
                                 {"model", service.model_id},
                                 {"sequences", service.engine->load()}});
  return response;
}

}  // namespace fundi::serve
