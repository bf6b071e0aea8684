/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Page ownership: who may touch each page of RAM, one 64-bit word a page. The
 * host's view of memory follows this table and nothing else.
 */
#ifndef PKVM_LIB_PAGE_H
#define PKVM_LIB_PAGE_H

#include <pkvm/core.h>
#include "platform.h"

struct pkvm_hyp;
struct pkvm_call;

/*
 * States of a page.
 *
 *   state         owner        host sees it  value holds
 *   NOT_RAM       nobody       -             0
 *   HOST          host         yes           0
 *   SHARED        host         yes           uses: vCPU pages, npVM mappings
 *   HYPERVISOR    hypervisor   no            0
 *   DONATED       a VM         no            VM slot (areas, fpstate, tables, pool)
 *   GUEST         a pVM        no            VM slot, guest frame number
 *   GUEST_SHARED  a pVM        yes           VM slot, guest frame number
 *   TRANSIT       on its way   no            VM slot
 */
enum pkvm_page_state {
	PKVM_PAGE_NOT_RAM,
	PKVM_PAGE_HOST,
	PKVM_PAGE_SHARED,
	PKVM_PAGE_HYPERVISOR,
	PKVM_PAGE_DONATED,
	PKVM_PAGE_GUEST,
	PKVM_PAGE_GUEST_SHARED,
	PKVM_PAGE_TRANSIT,
	PKVM_NR_PAGE_STATES
};

/* The word: state [3:0], VM slot [19:4], guest frame number or uses [63:20]. */
struct pkvm_page {
	uint64_t word;
};
PKVM_ASSERT(sizeof(struct pkvm_page) == 8)

/* A region of RAM; the words of its pages are contiguous from `first` on. */
struct pkvm_ram {
	uint64_t address;
	uint64_t size;
	uint64_t first;
};

struct pkvm_pages {
	struct pkvm_lock lock;
	uint32_t nr_ram;
	struct pkvm_ram ram[PKVM_MAX_REGIONS];  /* by address             */
	uint64_t table_pa;      /* struct pkvm_page[]                     */
	uint64_t table_size;    /* words that fit                         */
	uint64_t count[PKVM_NR_PAGE_STATES];
};

/* Words of a call by which a range is refused: 0 where the address has none. */
struct pkvm_range_words {
	unsigned int address;
	unsigned int size;
};

/*
 * Judges the form of a range: not empty, whole pages, not wrapping, at most
 * max pages (0: no cap of its own). -EINVAL names the word at fault.
 */
int64_t pkvm_range_judge(struct pkvm_call *call, uint64_t address, uint64_t size,
			 uint64_t max_pages, struct pkvm_range_words words);

/* -EFAULT when a page of the range is not RAM. Reads no state, takes no lock. */
int64_t pkvm_range_is_ram(struct pkvm_call *call, uint64_t address, uint64_t size,
			  unsigned int word);

/*
 * Takes pages from the host: all of them or none (-EPERM). They leave the
 * host's view and are in transit for the VM until committed or given back.
 * Page 0 is never taken: address 0 says "none" where pages are linked or named.
 */
int64_t pkvm_page_take(struct pkvm_call *call, uint64_t address, uint64_t size,
		       uint32_t vm_slot, unsigned int word);
void pkvm_page_commit(struct pkvm_hyp *hyp, uint64_t address, uint64_t size);
void pkvm_page_commit_guest(struct pkvm_hyp *hyp, uint64_t address, uint64_t size,
			    uint64_t gfn);
/*
 * Pages of any private state go back to the host: untouched ones after a
 * refused donation, or ones that the caller scrubbed.
 */
void pkvm_page_release(struct pkvm_hyp *hyp, uint64_t address, uint64_t size);

/*
 * The hypervisor or an npVM starts or ends using the host's pages; while used
 * they can be neither donated nor given to a pVM. All or none (-EPERM).
 */
int64_t pkvm_page_use(struct pkvm_call *call, uint64_t address, uint64_t size,
		      unsigned int word);
void pkvm_page_unuse(struct pkvm_hyp *hyp, uint64_t address, uint64_t size);

/* A pVM's page becomes visible to the host, or private again. */
void pkvm_page_guest_share(struct pkvm_hyp *hyp, uint64_t address, bool shared);

enum pkvm_page_state pkvm_page_state(struct pkvm_hyp *hyp, uint64_t address);
uint32_t pkvm_page_vm_slot(struct pkvm_hyp *hyp, uint64_t address);
/* Guest frame number of a guest's page, uses of a shared one. */
uint64_t pkvm_page_value(struct pkvm_hyp *hyp, uint64_t address);

/* Fills the table from init()'s judged regions; false when it is too small. */
bool pkvm_pages_init(struct pkvm_hyp *hyp, const struct pkvm_memory_region *regions,
		     uint64_t count);

/* Writes zeros over whole pages that the host does not see. */
void pkvm_page_scrub(uint64_t address, uint64_t pages);

#endif
