/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Walks a guest's page tables, in each of its paging modes (SDM "Paging Modes and
 * Control Bits", tables "Paging Structures in the Different Paging Modes").
 */
#include "memory.h"
#include "walk.h"
#include "x86_ops.h"

#define ENTRY_PRESENT PKVM_BIT(0)
#define ENTRY_LARGE   PKVM_BIT(7)
#define ADDRESS_64    PKVM_BITS(51, 12)
#define ADDRESS_32    PKVM_BITS(31, 12)
#define CR3_PAE       PKVM_BITS(31, 5)
#define OFFSET        PKVM_BITS(11, 0)

/* Tables of level `levels` to 1; PAE's topmost one has 4 entries. */
struct paging {
	uint32_t levels;
	uint32_t bits;          /* of an address that select an entry    */
	uint32_t entry_size;
	uint64_t root;
};

static struct paging paging_of(struct pkvm_host_vcpu *vcpu)
{
	const uint64_t cr3 = pkvm_host_read_cr3(vcpu);
	const uint64_t cr4 = pkvm_host_read_cr4(vcpu);

	if (pkvm_host_read_efer(vcpu) & PKVM_EFER_LMA)
		return (struct paging){ cr4 & PKVM_CR4_LA57 ? 5 : 4, 9, 8, cr3 & ADDRESS_64 };
	if (cr4 & PKVM_CR4_PAE)
		return (struct paging){ 3, 9, 8, cr3 & CR3_PAE };
	return (struct paging){ 2, 10, 4, cr3 & ADDRESS_32 };
}

/* A large page of 32-bit paging has its address bits 39:32 in 20:13 of the entry. */
static uint64_t large_address(const struct paging *paging, uint64_t entry, uint64_t below)
{
	if (paging->entry_size == 4)
		return (entry & ADDRESS_32 & ~below) | (entry & PKVM_BITS(20, 13)) << 19;
	return entry & ADDRESS_64 & ~below;
}

/* Only page directories and, in IA-32e mode, page-directory-pointer tables. */
static bool is_large(const struct paging *paging, uint32_t level, uint64_t entry,
		     uint64_t cr4)
{
	if (!(entry & ENTRY_LARGE))
		return false;
	if (paging->entry_size == 4)
		return level == 2 && cr4 & PKVM_CR4_PSE;
	return level == 2 || (level == 3 && paging->levels > 3);
}

int pkvm_host_translate(struct pkvm_host_vcpu *vcpu, uint64_t linear, uint64_t *gpa)
{
	const uint64_t cr4 = pkvm_host_read_cr4(vcpu);
	struct paging paging;
	uint64_t table;

	if (!(pkvm_host_read_efer(vcpu) & PKVM_EFER_LMA))
		linear &= PKVM_BITS(31, 0);
	*gpa = linear;
	if (!(pkvm_host_read_cr0(vcpu) & PKVM_CR0_PG))
		return 0;
	paging = paging_of(vcpu);
	table = paging.root;
	for (uint32_t level = paging.levels; level; level--) {
		const uint32_t shift = 12 + paging.bits * (level - 1);
		const uint64_t index = linear >> shift & PKVM_BITS(paging.bits - 1, 0);
		const uint64_t below = PKVM_BITS(shift - 1, 0);
		uint64_t entry = 0;

		if (pkvm_host_memory_read(vcpu->vm, table + index * paging.entry_size, &entry,
					  paging.entry_size) ||
		    !(entry & ENTRY_PRESENT))
			return -PKVM_ENOENT;
		table = entry & (paging.entry_size == 4 ? ADDRESS_32 : ADDRESS_64);
		if (level > 1 && is_large(&paging, level, entry, cr4)) {
			*gpa = large_address(&paging, entry, below) | (linear & below);
			return 0;
		}
	}
	*gpa = table | (linear & OFFSET);
	return 0;
}
