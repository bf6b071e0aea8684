/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* MSRs of the loaded vCPU: the host's two calls, and the guest's own accesses. */
#include "call.h"
#include "control_register.h"
#include "msr_policy.h"
#include "msr_state.h"

#define INDEX_WORD PKVM_WORD_NUMBER(msr, index)
#define VALUE_WORD PKVM_WORD_NUMBER(msr, value)
#define IA32_MISC_ENABLE 0x1a0u
#define IA32_EFER        0xc0000080u

/* Whether the host has this MSR at all, by the row and the kind of VM. */
static int64_t judge_index(struct pkvm_call *call, const struct pkvm_msr_row *row)
{
	const bool protected_vm = pkvm_vcpu_is_protected(call->vcpu);

	if (protected_vm && (!row || row->host != PKVM_MSR_HOST_both))
		return pkvm_refuse(call, INDEX_WORD, PKVM_EPERM);
	if (!row || row->host == PKVM_MSR_HOST_emulated)
		return pkvm_refuse(call, INDEX_WORD, PKVM_EINVAL);
	return 0;
}

/* EFER has rules of its own: LMA is ignored. */
static bool value_is_valid(const struct pkvm_msr_row *row, uint32_t index, uint64_t value)
{
	if (index == IA32_EFER)
		return pkvm_efer_is_valid(value);
	return pkvm_msr_fits_mask(row, value) && pkvm_msr_obeys_rule(row, index, value);
}

/*
 * Writes one MSR, never comparing it with what was there. FLUSH_CMD and
 * PRED_CMD have no state and never reach the processor.
 */
int64_t pkvm_hyp_set_msr(struct pkvm_call *call, const struct pkvm_msr *in)
{
	const uint32_t index = (uint32_t)in->index;
	const struct pkvm_msr_row *row = pkvm_msr_row(index);
	const int64_t status = judge_index(call, row);

	if (status)
		return status;
	if (!value_is_valid(row, index, in->value)) {
		const bool forbidden = pkvm_vcpu_is_protected(call->vcpu) &&
				       index == IA32_MISC_ENABLE;

		return pkvm_refuse(call, VALUE_WORD, forbidden ? PKVM_EPERM : PKVM_EINVAL);
	}
	if (row->host != PKVM_MSR_HOST_ignored)
		pkvm_msr_state_write(call->vcpu, index, in->value | row->forced);
	return 0;
}

/* Reads one MSR. */
int64_t pkvm_hyp_get_msr(struct pkvm_call *call, const struct pkvm_msr_index *in,
			 struct pkvm_value *out)
{
	const uint32_t index = (uint32_t)in->index;
	const struct pkvm_msr_row *row = pkvm_msr_row(index);
	const int64_t status = judge_index(call, row);

	if (status)
		return status;
	if (row->host == PKVM_MSR_HOST_ignored)
		return pkvm_refuse(call, INDEX_WORD, PKVM_EINVAL);
	out->value = pkvm_msr_state_read(call->vcpu, index) | row->forced;
	return 0;
}

enum pkvm_msr_fate pkvm_guest_rdmsr(struct pkvm_vcpu *vcpu, uint32_t index, uint64_t *value)
{
	const struct pkvm_msr_row *row = pkvm_msr_row(index);

	if (!row || row->guest == PKVM_MSR_GUEST_ignore)
		return PKVM_MSR_FAULT;
	if (row->guest == PKVM_MSR_GUEST_forward)
		return PKVM_MSR_FORWARD;
	*value = pkvm_msr_state_read(vcpu, index) | row->forced;
	return PKVM_MSR_DONE;
}

/*
 * EFER.LME cannot change while paging is on; LMA is not writable (SDM
 * "Initializing IA-32e Mode").
 */
static bool guest_may_write(const struct pkvm_msr_row *row, uint32_t index, uint64_t value)
{
	if (!value_is_valid(row, index, value))
		return false;
	if (index != IA32_EFER || !(pkvm_cr0_view() & PKVM_CR0_PG))
		return true;
	return !((value ^ pkvm_efer_view()) & PKVM_EFER_LME);
}

enum pkvm_msr_fate pkvm_guest_wrmsr(struct pkvm_vcpu *vcpu, uint32_t index, uint64_t value)
{
	const struct pkvm_msr_row *row = pkvm_msr_row(index);

	if (!row || row->guest == PKVM_MSR_GUEST_read)
		return PKVM_MSR_FAULT;
	if (row->guest == PKVM_MSR_GUEST_forward)
		return PKVM_MSR_FORWARD;
	if (!guest_may_write(row, index, value))
		return PKVM_MSR_FAULT;
	if (row->guest == PKVM_MSR_GUEST_inside)
		pkvm_msr_state_write(vcpu, index, value | row->forced);
	return PKVM_MSR_DONE;
}
