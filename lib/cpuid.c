/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A vCPU's CPUID table: its donation, and answering the guest from it.
 */
#include "call.h"
#include "control_register.h"
#include "cpuid.h"
#include "reclaim.h"

#define APIC_BASE_ENABLE PKVM_BIT(11)
#define ADDRESS_WORD     PKVM_WORD_NUMBER(cpuid_table, address)
#define SIZE_WORD        PKVM_WORD_NUMBER(cpuid_table, size)
#define COUNT_WORD       PKVM_WORD_NUMBER(cpuid_table, count)

/* The form of the range, and that the entries lie within it. */
static int64_t judge_range(struct pkvm_call *call, const struct pkvm_cpuid_table *in)
{
	const struct pkvm_range_words words = {ADDRESS_WORD, SIZE_WORD};
	int64_t status =
		pkvm_range_judge(call, in->address, in->size, PKVM_MAX_RANGE_PAGES, words);

	if (status)
		return status;
	if (in->count > in->size / sizeof(struct pkvm_cpuid_entry))
		return pkvm_refuse(call, COUNT_WORD, PKVM_EINVAL);
	return pkvm_range_is_ram(call, in->address, in->size, ADDRESS_WORD);
}

/* An npVM's CPU model does not change once the vCPU has run, as in KVM. */
static bool is_allowed_change(const struct pkvm_vcpu *vcpu,
			      const struct pkvm_cpuid_entry *table, uint32_t count)
{
	if (!vcpu->has_run)
		return true;
	return vcpu->cpuid_size &&
	       pkvm_cpuid_equal(table, count, pkvm_plat_private(vcpu->cpuid),
				(uint32_t)vcpu->cpuid_count);
}

/* The entries, which the host cannot reach any more; writes nothing. */
static int64_t judge_table(struct pkvm_call *call, const struct pkvm_cpuid_table *in,
			   struct pkvm_cpuid_plan *plan)
{
	const struct pkvm_cpuid_entry *table = pkvm_plat_private(in->address);
	const struct pkvm_vcpu *vcpu = call->vcpu;

	switch (pkvm_cpuid_judge(table, (uint32_t)in->count, in->size,
				 pkvm_vcpu_is_protected(vcpu), plan)) {
	case PKVM_CPUID_GOOD:
		break;
	case PKVM_CPUID_NO_ROOM:
		return pkvm_refuse(call, SIZE_WORD, PKVM_ENOMEM);
	default:
		return pkvm_refuse(call, ADDRESS_WORD, PKVM_EINVAL);
	}
	if (!is_allowed_change(vcpu, table, (uint32_t)in->count))
		return pkvm_refuse(call, ADDRESS_WORD, PKVM_EPERM);
	if (plan->fpstate > vcpu->fpstate_size)
		return pkvm_refuse(call, 0, PKVM_ENOMEM);
	return 0;
}

/*
 * Donates a CPUID table for the vCPU and filters it in place; the one before it
 * goes back to the host. Changes vcpu->cpuid, the fields behind CPUID exits.
 */
int64_t pkvm_hyp_vcpu_after_set_cpuid(struct pkvm_call *call, const struct pkvm_cpuid_table *in,
				      struct pkvm_reclaim *out)
{
	static const struct pkvm_reclaim nothing = {0, 0, 0};
	struct pkvm_vcpu *vcpu = call->vcpu;
	struct pkvm_cpuid_plan plan;
	int64_t status = judge_range(call, in);

	if (status)
		return status;
	status = pkvm_page_take(call, in->address, in->size, call->vm->slot, ADDRESS_WORD);
	if (status)
		return status;
	status = judge_table(call, in, &plan);
	if (status) {
		pkvm_page_release(call->hyp, in->address, in->size);
		return status;
	}
	pkvm_cpuid_commit(pkvm_plat_private(in->address), &plan);
	pkvm_page_commit(call->hyp, in->address, in->size);
	*out = nothing;
	if (vcpu->cpuid_size)
		pkvm_reclaim_add(call->hyp, out, vcpu->cpuid,
				 vcpu->cpuid_size / PKVM_PAGE_SIZE);
	vcpu->cpuid = in->address;
	vcpu->cpuid_size = in->size;
	vcpu->cpuid_count = plan.entries;
	return 0;
}

/* What CPUID answers the loaded vCPU's guest; a vCPU without a table reads zeros. */
void pkvm_vcpu_cpuid(const struct pkvm_vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
		     struct pkvm_cpuid_regs *regs)
{
	const struct pkvm_cpuid_runtime now = {
		.cr4 = pkvm_cr4_view(),
		.xcr0 = vcpu->xcr0,
		.xss = vcpu->msr.xss,
		.apic_enabled = (vcpu->msr.apic_base & APIC_BASE_ENABLE) != 0,
	};
	const struct pkvm_cpuid_entry *table = NULL;

	if (vcpu->cpuid_size)
		table = pkvm_plat_private(vcpu->cpuid);
	pkvm_cpuid_answer(table, (uint32_t)vcpu->cpuid_count, &now, leaf, subleaf, regs);
}
