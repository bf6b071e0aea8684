/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The life of a VM: init, capabilities, finalize, top-up, destroy. */
#include "call.h"
#include "mmu.h"
#include "reclaim.h"

static const struct pkvm_range_words area_words = {PKVM_WORD_NUMBER(vm_config, area),
						   PKVM_WORD_NUMBER(vm_config, size)};
static const struct pkvm_range_words topup_words = {PKVM_WORD_NUMBER(vm_range, address),
						    PKVM_WORD_NUMBER(vm_range, size)};

/* Makes the VM in its area; pages beyond the VM itself are its pool's first. */
static struct pkvm_vm *make_vm(struct pkvm_hyp *hyp, const struct pkvm_vm_config *in,
			       uint32_t slot)
{
	struct pkvm_vm *vm = pkvm_plat_private(in->area);
	const uint64_t used = PKVM_PAGES_OF(sizeof(*vm)) * PKVM_PAGE_SIZE;

	pkvm_page_scrub(in->area, in->size / PKVM_PAGE_SIZE);
	pkvm_page_commit(hyp, in->area, in->size);
	vm->slot = slot;
	vm->protected_vm = in->type == PKVM_VM_PVM;
	vm->area = in->area;
	vm->area_size = in->size;
	vm->max_vcpus = (uint32_t)in->max_vcpus;
	for (uint64_t at = used; at < in->size; at += PKVM_PAGE_SIZE)
		pkvm_pool_add(vm, in->area + at);
	return vm;
}

/* Makes the VM's area; the handle is published when all of it is made. */
int64_t pkvm_hyp_vm_init(struct pkvm_call *call, const struct pkvm_vm_config *in,
			 struct pkvm_vm_handle *out)
{
	struct pkvm_hyp *hyp = call->hyp;
	struct pkvm_vm *vm;
	int32_t slot;
	int64_t status;

	if (!in->max_vcpus || in->max_vcpus > PKVM_MAX_VCPUS)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(vm_config, max_vcpus), PKVM_EINVAL);
	status = pkvm_range_judge(call, in->area, in->size, PKVM_MAX_RANGE_PAGES, area_words);
	if (!status)
		status = pkvm_range_is_ram(call, in->area, in->size, area_words.address);
	if (status)
		return status;
	slot = pkvm_slot_reserve(&hyp->vms);
	status = pkvm_page_take(call, in->area, in->size, (uint32_t)slot, area_words.address);
	if (!status && in->size < PKVM_VM_AREA_SIZE) {
		pkvm_page_release(hyp, in->area, in->size);
		status = pkvm_refuse(call, area_words.size, PKVM_ENOMEM);
	} else if (!status && slot < 0) {
		pkvm_page_release(hyp, in->area, in->size);
		status = pkvm_refuse(call, 0, PKVM_ENOMEM);
	}
	if (status) {
		if (slot >= 0)
			pkvm_slot_cancel(&hyp->vms, (uint32_t)slot);
		return status;
	}
	vm = make_vm(hyp, in, (uint32_t)slot);
	out->vm = pkvm_slot_publish(&hyp->vms, (uint32_t)slot, in->area, &vm->handle);
	return 0;
}

static int64_t set_irqchip(struct pkvm_call *call, uint64_t mode)
{
	struct pkvm_vm *vm = call->vm;

	if (mode > PKVM_IRQCHIP_SPLIT)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(vm_cap, arg0), PKVM_EINVAL);
	if (vm->irqchip)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(vm_cap, cap), PKVM_EBUSY);
	if (mode != PKVM_IRQCHIP_SPLIT && vm->x2apic_flags & PKVM_X2APIC_ENABLE_SUPPRESS_EOI)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(vm_cap, arg0), PKVM_EINVAL);
	vm->irqchip = (uint32_t)mode + 1;
	return 0;
}

/* Changes one capability of the VM; the VM's lock is held. */
static int64_t set_cap(struct pkvm_call *call, const struct pkvm_vm_cap *in)
{
	struct pkvm_vm *vm = call->vm;

	switch (in->cap) {
	case PKVM_VM_CAP_IRQCHIP:
		return set_irqchip(call, in->arg0);
	case PKVM_VM_CAP_EXCEPTION_PAYLOAD:
		if (in->arg0 > 1)
			break;
		vm->exception_payload = (uint32_t)in->arg0;
		return 0;
	default:
		if (in->arg0 & ~(uint64_t)PKVM_QUIRK_ALL)
			break;
		vm->disabled_quirks |= (uint32_t)in->arg0;
		return 0;
	}
	return pkvm_refuse(call, PKVM_WORD_NUMBER(vm_cap, arg0), PKVM_EINVAL);
}

