/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Posting: a stub leaves its call in the shared page, and the next vcpu_run makes
 * it. Whether it does is the negotiated feature's matter; a host without it calls.
 *
 * A call never overtakes what is posted, and of the items none that the slots'
 * order would let overtake another: what is in the way is sent as calls first.
 */
#ifndef PKVM_HOST_POST_H
#define PKVM_HOST_POST_H

#include "host.h"

/*
 * False: nothing is posted and the stub calls. The reply to the last exit is
 * taken before items are applied, and so holds up everything posted behind it.
 */
PKVM_MUST_CHECK bool pkvm_host_may_post(const struct pkvm_host_vcpu *vcpu);
PKVM_MUST_CHECK bool pkvm_host_post(struct pkvm_host_vcpu *vcpu, uint32_t slot,
				    const uint64_t in[4]);

#define PKVM_HOST_POST(VCPU, NAME, ...) \
	pkvm_host_post(VCPU, PKVM_POST_##NAME, (const uint64_t[4]){ __VA_ARGS__ })

static inline bool pkvm_host_is_posted(const struct pkvm_host_vcpu *vcpu, uint32_t slot)
{
	return vcpu->posted & 1u << slot;
}

/* Sends what is posted as calls, in its order. */
void pkvm_host_settle(struct pkvm_host_vcpu *vcpu);

/* After a run: what became of each item, by the rules of result.h. */
void pkvm_host_conclude_posted(struct pkvm_host_vcpu *vcpu);

#endif
