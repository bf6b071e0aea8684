/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The numbers with which a vCPU is made and modelled: pages of its area and of its
 * fpstate, its id; pages and entries of its CPUID table; machine-check banks; and the
 * items that a run applies.
 */
#include "../../host/platform.h"
#include "sweep.h"

/* A leaf of its own for each entry, which the policy leaves out for a pVM. */
#define LEAF      0x20000000u
/* What an item may cost more than the run without it. */
#define PER_ITEM  1000u

static struct pkvm_answer answer;
static struct pkvm_vm_handle parent;
static uint64_t parent_type;
static struct pkvm_vcpu_handle made;
static uint64_t made_page;

static void make_parent(uint64_t type)
{
	const struct pkvm_vm_config in = {
		.area = sweep_fresh(answer.vm_area_size / PKVM_PAGE_SIZE),
		.size = answer.vm_area_size,
		.type = type,
		.max_vcpus = answer.max_vcpus,
	};

	parent_type = type;
	EXPECT_EQUAL(pkvm_hc_vm_init(&in, &parent).error, 0);
}

static void destroy_parent(void)
{
	struct pkvm_reclaim_more more = {.more = 1};

	while (more.more) {
		EXPECT_EQUAL(pkvm_hc_vm_destroy(&parent, &more).error, 0);
		sweep_reclaim(more.address, more.pages, more.ranges);
	}
}

static int64_t create(uint64_t area_pages, uint64_t fpstate_pages, uint64_t id)
{
	const uint64_t least = answer.vcpu_area_size / PKVM_PAGE_SIZE;
	const uint64_t size = area_pages < least ? least : area_pages;
	const bool protected_vm = parent_type == PKVM_VM_PVM;
	const struct pkvm_vcpu_config in = {
		.vm = parent.vm,
		.page = made_page = sweep_fresh(1),
		.area = sweep_fresh(size),
		.area_size = size * PKVM_PAGE_SIZE,
		.fpstate = protected_vm ? sweep_fresh(fpstate_pages) : 0,
		.fpstate_size = protected_vm ? fpstate_pages * PKVM_PAGE_SIZE : 0,
		.id = id,
	};

	return pkvm_hc_vcpu_create(&in, &made).error;
}

static int64_t create_with_area(uint64_t nr)
{
	return create(nr, 1, 0);
}

static int64_t create_with_fpstate(uint64_t nr)
{
	return create(0, nr, 0);
}

/* The ids are one less than there may be vCPUs. */
static int64_t create_with_id(uint64_t nr)
{
	return create(0, 1, nr - 1);
}

static int64_t free_made(uint64_t nr)
{
	struct pkvm_reclaim list;
	const int64_t status = pkvm_hc_vcpu_free(&made, &list).error;

	(void)nr;
	if (!status)
		sweep_reclaim(list.address, list.pages, list.ranges);
	return pkvm_host_plat_free(made_page, 1) ? status : -PKVM_EINVAL;
}

static int64_t set_cpuid(uint64_t pages, uint64_t entries)
{
	const struct pkvm_cpuid_table in = {sweep_fresh(pages), pages * PKVM_PAGE_SIZE,
					    entries};
	struct pkvm_cpuid_entry *entry = pkvm_host_plat_ptr(in.address);
	struct pkvm_reclaim old;
	int64_t status;

	for (uint32_t i = 0; entries <= PKVM_CPUID_MAX_ENTRIES && i < entries; i++)
		entry[i] = (struct pkvm_cpuid_entry){.function = LEAF + i};
	status = pkvm_hc_vcpu_after_set_cpuid(&in, &old).error;
	if (!status)
		sweep_reclaim(old.address, old.pages, old.ranges);
	return status;
}

static int64_t set_cpuid_pages(uint64_t nr)
{
	return set_cpuid(nr, 1);
}

/* In a table that has room for so many. */
static int64_t set_cpuid_entries(uint64_t nr)
{
	return set_cpuid(SWEEP_PAGES, nr);
}

static int64_t add_fpstate(uint64_t nr)
{
	const struct pkvm_range in = {sweep_fresh(nr), nr * PKVM_PAGE_SIZE};
	struct pkvm_reclaim old;
	const int64_t status = pkvm_hc_vcpu_add_fpstate(&in, &old).error;

	if (!status)
		sweep_reclaim(old.address, old.pages, old.ranges);
	return status;
}

