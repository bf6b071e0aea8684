/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * From linear to physical addresses: 32-bit, PAE, 4-level and 5-level paging
 * with access rights, accessed and dirty flags, and page faults.
 *
 * SDM: chapter "Paging"; for the PDPTEs of a guest, section "PDPTEs" of the
 * guest non-register state.
 */
#include "model_access.h"
#include "../platform.h"

#define PTE_P   (1ull << 0)
#define PTE_RW  (1ull << 1)
#define PTE_US  (1ull << 2)
#define PTE_A   (1ull << 5)
#define PTE_D   (1ull << 6)
#define PTE_PS  (1ull << 7)
#define PTE_XD  (1ull << 63)
#define PF_P    1u
#define PF_W    2u
#define PF_U    4u
#define PF_RSVD 8u
#define PF_I    16u
#define PF_PK   32u

/* One walk: its format by mode, and what it has gathered on the way. */
struct walk {
	uint64_t linear;
	unsigned int access;
	bool user;
	unsigned int levels;
	unsigned int entry_size; /* 4 or 8 */
	unsigned int index_bits; /* 10 or 9 */
	uint64_t rights;         /* AND of R/W and U/S */
	bool execute_disable;    /* OR of XD */
	uint64_t leaf;
	uint64_t leaf_at;
	unsigned int shift; /* of the page */
};

static enum model_result page_fault(struct model_run *run, const struct walk *w, uint32_t code)
{
	bool nx = (MODEL_FIELD(run, GUEST_IA32_EFER) & EFER_NXE) &&
		  (MODEL_FIELD(run, GUEST_CR4) & CR4_PAE);

	if (w->access & MODEL_WRITE)
		code |= PF_W;
	if (w->user)
		code |= PF_U;
	if ((w->access & MODEL_FETCH) && (nx || (MODEL_FIELD(run, GUEST_CR4) & CR4_SMEP)))
		code |= PF_I;
	(void)model_fault_code(run, VECTOR_PF, code);
	run->event.payload = w->linear;
	return MODEL_FAULT;
}

static uint64_t high_reserved(const struct model_run *run)
{
	uint64_t bits = ((1ull << 52) - 1) & ~((1ull << run->cpu->caps.maxphyaddr) - 1);

	if (!model_long_mode(run))
		bits |= 0x7ffull << 52;
	if (!(MODEL_FIELD(run, GUEST_IA32_EFER) & EFER_NXE))
		bits |= PTE_XD;
	return bits;
}

static bool walk_is_leaf(const struct model_run *run, const struct walk *w, uint64_t entry,
			 unsigned int level)
{
	if (level == 1)
		return true;
	if (!(entry & PTE_PS))
		return false;
	if (w->entry_size == 4)
		return MODEL_FIELD(run, GUEST_CR4) & CR4_PSE;
	return level <= 3;
}

static bool walk_reserved(const struct model_run *run, const struct walk *w, uint64_t entry,
			  unsigned int level, bool leaf)
{
	if (w->entry_size == 4) /* PSE-36: [20:13] are address bits 39:32 */
		return leaf && level == 2 && (entry & 1ull << 21);
	if (entry & high_reserved(run))
		return true;
	if (!leaf)
		return level >= 4 && (entry & PTE_PS);
	return entry & ((1ull << (12 + 9 * (level - 1))) - 1) & ~0x1fffull;
}

/* Sets the accessed flag, and for a write the dirty flag, of one entry. */
static enum model_result walk_mark(struct model_run *run, const struct walk *w, uint64_t at,
				   uint64_t entry, uint64_t flags)
{
	if ((entry & flags) == flags)
		return MODEL_OK;
	return model_guest_store(run, at, w->entry_size, entry | flags);
}

static enum model_result walk_tables(struct model_run *run, struct walk *w, uint64_t table)
{
	for (unsigned int level = w->levels;; level--) {
		unsigned int shift = 12 + w->index_bits * (level - 1);
		uint64_t index = w->linear >> shift & ((1ull << w->index_bits) - 1);
		uint64_t at = table + index * w->entry_size, entry;
		enum model_result result = model_guest_load(run, at, w->entry_size, &entry);
		bool leaf;

		if (result != MODEL_OK)
			return result;
		if (!(entry & PTE_P))
			return page_fault(run, w, 0);
		leaf = walk_is_leaf(run, w, entry, level);
		if (walk_reserved(run, w, entry, level, leaf))
			return page_fault(run, w, PF_P | PF_RSVD);
		w->rights &= entry;
		w->execute_disable |= w->entry_size == 8 && (entry & PTE_XD);
		if (leaf) {
			w->leaf = entry;
			w->leaf_at = at;
			w->shift = shift;
			return MODEL_OK;
		}
		result = walk_mark(run, w, at, entry, PTE_A);
		if (result != MODEL_OK)
			return result;
		table = entry & ((1ull << run->cpu->caps.maxphyaddr) - 1) & ~0xfffull;
	}
}

