/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The guest's own page-table pointers, and the host's hints to flush translations. */
#include "call.h"
#include "canonical.h"
#include "vmcs/access.h"

/* Bits of a present PDPTE that must be 0 (SDM "PAE Paging"). */
#define PDPTE_RESERVED (PKVM_BITS(2, 1) | PKVM_BITS(8, 5))

static uint64_t beyond_physical(void)
{
	return PKVM_BITS(63, pkvm_vmcs_caps()->maxphyaddr);
}

/* The number of the first bad PDPTE's word, or 0. */
static unsigned int bad_pdpte(const struct pkvm_mmu_pgd *in)
{
	const uint64_t pdpte[4] = {in->pdptr0, in->pdptr1, in->pdptr2, in->pdptr3};

	for (unsigned int i = 0; i < 4; i++) {
		if (pdpte[i] & 1 && pdpte[i] & (PDPTE_RESERVED | beyond_physical()))
			return PKVM_WORD_NUMBER(mmu_pgd, pdptr0) + i;
	}
	return 0;
}

/* Writes GUEST_CR3 and GUEST_PDPTR0 to 3; the EPT pointer is never the host's. */
int64_t pkvm_hyp_load_mmu_pgd(struct pkvm_call *call, const struct pkvm_mmu_pgd *in)
{
	const unsigned int bad = in->valid & PKVM_PGD_PDPTRS ? bad_pdpte(in) : 0;

	if (in->valid & PKVM_PGD_CR3 && in->cr3 & beyond_physical())
		return pkvm_refuse(call, PKVM_WORD_NUMBER(mmu_pgd, cr3), PKVM_EINVAL);
	if (bad)
		return pkvm_refuse(call, bad, PKVM_EINVAL);
	if (in->valid & PKVM_PGD_CR3)
		pkvm_vmwrite(PKVM_VMCS_GUEST_CR3, in->cr3);
	if (in->valid & PKVM_PGD_PDPTRS) {
		pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR0, in->pdptr0);
		pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR1, in->pdptr1);
		pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR2, in->pdptr2);
		pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR3, in->pdptr3);
	}
	return 0;
}

/* Asks for INVEPT and INVVPID before the next entry. */
int64_t pkvm_hyp_flush_tlb_all(struct pkvm_call *call)
{
	call->vcpu->flush |= PKVM_FLUSH_EPT | PKVM_FLUSH_VPID;
	return 0;
}

/* Asks for INVEPT before the next entry. */
int64_t pkvm_hyp_flush_tlb_current(struct pkvm_call *call)
{
	call->vcpu->flush |= PKVM_FLUSH_EPT;
	return 0;
}

/* Asks for INVVPID before the next entry: the whole VPID for one address. */
int64_t pkvm_hyp_flush_tlb_gva(struct pkvm_call *call, const struct pkvm_value *in)
{
	if (!pkvm_is_canonical(in->value))
		return pkvm_refuse(call, PKVM_WORD_NUMBER(value, value), PKVM_EINVAL);
	call->vcpu->flush |= PKVM_FLUSH_VPID;
	return 0;
}

/* Asks for INVVPID before the next entry. */
int64_t pkvm_hyp_flush_tlb_guest(struct pkvm_call *call)
{
	call->vcpu->flush |= PKVM_FLUSH_VPID;
	return 0;
}
