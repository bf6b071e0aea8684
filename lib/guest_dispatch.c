/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The guest's VMCALL from registers to registers: gate, unpack, handler, scrub.
 * One function for each row, made by the row.
 */
#include "exit.h"
#include "guest_dispatch.h"

/* The convention's words as general-purpose registers, RBX first. */
static const uint8_t word_gpr[PKVM_MAX_WORDS] = {
	PKVM_GPR_RBX, PKVM_GPR_RCX, PKVM_GPR_RDX, PKVM_GPR_RSI, PKVM_GPR_RDI,
	PKVM_GPR_R8,  PKVM_GPR_R9,  PKVM_GPR_R10, PKVM_GPR_R11, PKVM_GPR_R12,
};

/* What a row makes of a call beside its status. */
struct guest_row {
	uint32_t inputs;
	uint32_t outputs;
	uint32_t forwarded;     /* PKVM_FORWARDED_* */
};

/* One negotiation for each pVM; another vCPU may repeat it at any time. */
static int64_t judge_row(struct pkvm_call *call, uint32_t since, uint64_t feature)
{
	struct pkvm_negotiation guest;

	pkvm_plat_lock(&call->vm->lock);
	guest = call->vm->guest;
	pkvm_plat_unlock(&call->vm->lock);
	if (!guest.agreed)
		return -PKVM_EPROTO;
	return since > guest.minor || !(feature & guest.features) ? -PKVM_ENOSYS : 0;
}

