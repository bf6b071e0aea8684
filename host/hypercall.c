/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's typed calls, pkvm_hc_<name>(): each row becomes pack, transport,
 * unpack. What a call does stands at its prototype in <pkvm/<topic>.h>.
 */
#include <pkvm/pkvm.h>
#include "transport.h"

/* TEXT for the shape `none`, nothing for every other. */
#define IF_NONE(SHAPE)           IF_NONE_(PKVM_NONE_IS_##SHAPE, PKVM_KEEP, PKVM_DROP, 0)
#define IF_NONE_(...)            IF_NONE__(__VA_ARGS__)
#define IF_NONE__(A, B, PICK, ...) PICK

/* A call's parameters: in, out, both, or none. */
#define PARAMETERS(IN, OUT)                                                            \
	PKVM_UNLESS_NONE(IN)(const struct pkvm_##IN *in)                               \
	PKVM_UNLESS_NONE(IN)(PKVM_UNLESS_NONE(OUT)(,))                                 \
	PKVM_UNLESS_NONE(OUT)(struct pkvm_##OUT *out)                                  \
	IF_NONE(IN)(IF_NONE(OUT)(void))

/* Sends an image off, and on failure takes the outputs out of what came back. */
static struct pkvm_status call(struct pkvm_regs *regs, uint64_t number, unsigned int n_out)
{
	struct pkvm_status status;
	unsigned int i;

	regs->rax = number;
	pkvm_host_transport(regs);
	status.error = (int64_t)regs->rax;
	status.refused = 0;
	if (status.error) {
		status.refused = regs->word[0];
		for (i = 0; i < n_out; i++)
			regs->word[i] = 0;
	}
	return status;
}

#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE)   \
	struct pkvm_status pkvm_hc_##NAME(PARAMETERS(IN, OUT))                         \
	{                                                                              \
		struct pkvm_regs regs = { 0 };                                         \
		struct pkvm_status status;                                             \
                                                                                       \
		PKVM_UNLESS_NONE(IN)(pkvm_pack_##IN(in, &regs);)                       \
		status = call(&regs, NUMBER, PKVM_NR_WORDS_##OUT);                     \
		PKVM_UNLESS_NONE(OUT)(pkvm_unpack_##OUT(&regs, out);)                  \
		return status;                                                         \
	}
#include <pkvm/hypercalls.inc>

struct pkvm_status pkvm_hc_raw(uint64_t number, const uint64_t *in, unsigned int n_in,
			       uint64_t *out, unsigned int n_out)
{
	struct pkvm_status status = { -(int64_t)PKVM_EINVAL, 0 };
	struct pkvm_regs regs = { 0 };
	unsigned int i;

	if (n_in > PKVM_MAX_WORDS || n_out > PKVM_MAX_WORDS)
		return status;
	for (i = 0; i < n_in; i++)
		regs.word[i] = in[i];
	status = call(&regs, number, n_out);
	for (i = 0; i < n_out; i++)
		out[i] = regs.word[i];
	return status;
}
