/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The guest's typed calls, pkvm_guest_<name>(): each row becomes pack,
 * transport, unpack. What a call does stands at its prototype in <pkvm/guest.h>.
 */
#include <pkvm/pkvm.h>
#include "transport.h"

/* What KVM answers a hypercall that it does not know (its KVM_ENOSYS). */
#define KVM_UNKNOWN_CALL (-1000)

/* A guest's call has inputs; it may have outputs. */
#define PARAMETERS(IN, OUT) \
	const struct pkvm_##IN *in PKVM_UNLESS_NONE(OUT)(, struct pkvm_##OUT *out)

/*
 * Sends an image off, and on failure takes the outputs out of what came back.
 * A plain KVM writes RAX alone: its answer names no refused word.
 */
static struct pkvm_status call(struct pkvm_regs *regs, uint64_t number, unsigned int n_out)
{
	struct pkvm_status status;
	unsigned int i;

	regs->rax = number;
	pkvm_guest_transport(regs);
	status.error = (int64_t)regs->rax;
	status.refused = 0;
	if (status.error == KVM_UNKNOWN_CALL)
		status.error = -(int64_t)PKVM_ENOSYS;
	else if (status.error)
		status.refused = regs->word[0];
	if (status.error)
		for (i = 0; i < n_out; i++)
			regs->word[i] = 0;
	return status;
}

#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED)              \
	struct pkvm_status pkvm_guest_##NAME(PARAMETERS(IN, OUT))                      \
	{                                                                              \
		struct pkvm_regs regs = { 0 };                                         \
		struct pkvm_status status;                                             \
                                                                                       \
		pkvm_pack_##IN(in, &regs);                                             \
		status = call(&regs, NUMBER, PKVM_NR_WORDS_##OUT);                     \
		PKVM_UNLESS_NONE(OUT)(pkvm_unpack_##OUT(&regs, out);)                  \
		return status;                                                         \
	}
#include <pkvm/guest_calls.inc>