#define CALL_IN(SHAPE)     PKVM_UNLESS_NONE(SHAPE)(, &in)
#define CALL_OUT(SHAPE)    PKVM_UNLESS_NONE(SHAPE)(, &out)
#define DECLARE_IN(SHAPE)  PKVM_UNLESS_NONE(SHAPE)(struct pkvm_##SHAPE in;)
#define DECLARE_OUT(SHAPE) PKVM_UNLESS_NONE(SHAPE)(struct pkvm_##SHAPE out = {0};)
#define JUDGE_WORDS(SHAPE)                                                     \
	PKVM_UNLESS_NONE(SHAPE)(                                               \
		if (!status && (call->refused = pkvm_bad_word_##SHAPE(regs)))  \
			status = -PKVM_EINVAL;)
#define UNPACK(SHAPE) PKVM_UNLESS_NONE(SHAPE)(pkvm_unpack_##SHAPE(regs, &in);)
#define PACK(SHAPE)   PKVM_UNLESS_NONE(SHAPE)(pkvm_pack_##SHAPE(&out, regs);)

/* The road of one row; a call that the host is asked for has no outputs yet. */
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED)                \
	static int64_t call_##NAME(struct pkvm_call *call, struct pkvm_regs *regs,       \
				   struct guest_row *row)                                \
	{                                                                                \
		DECLARE_IN(IN)                                                           \
		DECLARE_OUT(OUT)                                                         \
		int64_t status = 0;                                                      \
                                                                                         \
		*row = (struct guest_row){PKVM_NR_WORDS_##IN, PKVM_NR_WORDS_##OUT,       \
					  PKVM_FORWARDED_##FORWARDED};                   \
		if (PKVM_GC_##NAME != PKVM_GC_abi_query)                                 \
			status = judge_row(call, SINCE, PKVM_FEAT_##FEATURE);            \
		JUDGE_WORDS(IN)                                                          \
		if (!status) {                                                           \
			UNPACK(IN)                                                       \
			status = pkvm_hyp_guest_##NAME(call CALL_IN(IN) CALL_OUT(OUT));  \
		}                                                                        \
		if (!status && PKVM_FORWARDED_##FORWARDED != PKVM_FORWARDED_asked) {     \
			if (PKVM_NR_WORDS_##OUT == 0)                                    \
				regs->word[0] = 0;                                       \
			PACK(OUT)                                                        \
		}                                                                        \
		return status;                                                           \
	}
#include <pkvm/guest_calls.inc>

static int64_t call_unknown(struct pkvm_call *call)
{
	const int64_t status = judge_row(call, 0, 0);

	return status == -PKVM_EPROTO ? status : -PKVM_ENOSYS;
}

static int64_t dispatch(struct pkvm_call *call, struct pkvm_regs *regs, struct guest_row *row)
{
	switch (regs->rax) {
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	case NUMBER:                                                      \
		return call_##NAME(call, regs, row);
#include <pkvm/guest_calls.inc>
	default:
		return call_unknown(call);
	}
}

/* RAX and RBX always, other outputs as declared; then the VMCALL is behind. */
static void finish(struct pkvm_vcpu *vcpu, int64_t status, const struct pkvm_regs *regs,
		   uint32_t outputs)
{
	vcpu->regs.gpr[PKVM_GPR_RAX] = (uint64_t)status;
	vcpu->regs.gpr[PKVM_GPR_RBX] = regs->word[0];
	for (uint32_t i = 1; i < outputs; i++)
		vcpu->regs.gpr[word_gpr[i]] = status ? 0 : regs->word[i];
	pkvm_skip_instruction(vcpu);
}

/* The host is asked: number and declared inputs, values at their width. */
static bool ask(struct pkvm_vcpu *vcpu, const struct pkvm_regs *regs,
		const struct guest_row *row, struct pkvm_run_exit *out)
{
	vcpu->answer = PKVM_ANSWER_GUEST_CALL;
	vcpu->answer_call = regs->rax;
	pkvm_leave(out, PKVM_EXIT_GUEST_CALL, regs->rax, regs->word[0],
		   row->inputs > 1 ? regs->word[1] : 0);
	if (row->inputs > 2)
		out->word3 = regs->word[2] & pkvm_low_bytes(vcpu->answer_size);
	return true;
}

/* share_mem alone is -EAGAIN: the guest repeats it, its registers are untouched. */
static bool wants_page(struct pkvm_call *call, const struct pkvm_regs *asked,
		       struct pkvm_run_exit *out)
{
	struct pkvm_range range;

	pkvm_unpack_range(asked, &range);
	return pkvm_guest_wants_page(call, &range, out);
}

bool pkvm_guest_vmcall(struct pkvm_call *call, struct pkvm_run_exit *out)
{
	const uint64_t *gpr = call->vcpu->regs.gpr;
	struct guest_row row = {0, 0, PKVM_FORWARDED_no};
	struct pkvm_regs asked, regs;
	int64_t status;

	asked.rax = gpr[PKVM_GPR_RAX];
	for (uint32_t i = 0; i < PKVM_MAX_WORDS; i++)
		asked.word[i] = gpr[word_gpr[i]];
	regs = asked;
	call->refused = 0;
	status = dispatch(call, &regs, &row);
	if (status == -PKVM_EAGAIN)
		return wants_page(call, &asked, out);
	if (!status && row.forwarded == PKVM_FORWARDED_asked)
		return ask(call->vcpu, &asked, &row, out);
	if (status)
		regs.word[0] = call->refused;
	finish(call->vcpu, status, &regs, row.outputs);
	if (status || row.forwarded != PKVM_FORWARDED_told)
		return false;
	return pkvm_leave(out, PKVM_EXIT_GUEST_CALL, asked.rax, asked.word[0], 0);
}

/* The outputs of the call that waits; the rows know how many they are. */
static uint32_t outputs_of(uint64_t number)
{
	switch (number) {
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	case NUMBER:                                                      \
		return PKVM_NR_WORDS_##OUT;
#include <pkvm/guest_calls.inc>
	default:
		return 0;
	}
}

void pkvm_guest_answer(struct pkvm_vcpu *vcpu, int64_t status, uint64_t value)
{
	const uint32_t outputs = outputs_of(vcpu->answer_call);
	struct pkvm_regs regs = {0};

	if (!status && outputs)
		regs.word[0] = value & pkvm_low_bytes(vcpu->answer_size);
	finish(vcpu, status, &regs, outputs);
}