static int64_t set_banks(uint64_t nr)
{
	const struct pkvm_value in = {nr};

	return pkvm_hc_setup_mce(&in).error;
}

static bool creations(void)
{
	const struct sweep sweeps[] = {
		{"vcpu_create, pages", PKVM_HC_vcpu_create, PKVM_WORD_vcpu_config_area_size,
		 SWEEP_PAGES, create_with_area, NULL, free_made},
		{"vcpu_create, a pVM's fpstate pages", PKVM_HC_vcpu_create,
		 PKVM_WORD_vcpu_config_fpstate_size, SWEEP_PAGES, create_with_fpstate, NULL,
		 free_made},
		{"vcpu_create, id and one", PKVM_HC_vcpu_create, PKVM_WORD_vcpu_config_id,
		 answer.max_vcpus, create_with_id, NULL, free_made},
	};
	bool fine;

	make_parent(PKVM_VM_NPVM);
	fine = sweep_one(&sweeps[0]);
	destroy_parent();
	make_parent(PKVM_VM_PVM);
	fine &= sweep_one(&sweeps[1]);
	fine &= sweep_one(&sweeps[2]);
	destroy_parent();
	return fine;
}

static bool models(void)
{
	static const struct sweep of_either[] = {
		{"vcpu_after_set_cpuid, pages", PKVM_HC_vcpu_after_set_cpuid,
		 PKVM_WORD_cpuid_table_size, SWEEP_PAGES, set_cpuid_pages, NULL, NULL},
		{"vcpu_after_set_cpuid, entries", PKVM_HC_vcpu_after_set_cpuid,
		 PKVM_WORD_cpuid_table_count, PKVM_CPUID_MAX_ENTRIES, set_cpuid_entries, NULL,
		 NULL},
		{"setup_mce, banks", PKVM_HC_setup_mce, PKVM_WORD_value_value,
		 PKVM_MCG_MAX_BANKS, set_banks, NULL, NULL},
	};
	static const struct sweep of_a_pvm = {
		"vcpu_add_fpstate, pages", PKVM_HC_vcpu_add_fpstate, PKVM_WORD_range_size,
		SWEEP_PAGES, add_fpstate, NULL, NULL,
	};
	struct vm vm;
	bool fine;

	vm_make_bare(&vm, PKVM_VM_NPVM);
	fine = sweep_all(of_either, sizeof(of_either) / sizeof(of_either[0]));
	vm_destroy(&vm);
	vm_make_bare(&vm, PKVM_VM_PVM);
	host_print("of a pVM:", "", "");
	fine &= sweep_all(of_either, sizeof(of_either) / sizeof(of_either[0]));
	fine &= sweep_one(&of_a_pvm);
	vm_destroy(&vm);
	return fine;
}

/* All that the page holds are no more than each is by itself. */
static bool posted_items(void)
{
	static const unsigned int items[] = {0, 1, 4, PKVM_NR_POSTS};
	const struct pkvm_flag init = {1};
	struct pkvm_vcpu_handle handle;
	struct pkvm_run_exit exit;
	struct vm vm, second;
	uint64_t without = 0;
	bool fine = true;

	vm_make_pair(&vm, &second, PKVM_VM_NPVM);
	handle.vcpu = second.vcpu;
	EXPECT_EQUAL(pkvm_hc_vcpu_load(&handle).error, 0);
	EXPECT_EQUAL(pkvm_hc_vcpu_reset(&init).error, 0);
	for (unsigned int i = 0; i < 4; i++) {
		const struct pkvm_run run = {second.vcpu, PKVM_RUN_POSTED};
		uint64_t cost;

		for (unsigned int slot = 0; slot < items[i]; slot++)
			second.page->item[slot].valid = 1;
		EXPECT_EQUAL(pkvm_hc_vcpu_run(&run, &exit).error, 0);
		EXPECT_EQUAL(exit.kind, PKVM_EXIT_WAIT_FOR_SIPI);
		cost = sweep_row("vcpu_run without an entry, items", items[i], 0);
		without = i ? without : cost;
		fine &= cost <= without + items[i] * PER_ITEM;
	}
	EXPECT_EQUAL(pkvm_hc_vcpu_put(&handle).error, 0);
	vm_destroy_pair(&vm, &second);
	return fine;
}

bool sweep_vcpus(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	bool fine;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	fine = creations();
	fine &= models();
	fine &= posted_items();
	return fine;
}
