#pragma once

#include <span>

#include "curate/redact/kind.h"

namespace fundi::curate {

// From the explicit list in all.cc, in the order in which they are asked.
std::span<const RedactKind* const> redact_kinds();

extern const RedactKind kApiKey;
extern const RedactKind kCreditCard;
extern const RedactKind kEmail;
extern const RedactKind kIban;
extern const RedactKind kIp;
extern const RedactKind kPhone;
extern const RedactKind kPrivateKey;
extern const RedactKind kUrlCredentials;

// National identity numbers. Those without a check digit or a form of their own are only taken
// where the words before say so.
extern const RedactKind kBrazilCpf;
extern const RedactKind kBritainNino;
extern const RedactKind kIndiaAadhaar;
extern const RedactKind kIndiaPan;
extern const RedactKind kKenyaId;
extern const RedactKind kKenyaPin;
extern const RedactKind kNigeriaNin;
extern const RedactKind kSouthAfricaId;
extern const RedactKind kUnitedStatesSsn;

}  // namespace fundi::curate
