/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Guest memory: map, unmap, age. */
#include "call.h"
#include "ept.h"
#include "mmu.h"
#include "vmcs/vmcs.h"

static const struct pkvm_range_words map_gpa = {PKVM_WORD_NUMBER(mapping, gpa),
						PKVM_WORD_NUMBER(mapping, size)};
static const struct pkvm_range_words map_hpa = {PKVM_WORD_NUMBER(mapping, hpa),
						PKVM_WORD_NUMBER(mapping, size)};
static const struct pkvm_range_words vm_gpa = {PKVM_WORD_NUMBER(vm_range, address),
					       PKVM_WORD_NUMBER(vm_range, size)};

/* A guest-physical range: its form, and that the tables can reach it. */
static int64_t judge_gpa(struct pkvm_call *call, uint64_t gpa, uint64_t size,
			 struct pkvm_range_words words)
{
	const uint32_t physical = pkvm_vmcs_caps()->maxphyaddr;
	const uint32_t width = physical < PKVM_EPT_WIDTH ? physical : PKVM_EPT_WIDTH;
	const int64_t status = pkvm_range_judge(call, gpa, size, PKVM_MAX_RANGE_PAGES, words);

	if (status)
		return status;
	if ((gpa + size - 1) >> width)
		return pkvm_refuse(call, words.address, PKVM_EINVAL);
	return 0;
}

/* Another page is mapped somewhere in the range. */
static bool is_occupied(const struct pkvm_vm *vm, const struct pkvm_mapping *in)
{
	for (uint64_t at = 0; at < in->size; at += PKVM_PAGE_SIZE) {
		uint64_t hpa;
		bool writable;

		if (pkvm_mmu_lookup(vm, in->gpa + at, &hpa, &writable) && hpa != in->hpa + at)
			return true;
	}
	return false;
}

static int64_t judge_own(struct pkvm_call *call, const struct pkvm_mapping *in)
{
	if (is_occupied(call->vm, in))
		return pkvm_refuse(call, map_gpa.address, PKVM_EEXIST);
	if (pkvm_mmu_tables_needed(call->vm, in->gpa, in->size) > call->vm->pool_pages)
		return pkvm_refuse(call, 0, PKVM_EAGAIN);
	return 0;
}

/* The pages become the pVM's, their content kept. */
static int64_t donate(struct pkvm_call *call, const struct pkvm_mapping *in)
{
	struct pkvm_vm *vm = call->vm;
	int64_t status = pkvm_page_take(call, in->hpa, in->size, vm->slot, map_hpa.address);

	if (status)
		return status;
	status = judge_own(call, in);
	if (status) {
		pkvm_page_release(call->hyp, in->hpa, in->size);
		return status;
	}
	for (uint64_t at = 0; at < in->size; at += PKVM_PAGE_SIZE)
		pkvm_mmu_install(vm, in->gpa + at, in->hpa + at, true);
	pkvm_page_commit_guest(call->hyp, in->hpa, in->size, in->gpa / PKVM_PAGE_SIZE);
	return 0;
}

/* Installs one page of an npVM; true when it was mapped before. */
static bool replace(struct pkvm_vm *vm, uint64_t gpa, uint64_t hpa, bool writable)
{
	uint64_t old;
	bool was_writable;
	const bool mapped = pkvm_mmu_lookup(vm, gpa, &old, &was_writable);

	if (!mapped || writable != was_writable)
		pkvm_mmu_install(vm, gpa, hpa, writable);
	return mapped;
}

/* The pages stay the host's; each mapping counts as one use. */
static int64_t share(struct pkvm_call *call, const struct pkvm_mapping *in)
{
	struct pkvm_vm *vm = call->vm;
	bool changed = false;
	int64_t status = pkvm_page_use(call, in->hpa, in->size, map_hpa.address);

	if (status)
		return status;
	status = judge_own(call, in);
	if (status) {
		pkvm_page_unuse(call->hyp, in->hpa, in->size);
		return status;
	}
	for (uint64_t at = 0; at < in->size; at += PKVM_PAGE_SIZE) {
		if (!replace(vm, in->gpa + at, in->hpa + at, in->writable))
			continue;
		pkvm_page_unuse(call->hyp, in->hpa + at, PKVM_PAGE_SIZE);
		changed = true;
	}
	if (changed)
		pkvm_mmu_flush(vm);
	return 0;
}

