/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A pVM's calls on their road from VMCALL to their handlers and back, as
 * dispatch.c is the host's; and the host's answers to those that it is asked.
 */
#ifndef PKVM_LIB_GUEST_DISPATCH_H
#define PKVM_LIB_GUEST_DISPATCH_H

#include "call.h"

/*
 * call->vcpu executed VMCALL at CPL 0 in 64-bit mode. Returns whether the run
 * ends, as exit handlers do.
 */
bool pkvm_guest_vmcall(struct pkvm_call *call, struct pkvm_run_exit *out);

/* The host answered the forwarded call: a status and output word 1. */
void pkvm_guest_answer(struct pkvm_vcpu *vcpu, int64_t status, uint64_t value);

/*
 * guest.c: share_mem found a page that is not backed. The host is asked for it,
 * or for pages of tables first; the guest repeats the call by itself.
 */
bool pkvm_guest_wants_page(struct pkvm_call *call, const struct pkvm_range *range,
			   struct pkvm_run_exit *out);

/* The low bytes of a word: an access of 1, 2, 4 or 8 bytes. */
static inline uint64_t pkvm_low_bytes(uint64_t size)
{
	return PKVM_BITS(8 * size - 1, 0);
}

#endif
