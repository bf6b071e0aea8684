/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Every call that gives the hypervisor pages, as data, on one scene of VMs: for
 * tests that offer the same pages to all of them. One test program includes it
 * once.
 */
#ifndef PKVM_TEST_OWNERSHIP_H
#define PKVM_TEST_OWNERSHIP_H

#include <string.h>

#include "world.h"
#include "lib/hyp.h"

struct scene {
	struct machine *m;
	struct world_vm pvm, npvm;              /* finalized, their vCPU bound here */
	struct world_vcpu pvm_vcpu, npvm_vcpu;
	struct world_vm open;                   /* a pVM that still gets vCPUs      */
	uint64_t page, area, fpstate;           /* good ones for vcpu_create        */
};

/* Where a call takes pages. */
enum giver {
	VM_INIT, TOPUP, CREATE_PAGE, CREATE_AREA, CREATE_FPSTATE, SET_CPUID, ADD_FPSTATE,
	MAP_PVM, MAP_NPVM, NR_GIVERS
};

/* size_word 0: the call takes one page and has no word for its size. */
static const struct giver_row {
	const char *name;
	uint64_t number;
	unsigned int n_in;
	unsigned int n_out;
	unsigned int address_word;
	unsigned int size_word;
	uint64_t pages;                         /* enough for success               */
	bool shares;                            /* the pages stay the host's        */
} giver_rows[NR_GIVERS] = {
	[VM_INIT]        = {"vm_init area",             0x0200, 4, 1, 1, 2, 3, false},
	[TOPUP]          = {"vm_topup",                 0x0204, 3, 0, 2, 3, 3, false},
	[CREATE_PAGE]    = {"vcpu_create page",         0x0300, 7, 1, 2, 0, 1, true},
	[CREATE_AREA]    = {"vcpu_create area",         0x0300, 7, 1, 3, 4, 5, false},
	[CREATE_FPSTATE] = {"vcpu_create fpstate",      0x0300, 7, 1, 5, 6, 3, false},
	[SET_CPUID]      = {"vcpu_after_set_cpuid",     0x0700, 3, 3, 1, 2, 3, false},
	[ADD_FPSTATE]    = {"vcpu_add_fpstate",         0x0701, 2, 3, 1, 2, 5, false},
	[MAP_PVM]        = {"vm_mmu_map into a pVM",    0x0800, 4, 0, 2, 3, 3, false},
	[MAP_NPVM]       = {"vm_mmu_map into an npVM",  0x0800, 4, 0, 2, 3, 3, true},
};

static inline struct scene scene_begin(void)
{
	struct scene s = {.m = world_up(1)};

	s.pvm = world_vm(PKVM_VM_PVM);
	s.npvm = world_vm(PKVM_VM_NPVM);
	s.open = world_vm(PKVM_VM_PVM);
	s.pvm_vcpu = world_vcpu(&s.pvm, 0);
	s.npvm_vcpu = world_vcpu(&s.npvm, 0);
	world_finalize(&s.pvm);
	world_load(&s.pvm_vcpu);
	world_load(&s.npvm_vcpu);
	s.page = world_pages(1);
	s.area = world_pages(5);
	s.fpstate = world_pages(3);
	return s;
}

/* Offers a range to a call all of whose other words are good. */
static inline struct world_result scene_offer(const struct scene *s, enum giver giver,
					      uint64_t address, uint64_t size)
{
	const struct giver_row *row = &giver_rows[giver];
	uint64_t in[PKVM_MAX_WORDS] = {0};

	switch (giver) {
	case VM_INIT:
		in[2] = PKVM_VM_PVM;
		in[3] = 1;
		break;
	case TOPUP:
		in[0] = s->open.handle;
		break;
	case CREATE_PAGE: case CREATE_AREA: case CREATE_FPSTATE:
		memcpy(in, (uint64_t[]){s->open.handle, s->page, s->area, 5 * 4096, s->fpstate,
					3 * 4096, 1}, 7 * sizeof(in[0]));
		break;
	case MAP_PVM: case MAP_NPVM:
		in[0] = 0x40000000;
		in[3] = 1;
		break;
	default:
		break;
	}
	world_load(giver == MAP_NPVM ? &s->npvm_vcpu : &s->pvm_vcpu);
	in[row->address_word - 1] = address;
	if (row->size_word)
		in[row->size_word - 1] = size;
	return world_callv(s->m, row->number, in, row->n_in, row->n_out);
}

/* A page in each state that the scene does not show by itself. */
static inline uint64_t scene_page(const struct scene *s, enum pkvm_page_state state)
{
	uint64_t page;

	switch (state) {
	case PKVM_PAGE_NOT_RAM:
		return machine_ram_size(s->m);
	case PKVM_PAGE_SHARED:
		return s->npvm_vcpu.page;
	case PKVM_PAGE_HYPERVISOR:
		return machine_hyp_base(s->m);
	case PKVM_PAGE_DONATED:
		return s->pvm_vcpu.area;
	case PKVM_PAGE_GUEST:
	case PKVM_PAGE_GUEST_SHARED:
		world_load(&s->pvm_vcpu);
		page = world_map(state * 0x1000, 1);
		if (state == PKVM_PAGE_GUEST_SHARED)
			pkvm_page_guest_share(machine_hyp(s->m), page, true);
		return page;
	default:
		return world_pages(1);
	}
}

/*
 * The table agrees with its own counts, with the host's view, and with the
 * amount of RAM; nothing is on its way between two calls.
 */
static inline void assert_accounted(struct machine *m)
{
	static const bool seen[PKVM_NR_PAGE_STATES] = {[PKVM_PAGE_HOST] = true,
						       [PKVM_PAGE_SHARED] = true,
						       [PKVM_PAGE_GUEST_SHARED] = true};
	struct pkvm_hyp *hyp = machine_hyp(m);
	uint64_t count[PKVM_NR_PAGE_STATES] = {0}, sum = 0;

	for (uint64_t pa = 0; pa < machine_ram_size(m); pa += 4096) {
		const enum pkvm_page_state state = pkvm_page_state(hyp, pa);

		count[state]++;
		if (machine_host_sees(pa) != seen[state])
			fail_msg("page 0x%llx in state %d and the host's view disagree",
				 (unsigned long long)pa, (int)state);
	}
	for (int state = 0; state < PKVM_NR_PAGE_STATES; state++) {
		assert_int_equal(count[state], hyp->pages.count[state]);
		sum += count[state];
	}
	assert_int_equal(sum, machine_ram_size(m) / 4096);
	assert_int_equal(count[PKVM_PAGE_NOT_RAM], 0);
	assert_int_equal(count[PKVM_PAGE_TRANSIT], 0);
}

/* A test to which *state is a scene, and after which every page is accounted for. */
#define SCENE_TEST(TEST) cmocka_unit_test_setup_teardown(TEST, scene_setup, scene_teardown)

static inline int scene_setup(void **state)
{
	static struct scene scene;

	scene = scene_begin();
	*state = &scene;
	return 0;
}

static inline int scene_teardown(void **state)
{
	const struct scene *scene = *state;

	assert_accounted(scene->m);
	world_end(scene->m);
	return 0;
}

#endif
