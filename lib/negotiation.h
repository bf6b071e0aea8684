/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Version and features: what abi_query settles for the host and for each pVM. */
#ifndef PKVM_LIB_NEGOTIATION_H
#define PKVM_LIB_NEGOTIATION_H

#include "hyp.h"

/* What the caller asks for and this core knows; nothing for another major. */
struct pkvm_negotiation pkvm_negotiate(const struct pkvm_query *query, uint64_t known);

/* The answer of abi_query under a negotiation. */
void pkvm_answer_fill(const struct pkvm_hyp *hyp, const struct pkvm_negotiation *negotiation,
		      struct pkvm_answer *answer);

#endif
