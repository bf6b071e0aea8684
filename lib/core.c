/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Version, discovery, and the life of the system and of its CPUs. */
#include "call.h"
#include "negotiation.h"
#include "shared.h"
#include "vmcs/allowed.h"
#include "vmcs_setup.h"

static int64_t judge_processor(struct pkvm_call *call)
{
	return pkvm_vmcs_supported() ? 0 : pkvm_refuse(call, 0, PKVM_EOPNOTSUPP);
}

/* Reads version and features; changes the negotiation until init succeeded. */
int64_t pkvm_hyp_abi_query(struct pkvm_call *call, const struct pkvm_query *in,
			   struct pkvm_answer *out)
{
	const uint64_t known = PKVM_FEAT_base | PKVM_FEAT_trace | PKVM_FEAT_apic |
			       PKVM_FEAT_fused_injection | PKVM_FEAT_event_summary |
			       PKVM_FEAT_posting;
	const struct pkvm_negotiation asked = pkvm_negotiate(in, known);
	struct pkvm_hyp *hyp = call->hyp;

	pkvm_plat_lock(&hyp->lock);
	if (hyp->state == PKVM_SYSTEM_FRESH)
		hyp->host = asked;
	pkvm_answer_fill(hyp, &hyp->host, out);
	pkvm_plat_unlock(&hyp->lock);
	return 0;
}

static bool overlap(const struct pkvm_memory_region *a, const struct pkvm_memory_region *b)
{
	return a->address < b->address + b->size && b->address < a->address + a->size;
}

/* The form of region i, and that none before it overlaps it. */
static bool region_is_valid(const struct pkvm_memory_region *regions, uint64_t i)
{
	const struct pkvm_memory_region *region = &regions[i];

	if (region->kind > PKVM_REGION_MMIO || !region->size ||
	    region->address % PKVM_PAGE_SIZE || region->size % PKVM_PAGE_SIZE ||
	    region->address + region->size < region->address)
		return false;
	for (uint64_t j = 0; j < i; j++) {
		if (overlap(region, &regions[j]))
			return false;
	}
	return true;
}

/* Every region, after the page that holds them was read once. */
static int64_t judge_regions(struct pkvm_call *call, const struct pkvm_memory_region *regions,
			     uint64_t count)
{
	const unsigned int word = PKVM_WORD_NUMBER(region_list, page);

	for (uint64_t i = 0; i < count; i++) {
		if (!region_is_valid(regions, i))
			return pkvm_refuse(call, word, PKVM_EINVAL);
	}
	for (uint64_t i = 0; i < count; i++) {
		if (regions[i].kind != PKVM_REGION_MMIO &&
		    !pkvm_plat_is_ram(regions[i].address, regions[i].size))
			return pkvm_refuse(call, word, PKVM_EFAULT);
	}
	return 0;
}

static int64_t judge_region_page(struct pkvm_call *call, const struct pkvm_region_list *in)
{
	const unsigned int word = PKVM_WORD_NUMBER(region_list, page);

	if (in->page % PKVM_PAGE_SIZE)
		return pkvm_refuse(call, word, PKVM_EINVAL);
	if (!in->count || in->count > PKVM_MAX_REGIONS)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(region_list, count), PKVM_EINVAL);
	if (!pkvm_plat_is_ram(in->page, PKVM_PAGE_SIZE))
		return pkvm_refuse(call, word, PKVM_EFAULT);
	if (in->page - call->hyp->base < call->hyp->size)
		return pkvm_refuse(call, word, PKVM_EPERM);
	return 0;
}

/* Fills the page-ownership table; from here on the regions are RAM. */
int64_t pkvm_hyp_init(struct pkvm_call *call, const struct pkvm_region_list *in)
{
	struct pkvm_memory_region regions[PKVM_MAX_REGIONS];
	struct pkvm_hyp *hyp = call->hyp;
	int64_t status = judge_region_page(call, in);

	if (status)
		return status;
	pkvm_shared_read(pkvm_plat_shared(in->page), 0, regions,
			 in->count * sizeof(regions[0]));
	status = judge_regions(call, regions, in->count);
	if (status)
		return status;
	pkvm_plat_lock(&hyp->lock);
	if (hyp->state != PKVM_SYSTEM_FRESH)
		status = pkvm_refuse(call, 0, PKVM_EBUSY);
	else if (!pkvm_pages_init(hyp, regions, in->count))
		status = pkvm_refuse(call, 0, PKVM_ENOMEM);
	else
		__atomic_store_n(&hyp->state, PKVM_SYSTEM_BOOTING, __ATOMIC_RELEASE);
	pkvm_plat_unlock(&hyp->lock);
	return status;
}

/* Opens the VM calls. */
int64_t pkvm_hyp_init_finalize(struct pkvm_call *call)
{
	struct pkvm_hyp *hyp = call->hyp;
	int64_t status = 0;

	pkvm_plat_lock(&hyp->lock);
	if (hyp->state == PKVM_SYSTEM_UP)
		status = pkvm_refuse(call, 0, PKVM_EBUSY);
	else
		__atomic_store_n(&hyp->state, PKVM_SYSTEM_UP, __ATOMIC_RELEASE);
	pkvm_plat_unlock(&hyp->lock);
	return status;
}

/* Reads the VMX capability MSRs of the calling CPU. */
int64_t pkvm_hyp_check_processor_compatibility(struct pkvm_call *call)
{
	return judge_processor(call);
}

/* VMXON on the calling CPU; from here on it may load vCPUs. */
int64_t pkvm_hyp_enable_virtualization_cpu(struct pkvm_call *call)
{
	const uint64_t vmxon = call->hyp->base + PKVM_HYP_VMXON_AT +
			       pkvm_plat_cpu() * (uint64_t)PKVM_PAGE_SIZE;
	const int64_t status = judge_processor(call);

	if (status || call->cpu->enabled)
		return status;
	/* The region begins with the revision identifier (SDM "VMXON Region"). */
	*(uint32_t *)pkvm_plat_private(vmxon) = (uint32_t)pkvm_vmcs_caps()->basic & 0x7fffffff;
	if (pkvm_vmcs_cpu_on(vmxon))
		return pkvm_refuse(call, 0, PKVM_EOPNOTSUPP);
	call->cpu->enabled = 1;
	return 0;
}

/* VMXOFF on the calling CPU, which makes no more calls. */
int64_t pkvm_hyp_reprivilege_cpu(struct pkvm_call *call)
{
	if (pkvm_slots_taken(&call->hyp->vms))
		return pkvm_refuse(call, 0, PKVM_EBUSY);
	if (call->cpu->enabled && pkvm_vmcs_cpu_off())
		pkvm_plat_panic("VMXOFF failed");
	call->cpu->enabled = 0;
	call->cpu->reprivileged = 1;
	return 0;
}

/* Reads whether WBINVD can cause VM exits. */
int64_t pkvm_hyp_has_wbinvd_exit(struct pkvm_call *call, struct pkvm_flag *out)
{
	(void)call;
	out->value = (pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_WBINVD_EXITING) != 0;
	return 0;
}