/* Section "Protection Keys": user-mode addresses, data accesses only. */
static bool key_denies(const struct model_run *run, const struct walk *w)
{
	uint32_t pair;

	if (!model_long_mode(run) || !(MODEL_FIELD(run, GUEST_CR4) & CR4_PKE) ||
	    !(w->rights & PTE_US) || (w->access & MODEL_FETCH))
		return false;
	pair = pkvm_plat_read_pkru() >> (2 * (w->leaf >> 59 & 15)) & 3;
	if (pair & 1)
		return true;
	return (pair & 2) && (w->access & MODEL_WRITE) &&
	       (w->user || (MODEL_FIELD(run, GUEST_CR0) & CR0_WP));
}

/* Section "Determination of Access Rights". */
static bool rights_deny(const struct model_run *run, const struct walk *w)
{
	uint64_t cr4 = MODEL_FIELD(run, GUEST_CR4);
	bool user_page = w->rights & PTE_US;
	bool ac = (MODEL_FIELD(run, GUEST_RFLAGS) & RFLAGS_AC) && !(w->access & MODEL_SYSTEM);

	if (w->user && !user_page)
		return true;
	if ((w->access & MODEL_FETCH) &&
	    (w->execute_disable || (!w->user && user_page && (cr4 & CR4_SMEP))))
		return true;
	if (!w->user && user_page && !(w->access & MODEL_FETCH) && (cr4 & CR4_SMAP) && !ac)
		return true;
	return (w->access & MODEL_WRITE) && !(w->rights & PTE_RW) &&
	       (w->user || (MODEL_FIELD(run, GUEST_CR0) & CR0_WP));
}

/* The format of the walk by mode, and its first table. */
static enum model_result walk_begin(struct model_run *run, struct walk *w, uint64_t *table)
{
	uint64_t cr3 = MODEL_FIELD(run, GUEST_CR3), cr4 = MODEL_FIELD(run, GUEST_CR4);
	uint64_t address_bits = ((1ull << run->cpu->caps.maxphyaddr) - 1) & ~0xfffull;

	w->entry_size = 8;
	w->index_bits = 9;
	*table = cr3 & address_bits;
	if (model_long_mode(run)) {
		w->levels = cr4 & CR4_LA57 ? 5 : 4;
	} else if (cr4 & CR4_PAE) {
		uint64_t pdpte = (&MODEL_FIELD(run, GUEST_PDPTR0))[w->linear >> 30 & 3];

		w->levels = 2;
		if (!(pdpte & PTE_P))
			return page_fault(run, w, 0);
		*table = pdpte & address_bits;
	} else {
		w->levels = 2;
		w->entry_size = 4;
		w->index_bits = 10;
		*table = cr3 & 0xfffff000ull;
	}
	return MODEL_OK;
}

static uint64_t walk_address(const struct model_run *run, const struct walk *w)
{
	uint64_t offset = (1ull << w->shift) - 1;
	uint64_t base = w->leaf & ((1ull << run->cpu->caps.maxphyaddr) - 1);

	if (w->entry_size == 4 && w->shift == 22)
		base = (w->leaf & 0xffc00000ull) | (w->leaf >> 13 & 0xff) << 32;
	return (base & ~offset) | (w->linear & offset);
}

enum model_result model_translate(struct model_run *run, uint64_t linear, unsigned int access,
				  uint64_t *pa)
{
	struct walk w = {
		.linear = linear,
		.access = access,
		.user = model_cpl(run) == 3 && !(access & MODEL_SYSTEM),
		.rights = PTE_RW | PTE_US,
	};
	uint64_t table, flags = PTE_A;
	enum model_result result;

	run->linear = linear;
	run->linear_valid = true;
	if (!(MODEL_FIELD(run, GUEST_CR0) & CR0_PG))
		return model_guest_physical(run, linear, access, false, pa);
	result = walk_begin(run, &w, &table);
	if (result == MODEL_OK)
		result = walk_tables(run, &w, table);
	if (result != MODEL_OK)
		return result;
	if (rights_deny(run, &w))
		return page_fault(run, &w, PF_P);
	if (key_denies(run, &w))
		return page_fault(run, &w, PF_P | PF_PK);
	if (access & MODEL_WRITE)
		flags |= PTE_D;
	result = walk_mark(run, &w, w.leaf_at, w.leaf, flags);
	if (result != MODEL_OK)
		return result;
	return model_guest_physical(run, walk_address(run, &w), access, false, pa);
}

/* Section "PDPTE Registers": MOV to CR0, CR3 or CR4 that uses PAE paging. */
enum model_result model_load_pdptes(struct model_run *run, uint64_t cr0, uint64_t cr3,
				    uint64_t cr4)
{
	uint64_t reserved = ~((1ull << run->cpu->caps.maxphyaddr) - 1) | 0x1e6;
	uint64_t pdpte[4];

	if (!(cr0 & CR0_PG) || !(cr4 & CR4_PAE) || model_long_mode(run))
		return MODEL_OK;
	run->linear_valid = false;
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t at = (cr3 & 0xffffffe0ull) + 8ull * i;
		enum model_result result = model_guest_load(run, at, 8, &pdpte[i]);

		if (result != MODEL_OK)
			return result;
		if ((pdpte[i] & PTE_P) && (pdpte[i] & reserved))
			return model_fault_code(run, VECTOR_GP, 0);
	}
	for (unsigned int i = 0; i < 4; i++)
		(&MODEL_FIELD(run, GUEST_PDPTR0))[i] = pdpte[i];
	return MODEL_OK;
}