/* The gate asked already; a vCPU may have been created since. */
static int64_t judge_frozen(struct pkvm_call *call)
{
	return call->vm->configured ? pkvm_refuse(call, 1, PKVM_EBUSY) : 0;
}

/* Changes the VM's irqchip mode, exception payload or quirks. */
int64_t pkvm_hyp_enable_cap(struct pkvm_call *call, const struct pkvm_vm_cap *in)
{
	int64_t status;

	pkvm_plat_lock(&call->vm->lock);
	status = judge_frozen(call);
	if (!status)
		status = set_cap(call, in);
	pkvm_plat_unlock(&call->vm->lock);
	return status;
}

static int64_t set_x2apic_flags(struct pkvm_call *call, uint64_t flags)
{
	const uint64_t modes =
		PKVM_X2APIC_ENABLE_SUPPRESS_EOI | PKVM_X2APIC_DISABLE_SUPPRESS_EOI;
	struct pkvm_vm *vm = call->vm;

	if ((flags & modes) == modes ||
	    (flags & PKVM_X2APIC_ENABLE_SUPPRESS_EOI && vm->irqchip != PKVM_IRQCHIP_SPLIT + 1))
		return pkvm_refuse(call, PKVM_WORD_NUMBER(vm_flags, flags), PKVM_EINVAL);
	vm->x2apic_flags = pkvm_x2apic_flags_after(vm->x2apic_flags, flags);
	return 0;
}

/* Changes the VM's x2APIC flags; tells every flag of this version. */
int64_t pkvm_hyp_x2apic_api(struct pkvm_call *call, const struct pkvm_vm_flags *in,
			    struct pkvm_value *out)
{
	int64_t status;

	pkvm_plat_lock(&call->vm->lock);
	status = judge_frozen(call);
	if (!status)
		status = set_x2apic_flags(call, in->flags);
	pkvm_plat_unlock(&call->vm->lock);
	out->value = PKVM_X2APIC_FLAGS;
	return status;
}

static void seal(struct pkvm_vm *vm)
{
	__atomic_store_n(&vm->sealed, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&vm->state, PKVM_VM_FINALIZED, __ATOMIC_RELAXED);
}

/* Changes the VM's state to finalized. */
int64_t pkvm_hyp_vm_finalize(struct pkvm_call *call, const struct pkvm_vm_handle *in)
{
	int64_t status = 0;

	(void)in;
	pkvm_plat_lock(&call->vm->lock);
	if (call->vm->sealed)
		status = pkvm_refuse(call, 1, PKVM_EBUSY);
	else if (call->vm->state == PKVM_VM_DESTROYING)
		status = pkvm_refuse(call, 1, PKVM_EPERM);
	else
		seal(call->vm);
	pkvm_plat_unlock(&call->vm->lock);
	return status;
}

/* Scrubs the pages and adds them to the VM's pool. */
int64_t pkvm_hyp_vm_topup(struct pkvm_call *call, const struct pkvm_vm_range *in)
{
	struct pkvm_vm *vm = call->vm;
	int64_t status;

	status = pkvm_range_judge(call, in->address, in->size, PKVM_MAX_RANGE_PAGES,
				  topup_words);
	if (!status)
		status = pkvm_range_is_ram(call, in->address, in->size, topup_words.address);
	if (status)
		return status;
	pkvm_plat_lock(&vm->lock);
	if (vm->state == PKVM_VM_DESTROYING)
		status = pkvm_refuse(call, 1, PKVM_EPERM);
	else
		status = pkvm_page_take(call, in->address, in->size, vm->slot,
					topup_words.address);
	if (!status) {
		pkvm_page_scrub(in->address, in->size / PKVM_PAGE_SIZE);
		pkvm_page_commit(call->hyp, in->address, in->size);
		for (uint64_t at = 0; at < in->size; at += PKVM_PAGE_SIZE)
			pkvm_pool_add(vm, in->address + at);
	}
	pkvm_plat_unlock(&vm->lock);
	return status;
}
