/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's VMCALL from registers to registers: gate, unpack, handler, scrub.
 * One function for each row, made by the row; nothing else happens between the
 * VM exit and the handler.
 */
#include "gate.h"

/* RBX names the refused word, every other declared output is zero. */
static void refuse(struct pkvm_regs *regs, unsigned int outputs, unsigned int refused)
{
	for (unsigned int i = 1; i < outputs; i++)
		regs->word[i] = 0;
	regs->word[0] = refused;
}

#define CALL_IN(SHAPE)      PKVM_UNLESS_NONE(SHAPE)(, &in)
#define CALL_OUT(SHAPE)     PKVM_UNLESS_NONE(SHAPE)(, &out)
#define DECLARE_IN(SHAPE)   PKVM_UNLESS_NONE(SHAPE)(struct pkvm_##SHAPE in;)
#define DECLARE_OUT(SHAPE)  PKVM_UNLESS_NONE(SHAPE)(struct pkvm_##SHAPE out;)
#define JUDGE_WORDS(SHAPE)                                                     \
	PKVM_UNLESS_NONE(SHAPE)(                                               \
		if (!status && (call->refused = pkvm_bad_word_##SHAPE(regs)))  \
			status = -PKVM_EINVAL;)
#define UNPACK(SHAPE) PKVM_UNLESS_NONE(SHAPE)(pkvm_unpack_##SHAPE(regs, &in);)
#define PACK(SHAPE)   PKVM_UNLESS_NONE(SHAPE)(pkvm_pack_##SHAPE(&out, regs);)

/* The road of one row; its status is the call's. */
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE)   \
	static int64_t call_##NAME(struct pkvm_call *call, struct pkvm_regs *regs)     \
	{                                                                              \
		const struct pkvm_row row = {                                          \
			PKVM_ROW_##NAME,      SINCE,                PKVM_FEAT_##FEATURE, \
			PKVM_CONTEXT_##CONTEXT, PKVM_POLICY_##POLICY, PKVM_LIFE_##LIFE}; \
		DECLARE_IN(IN)                                                         \
		DECLARE_OUT(OUT)                                                       \
		int64_t status = pkvm_gate_system(call, &row);                         \
                                                                                       \
		JUDGE_WORDS(IN)                                                        \
		if (!status)                                                           \
			status = pkvm_gate_object(call, &row, regs);                   \
		if (!status) {                                                         \
			UNPACK(IN)                                                     \
			status = pkvm_hyp_##NAME(call CALL_IN(IN) CALL_OUT(OUT));      \
		}                                                                      \
		if (status) {                                                          \
			refuse(regs, PKVM_NR_WORDS_##OUT, call->refused);              \
			return status;                                                 \
		}                                                                      \
		regs->word[0] = 0;                                                     \
		PACK(OUT)                                                              \
		return 0;                                                              \
	}
#include <pkvm/hypercalls.inc>

/* The row of a number, or PKVM_NR_ROWS. */
static uint32_t find_row(uint64_t number)
{
	switch (number) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case NUMBER:                                                                 \
		return PKVM_ROW_##NAME;
#include <pkvm/hypercalls.inc>
	default:
		return PKVM_NR_ROWS;
	}
}

static int64_t call_unknown(struct pkvm_call *call, struct pkvm_regs *regs)
{
	regs->word[0] = 0;
	return call->hyp->host.agreed ? -PKVM_ENOSYS : -PKVM_EPROTO;
}

static int64_t dispatch(struct pkvm_call *call, uint32_t row, struct pkvm_regs *regs)
{
	switch (row) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case PKVM_ROW_##NAME:                                                        \
		return call_##NAME(call, regs);
#include <pkvm/hypercalls.inc>
	default:
		return call_unknown(call, regs);
	}
}

static void trace_call(struct pkvm_hyp *hyp, uint32_t row, uint64_t cycles)
{
	pkvm_trace_exit(hyp, &pkvm_hyp_host_trace(hyp, pkvm_plat_cpu())->exits,
			18 /* VMCALL */, cycles);
	if (row < PKVM_NR_ROWS)
		pkvm_trace_call(hyp, row, cycles);
}

bool pkvm_hyp_host_vmcall(struct pkvm_hyp *hyp, struct pkvm_regs *regs, unsigned int cpl,
			  bool long_mode)
{
	const bool traced = __atomic_load_n(&hyp->trace_on, __ATOMIC_RELAXED);
	struct pkvm_call call = {0};
	uint64_t start = 0;
	uint32_t row;

	if (cpl || !long_mode)
		return false;
	if (traced)
		start = pkvm_plat_tsc();
	call.hyp = hyp;
	call.cpu = &hyp->cpu[pkvm_plat_cpu()];
	row = find_row(regs->rax);
	regs->rax = (uint64_t)dispatch(&call, row, regs);
	pkvm_gate_leave(&call);
	if (traced)
		trace_call(hyp, row, pkvm_plat_tsc() - start);
	return true;
}
