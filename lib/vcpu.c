/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Making a vCPU. */
#include "call.h"
#include "msr.h"
#include "shared.h"

static const struct pkvm_range_words area_words = {PKVM_WORD_NUMBER(vcpu_config, area),
						   PKVM_WORD_NUMBER(vcpu_config, area_size)};
static const struct pkvm_range_words fpstate_words = {
	PKVM_WORD_NUMBER(vcpu_config, fpstate), PKVM_WORD_NUMBER(vcpu_config, fpstate_size)};
#define PAGE_WORD PKVM_WORD_NUMBER(vcpu_config, page)

/* The form of every range, and an npVM's absent fpstate. */
static int64_t judge_form(struct pkvm_call *call, const struct pkvm_vcpu_config *in)
{
	int64_t status;

	if (in->id >= call->vm->max_vcpus)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(vcpu_config, id), PKVM_EINVAL);
	if (in->page % PKVM_PAGE_SIZE)
		return pkvm_refuse(call, PAGE_WORD, PKVM_EINVAL);
	status = pkvm_range_judge(call, in->area, in->area_size, PKVM_MAX_RANGE_PAGES,
				  area_words);
	if (status)
		return status;
	if (call->vm->protected_vm)
		return pkvm_range_judge(call, in->fpstate, in->fpstate_size,
					PKVM_MAX_RANGE_PAGES, fpstate_words);
	if (in->fpstate)
		return pkvm_refuse(call, fpstate_words.address, PKVM_EINVAL);
	return in->fpstate_size ? pkvm_refuse(call, fpstate_words.size, PKVM_EINVAL) : 0;
}

static int64_t judge_ram(struct pkvm_call *call, const struct pkvm_vcpu_config *in)
{
	int64_t status = pkvm_range_is_ram(call, in->page, PKVM_PAGE_SIZE, PAGE_WORD);

	if (!status)
		status = pkvm_range_is_ram(call, in->area, in->area_size, area_words.address);
	if (!status && in->fpstate_size)
		status = pkvm_range_is_ram(call, in->fpstate, in->fpstate_size,
					   fpstate_words.address);
	return status;
}

/* Takes page, area and fpstate from the host: all or none. */
static int64_t take_all(struct pkvm_call *call, const struct pkvm_vcpu_config *in)
{
	const uint32_t slot = call->vm->slot;
	int64_t status = pkvm_page_use(call, in->page, PKVM_PAGE_SIZE, PAGE_WORD);

	if (status)
		return status;
	status = pkvm_page_take(call, in->area, in->area_size, slot, area_words.address);
	if (!status && in->fpstate_size) {
		status = pkvm_page_take(call, in->fpstate, in->fpstate_size, slot,
					fpstate_words.address);
		if (status)
			pkvm_page_release(call->hyp, in->area, in->area_size);
	}
	if (status)
		pkvm_page_unuse(call->hyp, in->page, PKVM_PAGE_SIZE);
	return status;
}

static void give_all_back(struct pkvm_call *call, const struct pkvm_vcpu_config *in)
{
	pkvm_page_unuse(call->hyp, in->page, PKVM_PAGE_SIZE);
	pkvm_page_release(call->hyp, in->area, in->area_size);
	if (in->fpstate_size)
		pkvm_page_release(call->hyp, in->fpstate, in->fpstate_size);
}

/* What only this call refuses; the VM's lock is held, everything is taken. */
static int64_t judge_own(struct pkvm_call *call, const struct pkvm_vcpu_config *in)
{
	const struct pkvm_vm *vm = call->vm;

	if (vm->state != PKVM_VM_BUILDING)
		return pkvm_refuse(call, 1, PKVM_EPERM);
	if (vm->vcpu[in->id])
		return pkvm_refuse(call, PKVM_WORD_NUMBER(vcpu_config, id), PKVM_EEXIST);
	if (in->area_size < sizeof(struct pkvm_vcpu_area))
		return pkvm_refuse(call, area_words.size, PKVM_ENOMEM);
	if (vm->protected_vm && in->fpstate_size < PKVM_FPSTATE_SIZE)
		return pkvm_refuse(call, fpstate_words.size, PKVM_ENOMEM);
	return 0;
}

/* Makes the vCPU in its area; the VMCS is made when it is first loaded. */
static void make_vcpu(struct pkvm_call *call, const struct pkvm_vcpu_config *in)
{
	struct pkvm_hyp *hyp = call->hyp;
	struct pkvm_vcpu_area *area = pkvm_plat_private(in->area);
	struct pkvm_vcpu *vcpu = &area->head.vcpu;
	const struct pkvm_page_header header = {PKVM_SHARED_PAGE_LAYOUT, PKVM_PAGE_SIZE, {0}};
	struct pkvm_shared *page = pkvm_plat_shared(in->page);

	pkvm_page_scrub(in->area, in->area_size / PKVM_PAGE_SIZE);
	pkvm_page_commit(hyp, in->area, in->area_size);
	if (in->fpstate_size) {
		pkvm_page_scrub(in->fpstate, in->fpstate_size / PKVM_PAGE_SIZE);
		pkvm_page_commit(hyp, in->fpstate, in->fpstate_size);
	}
	vcpu->vm = call->vm;
	vcpu->id = (uint32_t)in->id;
	vcpu->area = in->area;
	vcpu->area_size = in->area_size;
	vcpu->page = in->page;
	vcpu->fpstate = in->fpstate;
	vcpu->fpstate_size = in->fpstate_size;
	vcpu->tsc_multiplier = PKVM_TSC_MULTIPLIER_ONE;
	vcpu->xcr0 = 1;
	if (call->vm->protected_vm && in->id)
		vcpu->start = PKVM_START_WAITING;
	pkvm_msr_reset(vcpu, false);
	pkvm_msr_bitmap_init(area->msr_bitmap);
	pkvm_shared_zero(page, 0, PKVM_PAGE_SIZE);
	pkvm_shared_write(page, PKVM_PAGE_AT(header), &header, sizeof(header));
}

/* Takes everything and a place in the table; nothing when refused. */
static int64_t acquire(struct pkvm_call *call, const struct pkvm_vcpu_config *in, int32_t *slot)
{
	int64_t status = take_all(call, in);

	if (status)
		return status;
	status = judge_own(call, in);
	if (!status) {
		*slot = pkvm_slot_reserve(&call->hyp->vcpus);
		if (*slot < 0)
			status = pkvm_refuse(call, 0, PKVM_ENOMEM);
	}
	if (status)
		give_all_back(call, in);
	return status;
}

/* Donates the areas, makes the vCPU, then publishes its handle. */
int64_t pkvm_hyp_vcpu_create(struct pkvm_call *call, const struct pkvm_vcpu_config *in,
			     struct pkvm_vcpu_handle *out)
{
	struct pkvm_vm *vm = call->vm;
	int32_t slot = -1;
	int64_t status = judge_form(call, in);

	if (!status)
		status = judge_ram(call, in);
	if (status)
		return status;
	pkvm_plat_lock(&vm->lock);
	status = acquire(call, in, &slot);
	if (!status) {
		struct pkvm_vcpu *vcpu = pkvm_plat_private(in->area);

		make_vcpu(call, in);
		vm->vcpu[in->id] = in->area;
		vm->nr_vcpus++;
		__atomic_store_n(&vm->configured, 1, __ATOMIC_RELAXED);
		out->vcpu = pkvm_slot_publish(&call->hyp->vcpus, (uint32_t)slot, in->area,
					      &vcpu->handle);
	}
	pkvm_plat_unlock(&vm->lock);
	return status;
}
