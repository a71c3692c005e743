#include "serve/api_error.h"
#include "serve/routes/all.h"

namespace fundi::serve {
namespace {

Json model_json(const Service& service) {
  return Json{{"id", service.model_id},
              {"object", "model"},
              {"created", service.created},
              {"owned_by", "fundi"},
              {"max_model_len", service.context_length}};
}

}  // namespace

RouteResult list_models(const Request&, Service& service) {
  Response response;
  response.body = dump_json(Json{{"object", "list"}, {"data", Json::array({model_json(service)})}});
  return response;
}

RouteResult get_model(const Request& request, Service& service) {
  const std::string id = request.path.substr(std::string_view("/v1/models/").size());
  if (id != service.model_id) {
    throw ApiError(
        404, "model", "model_not_found",
        fmt::format("model: '{}' does not exist here; this server has '{}'", id, service.model_id));
  }
  Response response;
  response.body = dump_json(model_json(service));
  return response;
}

}  // namespace fundi::serve
