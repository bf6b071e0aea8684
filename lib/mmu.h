/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A VM's second-level page tables (SDM "EPT Translation Mechanism"): 4 levels
 * of 4 KiB pages, tables from the VM's pool. The VM's lock protects them.
 */
#ifndef PKVM_LIB_MMU_H
#define PKVM_LIB_MMU_H

#include "vm.h"

struct pkvm_hyp;
struct pkvm_reclaim_more;

/* Pages go in zeroed and come out zeroed; 0 when the pool is empty. */
void pkvm_pool_add(struct pkvm_vm *vm, uint64_t page);
uint64_t pkvm_pool_take(struct pkvm_vm *vm);

/* The value of the EPT pointer field. The VM must have a root. */
uint64_t pkvm_mmu_eptp(const struct pkvm_vm *vm);
/* Whether the processor keeps accessed flags in EPT entries. */
bool pkvm_mmu_has_accessed(void);

/* The physical page behind a guest-physical page; false when nothing is mapped. */
bool pkvm_mmu_lookup(const struct pkvm_vm *vm, uint64_t gpa, uint64_t *hpa, bool *writable);
/* The leaf entry of an address, or NULL where a table is missing. */
uint64_t *pkvm_mmu_leaf(const struct pkvm_vm *vm, uint64_t gpa);

/* Pages of the pool that mapping a range of at most 512 pages will take. */
uint64_t pkvm_mmu_tables_needed(const struct pkvm_vm *vm, uint64_t gpa, uint64_t size);
/* Maps one page; the pool has been judged large enough. */
void pkvm_mmu_install(struct pkvm_vm *vm, uint64_t gpa, uint64_t hpa, bool writable);
/* Maps a page of the pool, as table pages are: the host neither unmaps nor gets it. */
void pkvm_mmu_install_own(struct pkvm_vm *vm, uint64_t gpa, uint64_t page);
/* A mapping went: no vCPU uses it any more when this returns. */
void pkvm_mmu_flush(struct pkvm_vm *vm);

/*
 * Takes a bounded part of a dying VM's memory apart, from vm->destroy_cursor
 * on: unmaps an npVM's pages, scrubs and gives back a pVM's, then the tables,
 * then the pool, at most PKVM_MAX_RECLAIM_RANGES ranges and
 * PKVM_MAX_RECLAIM_PAGES pages, which it counts. True when all of it is gone.
 */
bool pkvm_mmu_destroy(struct pkvm_hyp *hyp, struct pkvm_vm *vm, struct pkvm_reclaim_more *out,
		      uint64_t *pages);

#endif
