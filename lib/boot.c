/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Makes the hypervisor in the memory that was set aside for it. */
#include "hyp.h"

#include <pkvm/fingerprint.h>

/* Of constants, but some 200,000 instructions: too many for each abi_query. */
static void compute_fingerprints(struct pkvm_hyp *hyp)
{
	for (unsigned int minor = 0; minor <= PKVM_ABI_MINOR; minor++)
		hyp->fingerprint[minor] = pkvm_fingerprint(NULL, 0, minor, NULL);
}

struct pkvm_hyp *pkvm_hyp_boot(uint64_t base, uint64_t size)
{
	struct pkvm_hyp *hyp;

	if (base % PKVM_PAGE_SIZE || size % PKVM_PAGE_SIZE || size <= PKVM_HYP_TABLE_AT)
		return NULL;
	pkvm_page_scrub(base, size / PKVM_PAGE_SIZE);
	pkvm_plat_host_view(base, size / PKVM_PAGE_SIZE, false);
	hyp = pkvm_plat_private(base);
	hyp->base = base;
	hyp->size = size;
	hyp->pages.table_pa = base + PKVM_HYP_TABLE_AT;
	hyp->pages.table_size = (size - PKVM_HYP_TABLE_AT) / sizeof(struct pkvm_page);
	pkvm_slots_init(&hyp->vms, hyp->vm_slot, PKVM_MAX_VMS, PKVM_HANDLE_VM);
	pkvm_slots_init(&hyp->vcpus, hyp->vcpu_slot, PKVM_MAX_VCPU_SLOTS, PKVM_HANDLE_VCPU);
	for (uint32_t cpu = 0; cpu < PKVM_PLAT_MAX_CPUS; cpu++) {
		hyp->cpu[cpu].hyp = hyp;
		hyp->cpu[cpu].number = cpu;
	}
	compute_fingerprints(hyp);
	return hyp;
}

struct pkvm_cpu *pkvm_hyp_cpu(struct pkvm_hyp *hyp, unsigned int number)
{
	return &hyp->cpu[number];
}

struct pkvm_host_trace *pkvm_hyp_host_trace(struct pkvm_hyp *hyp, unsigned int cpu)
{
	return (struct pkvm_host_trace *)pkvm_plat_private(hyp->base + PKVM_HYP_TRACE_AT) + cpu;
}

bool pkvm_hyp_is_trace_page(struct pkvm_hyp *hyp, uint64_t address)
{
	const uint64_t tail = offsetof(struct pkvm_vcpu_area, tail);
	uint32_t left = pkvm_slots_taken(&hyp->vcpus);

	if (address - (hyp->base + PKVM_HYP_TRACE_AT) < PKVM_HYP_TRACE_SIZE)
		return true;
	for (uint32_t i = 0; left && i < hyp->vcpus.size; i++) {
		if (!hyp->vcpu_slot[i].object)
			continue;
		if (address == hyp->vcpu_slot[i].object + tail)
			return true;
		left--;
	}
	return false;
}
