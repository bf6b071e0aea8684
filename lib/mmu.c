/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A VM's second-level page tables: walking, making tables, mapping, unmapping. */
#include "mmu.h"
#include "ept.h"
#include "vcpu.h"
#include "vmcs/vmcs.h"

bool pkvm_mmu_has_accessed(void)
{
	return pkvm_vmcs_caps()->ept_vpid_cap & PKVM_BIT(21);
}

uint64_t pkvm_mmu_eptp(const struct pkvm_vm *vm)
{
	return vm->ept_root | PKVM_EPTP_WRITE_BACK | PKVM_EPTP_LEVELS_4 |
	       (pkvm_mmu_has_accessed() ? PKVM_EPTP_ACCESSED : 0);
}

/* The leaf entry of an address, or NULL where a table is missing. */
uint64_t *pkvm_mmu_leaf(const struct pkvm_vm *vm, uint64_t gpa)
{
	uint64_t table = vm->ept_root;

	for (unsigned int level = PKVM_EPT_LEVELS; level > 1 && table; level--) {
		const uint64_t entry = pkvm_ept_read(pkvm_ept_entry(table, level, gpa));

		table = pkvm_ept_is_present(entry) ? entry & PKVM_EPT_ADDRESS : 0;
	}
	return table ? pkvm_ept_entry(table, 1, gpa) : NULL;
}

bool pkvm_mmu_lookup(const struct pkvm_vm *vm, uint64_t gpa, uint64_t *hpa, bool *writable)
{
	const uint64_t *leaf = pkvm_mmu_leaf(vm, gpa);
	const uint64_t entry = leaf ? pkvm_ept_read(leaf) : 0;

	if (!pkvm_ept_is_present(entry))
		return false;
	*hpa = entry & PKVM_EPT_ADDRESS;
	*writable = entry & PKVM_EPT_WRITE;
	return true;
}

/* Tables that are missing on the way to one address, below those that exist. */
static uint64_t missing_tables(const struct pkvm_vm *vm, uint64_t gpa)
{
	uint64_t table = vm->ept_root;
	unsigned int level = PKVM_EPT_LEVELS;

	if (!table)
		return PKVM_EPT_LEVELS;
	for (; level > 1; level--) {
		const uint64_t entry = pkvm_ept_read(pkvm_ept_entry(table, level, gpa));

		if (!pkvm_ept_is_present(entry))
			return level - 1;
		table = entry & PKVM_EPT_ADDRESS;
	}
	return 0;
}

/*
 * A range of at most 512 pages lies in at most two leaf tables: those of its
 * first and of its last page, which share every table above the level at which
 * their addresses part.
 */
uint64_t pkvm_mmu_tables_needed(const struct pkvm_vm *vm, uint64_t gpa, uint64_t size)
{
	const uint64_t last = gpa + size - PKVM_PAGE_SIZE;
	const uint64_t first_missing = missing_tables(vm, gpa);
	uint64_t last_missing = missing_tables(vm, last);
	uint64_t apart = 0;

	for (unsigned int level = 2; level <= PKVM_EPT_LEVELS; level++)
		apart += gpa / pkvm_ept_span(level) != last / pkvm_ept_span(level);
	if (last_missing > apart)
		last_missing = apart;
	return first_missing + last_missing;
}

/* The leaf entry of an address; the pool was judged large enough. */
static uint64_t *make_leaf(struct pkvm_vm *vm, uint64_t gpa)
{
	uint64_t table;

	if (!vm->ept_root)
		vm->ept_root = pkvm_pool_take(vm);
	table = vm->ept_root;
	for (unsigned int level = PKVM_EPT_LEVELS; level > 1; level--) {
		uint64_t *entry = pkvm_ept_entry(table, level, gpa);

		if (!pkvm_ept_is_present(pkvm_ept_read(entry)))
			__atomic_store_n(entry, pkvm_pool_take(vm) | PKVM_EPT_TABLE,
					 __ATOMIC_RELEASE);
		table = pkvm_ept_read(entry) & PKVM_EPT_ADDRESS;
	}
	return pkvm_ept_entry(table, 1, gpa);
}

void pkvm_mmu_install(struct pkvm_vm *vm, uint64_t gpa, uint64_t hpa, bool writable)
{
	const uint64_t rights = PKVM_EPT_READ | PKVM_EPT_EXECUTE |
				(writable ? PKVM_EPT_WRITE : 0);

	__atomic_store_n(make_leaf(vm, gpa), hpa | rights | PKVM_EPT_WRITE_BACK,
			 __ATOMIC_RELEASE);
}

void pkvm_mmu_install_own(struct pkvm_vm *vm, uint64_t gpa, uint64_t page)
{
	__atomic_store_n(make_leaf(vm, gpa),
			 page | PKVM_EPT_READ | PKVM_EPT_WRITE | PKVM_EPT_WRITE_BACK |
				 PKVM_EPT_OWN,
			 __ATOMIC_RELEASE);
}

/*
 * A vCPU in guest mode elsewhere may still use what a removed mapping left in
 * its translation caches: it is made to exit, and flushes before it enters
 * again, because the VM's generation has moved.
 */
void pkvm_mmu_flush(struct pkvm_vm *vm)
{
	__atomic_add_fetch(&vm->ept_generation, 1, __ATOMIC_SEQ_CST);
	for (uint32_t id = 0; id < vm->max_vcpus; id++) {
		struct pkvm_vcpu *vcpu = vm->vcpu[id] ? pkvm_plat_private(vm->vcpu[id]) : NULL;
		uint32_t cpu;

		while (vcpu && (cpu = __atomic_load_n(&vcpu->in_guest, __ATOMIC_SEQ_CST)))
			pkvm_plat_kick(cpu - 1);
	}
}
