/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's VMCALL from registers to registers: gate, unpack, handler, scrub.
 * One function for each row, made by the row; nothing else happens between the
 * VM exit and the handler.
 */
#include "gate.h"
#include "post.h"
#include "vmcs/controls.h"

/* RBX names the refused word, every other declared output is zero. */
__attribute__((cold)) static void refuse(struct pkvm_regs *regs, unsigned int outputs,
					 unsigned int refused)
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
		if (!status && pkvm_bad_word_##SHAPE(regs))                    \
			status = pkvm_refuse(call, pkvm_bad_word_##SHAPE(regs), PKVM_EINVAL);)
#define UNPACK(SHAPE) PKVM_UNLESS_NONE(SHAPE)(pkvm_unpack_##SHAPE(regs, &in);)
#define PACK(SHAPE)   PKVM_UNLESS_NONE(SHAPE)(pkvm_pack_##SHAPE(&out, regs);)

/* The road of one row, from the gate to the status in RAX. */
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE)     \
	__attribute__((noinline)) static void call_##NAME(struct pkvm_cpu *cpu,          \
							  struct pkvm_regs *regs)        \
	{                                                                                \
		const struct pkvm_row row = {                                            \
			PKVM_ROW_##NAME,        SINCE,                PKVM_FEAT_##FEATURE, \
			PKVM_CONTEXT_##CONTEXT, PKVM_POLICY_##POLICY, PKVM_LIFE_##LIFE}; \
		struct pkvm_call this_call;                                              \
		struct pkvm_call *call = &this_call;                                     \
		DECLARE_IN(IN)                                                           \
		DECLARE_OUT(OUT)                                                         \
		int64_t status;                                                          \
                                                                                         \
		pkvm_gate_begin(call, cpu, row.context);                                 \
		status = pkvm_gate_system(call, row);                                    \
		JUDGE_WORDS(IN)                                                          \
		if (!status)                                                             \
			status = pkvm_gate_object(call, row, regs);                      \
		if (!status) {                                                           \
			UNPACK(IN)                                                       \
			status = pkvm_hyp_##NAME(call CALL_IN(IN) CALL_OUT(OUT));        \
		}                                                                        \
		regs->rax = (uint64_t)status;                                            \
		if (__builtin_expect(status != 0, 0)) {                                  \
			refuse(regs, PKVM_NR_WORDS_##OUT, call->refused);                \
		} else {                                                                 \
			regs->word[0] = 0;                                               \
			PACK(OUT)                                                        \
		}                                                                        \
		if (row.context != PKVM_CONTEXT_vcpu && call->held)                      \
			pkvm_gate_leave(call);                                           \
	}
#include <pkvm/hypercalls.inc>

static void call_unknown(const struct pkvm_cpu *cpu, struct pkvm_regs *regs)
{
	regs->rax = (uint64_t)-(int64_t)pkvm_gate_not_in_force(cpu->hyp);
	regs->word[0] = 0;
}

PKVM_GATE void vmcall(struct pkvm_cpu *cpu, struct pkvm_regs *regs)
{
	switch (regs->rax) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case NUMBER:                                                                 \
		call_##NAME(cpu, regs);                                              \
		break;
#include <pkvm/hypercalls.inc>
	default:
		call_unknown(cpu, regs);
	}
}

void pkvm_hyp_posted_call(struct pkvm_cpu *cpu, uint32_t slot, struct pkvm_regs *regs)
{
	switch (slot) {
#define PKVM_POSTED(SLOT, NAME)          \
	case SLOT:                       \
		call_##NAME(cpu, regs);  \
		break;
#include <pkvm/posted.inc>
	default:
		call_unknown(cpu, regs);
	}
}

/* Apart, so that a call pays nothing for a trace that is off. */
__attribute__((noinline)) static void traced_vmcall(struct pkvm_cpu *cpu,
						    struct pkvm_regs *regs)
{
	const uint64_t epoch = pkvm_trace_epoch(cpu->hyp);
	struct pkvm_host_trace *trace = pkvm_hyp_host_trace(cpu->hyp, cpu->number);
	const uint32_t row = pkvm_row_index(regs->rax);
	const uint64_t start = pkvm_plat_tsc();
	uint64_t cycles;

	vmcall(cpu, regs);
	cycles = pkvm_plat_tsc() - start;
	pkvm_trace_exit(&trace->exits, epoch, PKVM_VMX_REASON_VMCALL, cycles);
	if (row < PKVM_NR_ROWS)
		pkvm_trace_call(trace, epoch, row, cycles);
}

void pkvm_hyp_host_vmcall(struct pkvm_cpu *cpu, struct pkvm_regs *regs)
{
	if (__atomic_load_n(&cpu->hyp->trace_on, __ATOMIC_RELAXED))
		traced_vmcall(cpu, regs);
	else
		vmcall(cpu, regs);
}
