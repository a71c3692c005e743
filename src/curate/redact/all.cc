#include "curate/redact/all.h"

namespace fundi::curate {

std::span<const RedactKind* const> redact_kinds() {
  static constexpr const RedactKind* kKinds[] = {
      &kPrivateKey,   &kApiKey,        &kUrlCredentials,  &kEmail,
      &kIban,         &kCreditCard,    &kUnitedStatesSsn, &kKenyaId,
      &kKenyaPin,     &kSouthAfricaId, &kBrazilCpf,       &kBritainNino,
      &kIndiaAadhaar, &kIndiaPan,      &kNigeriaNin,      &kIp,
      &kPhone};
  return kKinds;
}

}  // namespace fundi::curate
