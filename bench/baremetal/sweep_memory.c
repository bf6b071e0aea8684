/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Pages that a call maps, looks at, takes away, or adds to a pool. */
#include "../../host/platform.h"
#include "sweep.h"

static struct vm vm;
static uint64_t pages;          /* an npVM's, shared with the host */
static uint64_t next_gpa;

static int64_t map(uint64_t nr)
{
	const struct pkvm_mapping in = {SWEEP_GPA, pages, nr * PKVM_PAGE_SIZE, 1};

	return pkvm_hc_vm_mmu_map(&in).error;
}

static int64_t unmap(uint64_t nr)
{
	const struct pkvm_vm_range in = {vm.handle, SWEEP_GPA, nr * PKVM_PAGE_SIZE};

	return pkvm_hc_vm_mmu_unmap(&in).error;
}

static int64_t age(uint64_t nr)
{
	const struct pkvm_vm_age in = {vm.handle, SWEEP_GPA, nr * PKVM_PAGE_SIZE, 1};
	struct pkvm_flag young;

	return pkvm_hc_vm_mmu_age(&in, &young).error;
}

/* A pVM's page is neither given nor mapped twice. */
static int64_t donate(uint64_t nr)
{
	const struct pkvm_mapping in = {next_gpa, sweep_fresh(nr), nr * PKVM_PAGE_SIZE, 1};

	next_gpa += SWEEP_PAGES * PKVM_PAGE_SIZE;
	return pkvm_hc_vm_mmu_map(&in).error;
}

static int64_t topup(uint64_t nr)
{
	const struct pkvm_vm_range in = {vm.handle, sweep_fresh(nr), nr * PKVM_PAGE_SIZE};

	return pkvm_hc_vm_topup(&in).error;
}

static const struct sweep of_an_npvm[] = {
	{"vm_mmu_map, pages", PKVM_HC_vm_mmu_map, PKVM_WORD_mapping_size, SWEEP_PAGES,
	 map, NULL, unmap},
	{"vm_mmu_age, pages", PKVM_HC_vm_mmu_age, PKVM_WORD_vm_age_size, SWEEP_PAGES,
	 age, map, unmap},
	{"vm_mmu_unmap, pages", PKVM_HC_vm_mmu_unmap, PKVM_WORD_vm_range_size, SWEEP_PAGES,
	 unmap, map, NULL},
	{"vm_topup, pages", PKVM_HC_vm_topup, PKVM_WORD_vm_range_size, SWEEP_PAGES,
	 topup, NULL, NULL},
};

static const struct sweep of_a_pvm = {
	"vm_mmu_map, a pVM's pages", PKVM_HC_vm_mmu_map, PKVM_WORD_mapping_size, SWEEP_PAGES,
	donate, NULL, NULL,
};

/* Mappings of a VM that is destroyed. */
struct destroyed {
	const char *name;
	uint64_t type;          /* a pVM's pages are scrubbed                 */
	uint64_t distance;      /* from one to the next, guest-physical bytes */
};

/* The worst vm_destroy of a VM with so many of them. */
static uint64_t destroy(const struct destroyed *what, uint64_t nr)
{
	uint64_t worst;

	vm_make_bare(&vm, what->type);
	for (uint64_t i = 0; i < nr; i++) {
		const struct pkvm_mapping in = {
			.gpa = SWEEP_GPA + i * what->distance,
			.hpa = what->type == PKVM_VM_PVM ? sweep_fresh(1) : pages,
			.size = PKVM_PAGE_SIZE,
			.writable = 1,
		};

		if (i % (SWEEP_PAGES / 2) == 0)
			EXPECT_EQUAL(topup(SWEEP_PAGES), 0);
		EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&in).error, 0);
	}
	count_watch(PKVM_HC_vm_destroy);
	vm_destroy(&vm);
	worst = count_watched();
	print_row("vm_destroy, worst call, ", what->name, (const uint64_t[]){nr, worst}, 2);
	return worst;
}

/* From a number on that fills a call, more mappings are more calls, not longer ones. */
static bool destroys_alike(const struct destroyed *what)
{
	static const uint64_t mappings[] = {16, SWEEP_PAGES, 2 * SWEEP_PAGES,
					    4 * SWEEP_PAGES};
	uint64_t worst[4];

	for (unsigned int i = 0; i < 4; i++)
		worst[i] = destroy(what, mappings[i]);
	return worst[2] <= worst[1] + worst[1] / 10 && worst[3] <= worst[1] + worst[1] / 10;
}

static const struct destroyed destroyed[] = {
	{"neighbours", PKVM_VM_NPVM, PKVM_PAGE_SIZE},
	{"2 MiB apart", PKVM_VM_NPVM, UINT64_C(1) << 21},
	{"a pVM's, neighbours", PKVM_VM_PVM, PKVM_PAGE_SIZE},
	{"a pVM's, 2 MiB apart", PKVM_VM_PVM, UINT64_C(1) << 21},
};

bool sweep_memory(void)
{
	bool fine;

	pages = sweep_fresh(SWEEP_PAGES);
	next_gpa = SWEEP_GPA;
	vm_make_bare(&vm, PKVM_VM_NPVM);
	fine = sweep_all(of_an_npvm, sizeof(of_an_npvm) / sizeof(of_an_npvm[0]));
	vm_destroy(&vm);
	vm_make_bare(&vm, PKVM_VM_PVM);
	fine &= sweep_one(&of_a_pvm);
	vm_destroy(&vm);
	for (unsigned int i = 0; i < sizeof(destroyed) / sizeof(destroyed[0]); i++)
		fine &= destroys_alike(&destroyed[i]);
	EXPECT(pkvm_host_plat_free(pages, SWEEP_PAGES));
	return fine;
}
