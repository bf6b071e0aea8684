/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A pVM's own calls. */
#include "exit.h"
#include "guest_dispatch.h"
#include "mmu.h"
#include "negotiation.h"

/* Four levels of second-level tables reach this far. */
#define GPA_LIMIT PKVM_BIT(48)

/* The access of an EPT violation exit. */
#define EPT_WRITE 2u

#define STARTUP_LIMIT PKVM_U64(0x100000)

/* What share_mem and unshare_mem find of a page, the VM's lock held. */
enum guest_page { NOT_BACKED, PRIVATE, SHARED };

static enum guest_page find_page(struct pkvm_call *call, uint64_t gpa, uint64_t *hpa)
{
	bool writable;

	if (!pkvm_mmu_lookup(call->vm, gpa, hpa, &writable))
		return NOT_BACKED;
	return pkvm_page_state(call->hyp, *hpa) == PKVM_PAGE_GUEST_SHARED ? SHARED : PRIVATE;
}

static int64_t judge_range(struct pkvm_call *call, const struct pkvm_range *in)
{
	const struct pkvm_range_words words = {PKVM_WORD_NUMBER(range, address),
					       PKVM_WORD_NUMBER(range, size)};
	const int64_t status =
		pkvm_range_judge(call, in->address, in->size, PKVM_MAX_RANGE_PAGES, words);

	if (!status && in->address + in->size > GPA_LIMIT)
		return pkvm_refuse(call, words.address, PKVM_EINVAL);
	return status;
}

/* Whether every page of the range is what the call changes. */
static int64_t judge_pages(struct pkvm_call *call, const struct pkvm_range *in,
			   enum guest_page wanted)
{
	uint64_t hpa;

	for (uint64_t at = 0; at < in->size; at += PKVM_PAGE_SIZE) {
		const enum guest_page page = find_page(call, in->address + at, &hpa);

		if (page == NOT_BACKED && wanted == PRIVATE)
			return -PKVM_EAGAIN;
		if (page != wanted)
			return pkvm_refuse(call, PKVM_WORD_NUMBER(range, address), PKVM_EPERM);
	}
	return 0;
}

/* All pages of the range, or none. */
static int64_t change(struct pkvm_call *call, const struct pkvm_range *in, bool share)
{
	int64_t status = judge_range(call, in);
	uint64_t hpa;

	if (status)
		return status;
	pkvm_plat_lock(&call->vm->lock);
	status = judge_pages(call, in, share ? PRIVATE : SHARED);
	for (uint64_t at = 0; !status && at < in->size; at += PKVM_PAGE_SIZE) {
		if (find_page(call, in->address + at, &hpa) != NOT_BACKED)
			pkvm_page_guest_share(call->hyp, hpa, share);
	}
	pkvm_plat_unlock(&call->vm->lock);
	return status;
}

bool pkvm_guest_wants_page(struct pkvm_call *call, const struct pkvm_range *range,
			   struct pkvm_run_exit *out)
{
	const uint64_t end = range->address + range->size;
	uint64_t gpa = range->address, needed, pool, hpa;

	pkvm_plat_lock(&call->vm->lock);
	while (gpa < end && find_page(call, gpa, &hpa) != NOT_BACKED)
		gpa += PKVM_PAGE_SIZE;
	needed = gpa < end ? pkvm_mmu_tables_needed(call->vm, gpa, PKVM_PAGE_SIZE) : 0;
	pool = call->vm->pool_pages;
	pkvm_plat_unlock(&call->vm->lock);
	/* Another vCPU's exit has brought the page meanwhile. */
	if (gpa == end)
		return false;
	if (pool < needed)
		return pkvm_leave(out, PKVM_EXIT_NEED_PAGES, needed - pool, 0, 0);
	return pkvm_leave(out, PKVM_EXIT_EPT_VIOLATION, gpa, EPT_WRITE, 0);
}

/* Changes the pVM's negotiation; the last one wins. */
int64_t pkvm_hyp_guest_abi_query(struct pkvm_call *call, const struct pkvm_query *in,
				 struct pkvm_answer *out)
{
	const struct pkvm_negotiation agreed =
		pkvm_negotiate(in, PKVM_FEAT_guest_base | PKVM_FEAT_guest_mmio);

	pkvm_plat_lock(&call->vm->lock);
	call->vm->guest = agreed;
	pkvm_plat_unlock(&call->vm->lock);
	pkvm_answer_fill(call->hyp, &agreed, out);
	return 0;
}

/* Changes the pages' state: the host may reach them from now on. */
int64_t pkvm_hyp_guest_share_mem(struct pkvm_call *call, const struct pkvm_range *in)
{
	return change(call, in, true);
}

/* Changes the pages' state: the host cannot reach them any more. */
int64_t pkvm_hyp_guest_unshare_mem(struct pkvm_call *call, const struct pkvm_range *in)
{
	return change(call, in, false);
}

/* The access is one that the instruction set has, within one page. */
static int64_t judge_access(struct pkvm_call *call, uint64_t address, uint64_t size)
{
	if (!size || (size & (size - 1)))
		return pkvm_refuse(call, PKVM_WORD_NUMBER(io_address, size), PKVM_EINVAL);
	if (address % PKVM_PAGE_SIZE + size > PKVM_PAGE_SIZE)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(io_address, address), PKVM_EINVAL);
	call->vcpu->answer_size = (uint32_t)size;
	return 0;
}

/* Judges the access; the host carries it out. */
int64_t pkvm_hyp_guest_ioread(struct pkvm_call *call, const struct pkvm_io_address *in,
			      struct pkvm_value *out)
{
	out->value = 0;
	return judge_access(call, in->address, in->size);
}

/* Judges the access; the host carries it out. */
int64_t pkvm_hyp_guest_iowrite(struct pkvm_call *call, const struct pkvm_io_write *in)
{
	return judge_access(call, in->address, in->size);
}

/* Marks the secondary as started, unless it is; the VM's lock is held. */
static int64_t start(struct pkvm_call *call, const struct pkvm_startup *in)
{
	const uint64_t area = call->vm->vcpu[in->apic_id];
	struct pkvm_vcpu *target;
	int64_t status = 0;

	if (!area)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(startup, apic_id), PKVM_EINVAL);
	target = pkvm_plat_private(area);
	pkvm_plat_lock(&target->lock);
	if (target->start == PKVM_START_WAITING) {
		target->start_at = in->start;
		__atomic_store_n(&target->start, PKVM_START_STARTED, __ATOMIC_RELAXED);
	} else {
		status = pkvm_refuse(call, PKVM_WORD_NUMBER(startup, apic_id), PKVM_EBUSY);
	}
	pkvm_plat_unlock(&target->lock);
	return status;
}

/* Changes the secondary's start; its registers follow in pkvm_vcpu_begin(). */
int64_t pkvm_hyp_guest_start_cpu(struct pkvm_call *call, const struct pkvm_startup *in)
{
	int64_t status;

	if (!in->apic_id || in->apic_id >= call->vm->max_vcpus)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(startup, apic_id), PKVM_EINVAL);
	if (in->start % PKVM_PAGE_SIZE || in->start >= STARTUP_LIMIT)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(startup, start), PKVM_EINVAL);
	pkvm_plat_lock(&call->vm->lock);
	status = start(call, in);
	pkvm_plat_unlock(&call->vm->lock);
	return status;
}
