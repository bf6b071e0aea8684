/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The end of a VM, in bounded steps: guest pages, tables, pool, and last itself. */
#include "call.h"
#include "mmu.h"
#include "reclaim.h"

/* Whether the area still fits into what one call may return. */
static bool area_fits(const struct pkvm_vm *vm, const struct pkvm_reclaim_more *out,
		      uint64_t pages)
{
	return out->ranges < PKVM_MAX_RECLAIM_RANGES &&
	       pages + vm->area_size / PKVM_PAGE_SIZE <= PKVM_MAX_RECLAIM_PAGES;
}

/*
 * Forgets the handle and gives the area back; false while another call still
 * holds the VM. Nobody can find the VM after, so that its lock is not needed.
 */
static bool finish(struct pkvm_call *call, struct pkvm_reclaim_more *out)
{
	struct pkvm_reclaim list = {out->address, out->pages, out->ranges};
	const uint64_t area = call->vm->area;
	const uint64_t pages = call->vm->area_size / PKVM_PAGE_SIZE;

	if (!pkvm_slot_retire(&call->hyp->vms, call->held))
		return false;
	call->held = 0;
	call->vm = NULL;
	pkvm_reclaim_add(call->hyp, &list, area, pages);
	out->address = list.address;
	out->pages = list.pages;
	out->ranges = list.ranges;
	return true;
}

/* Unmaps and scrubs the VM's memory; ends its handle when nothing is left. */
int64_t pkvm_hyp_vm_destroy(struct pkvm_call *call, const struct pkvm_vm_handle *in,
			    struct pkvm_reclaim_more *out)
{
	struct pkvm_vm *vm = call->vm;
	bool empty = false;
	uint64_t pages = 0;

	(void)in;
	*out = (struct pkvm_reclaim_more){0};
	pkvm_plat_lock(&vm->lock);
	if (vm->nr_vcpus) {
		pkvm_plat_unlock(&vm->lock);
		return pkvm_refuse(call, 1, PKVM_EBUSY);
	}
	__atomic_store_n(&vm->state, PKVM_VM_DESTROYING, __ATOMIC_RELAXED);
	empty = pkvm_mmu_destroy(call->hyp, vm, out, &pages);
	pkvm_plat_unlock(&vm->lock);
	out->more = !(empty && area_fits(vm, out, pages) && finish(call, out));
	return 0;
}