/* Writes EPT entries: a pVM's page is donated, an npVM's shared. */
int64_t pkvm_hyp_vm_mmu_map(struct pkvm_call *call, const struct pkvm_mapping *in)
{
	const bool protected_vm = call->vm->protected_vm;
	int64_t status = judge_gpa(call, in->gpa, in->size, map_gpa);

	if (!status)
		status = pkvm_range_judge(call, in->hpa, in->size, PKVM_MAX_RANGE_PAGES,
					  map_hpa);
	if (!status && protected_vm && !in->writable)
		status = pkvm_refuse(call, PKVM_WORD_NUMBER(mapping, writable), PKVM_EINVAL);
	if (!status)
		status = pkvm_range_is_ram(call, in->hpa, in->size, map_hpa.address);
	if (status)
		return status;
	pkvm_plat_lock(&call->vm->lock);
	status = protected_vm ? donate(call, in) : share(call, in);
	pkvm_plat_unlock(&call->vm->lock);
	return status;
}

/* The leaf entry of a page that the host mapped, or NULL. */
static uint64_t *host_leaf(const struct pkvm_vm *vm, uint64_t gpa)
{
	uint64_t *leaf = pkvm_mmu_leaf(vm, gpa);

	return leaf && !(pkvm_ept_read(leaf) & PKVM_EPT_OWN) ? leaf : NULL;
}

/*
 * Clears EPT entries; what is not mapped is passed over. Until the flush an entry
 * without rights remembers its page by all other bits, since page 0 has an address
 * of zeros.
 */
int64_t pkvm_hyp_vm_mmu_unmap(struct pkvm_call *call, const struct pkvm_vm_range *in)
{
	struct pkvm_vm *vm = call->vm;
	const int64_t status = judge_gpa(call, in->address, in->size, vm_gpa);

	if (status)
		return status;
	pkvm_plat_lock(&vm->lock);
	for (uint64_t at = 0; at < in->size; at += PKVM_PAGE_SIZE) {
		uint64_t *leaf = host_leaf(vm, in->address + at);

		if (leaf)
			__atomic_and_fetch(leaf, ~PKVM_EPT_TABLE, __ATOMIC_SEQ_CST);
	}
	pkvm_mmu_flush(vm);
	for (uint64_t at = 0; at < in->size; at += PKVM_PAGE_SIZE) {
		uint64_t *leaf = host_leaf(vm, in->address + at);

		if (!leaf || !*leaf)
			continue;
		pkvm_page_unuse(call->hyp, *leaf & PKVM_EPT_ADDRESS, PKVM_PAGE_SIZE);
		*leaf = 0;
	}
	pkvm_plat_unlock(&vm->lock);
	return 0;
}

/* Reads, and with mkold clears, the accessed flags of EPT entries. */
int64_t pkvm_hyp_vm_mmu_age(struct pkvm_call *call, const struct pkvm_vm_age *in,
			    struct pkvm_flag *out)
{
	struct pkvm_vm *vm = call->vm;
	const int64_t status = judge_gpa(call, in->address, in->size, vm_gpa);
	bool young = false;

	out->value = 0;
	if (status)
		return status;
	if (!pkvm_mmu_has_accessed())
		return pkvm_refuse(call, 0, PKVM_EOPNOTSUPP);
	pkvm_plat_lock(&vm->lock);
	for (uint64_t at = 0; at < in->size; at += PKVM_PAGE_SIZE) {
		uint64_t *leaf = pkvm_mmu_leaf(vm, in->address + at);
		uint64_t entry = leaf ? pkvm_ept_read(leaf) : 0;

		if (in->mkold && entry & PKVM_EPT_ACCESSED)
			entry = __atomic_fetch_and(leaf, ~PKVM_EPT_ACCESSED, __ATOMIC_SEQ_CST);
		young |= (entry & PKVM_EPT_ACCESSED) != 0;
	}
	if (young && in->mkold)
		pkvm_mmu_flush(vm);
	pkvm_plat_unlock(&vm->lock);
	out->value = young;
	return 0;
}
