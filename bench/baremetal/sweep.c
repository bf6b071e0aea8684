/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Numbers that the host chooses, up to the ABI's caps and past them: up to the cap
 * a call may cost more, past it no more than a refusal.
 */
#include "../../host/platform.h"
#include "bench.h"

#define GPA UINT64_C(0x40000000)
#define CAP 512u

static const uint64_t numbers[] = {
	1, 8, 64, 256, CAP, CAP + 1, 8 * CAP, UINT64_C(1) << 20, UINT64_C(1) << 40,
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* CAP pages of the host's, which a call may use or take. */
static uint64_t pages;

static int64_t map(const struct vm *vm, uint64_t nr)
{
	const struct pkvm_mapping in = {GPA, pages, nr * PKVM_PAGE_SIZE, 1};

	(void)vm;
	return pkvm_hc_vm_mmu_map(&in).error;
}

static int64_t unmap(const struct vm *vm, uint64_t nr)
{
	const struct pkvm_vm_range in = {vm->handle, GPA, nr * PKVM_PAGE_SIZE};

	return pkvm_hc_vm_mmu_unmap(&in).error;
}

static int64_t age(const struct vm *vm, uint64_t nr)
{
	const struct pkvm_vm_age in = {vm->handle, GPA, nr * PKVM_PAGE_SIZE, 1};
	struct pkvm_flag young;

	return pkvm_hc_vm_mmu_age(&in, &young).error;
}

static int64_t dump(const struct vm *vm, uint64_t nr)
{
	const struct pkvm_trace_page in = {pages, nr * PKVM_PAGE_SIZE, 0, 0};
	struct pkvm_trace_count count;

	(void)vm;
	return pkvm_hc_dump_vmexit_trace(&in, &count).error;
}

static int64_t dump_from(uint64_t nr)
{
	const struct pkvm_trace_page in = {pages, PKVM_PAGE_SIZE, 0, nr};
	struct pkvm_trace_count count;

	return pkvm_hc_dump_vmexit_trace(&in, &count).error;
}

/* Pages that are taken are new ones each time. */
static uint64_t fresh(uint64_t nr)
{
	const uint64_t fresh_pages = pkvm_host_plat_alloc(nr <= CAP ? nr : 1);

	EXPECT(fresh_pages);
	return fresh_pages;
}

static int64_t topup(const struct vm *vm, uint64_t nr)
{
	const struct pkvm_vm_range in = {vm->handle, fresh(nr), nr * PKVM_PAGE_SIZE};

	return pkvm_hc_vm_topup(&in).error;
}

static struct pkvm_vm_handle made;

static int64_t init(const struct vm *vm, uint64_t nr)
{
	const uint64_t least = vm->area_size / PKVM_PAGE_SIZE;
	const uint64_t size = nr < least ? least : nr;
	const struct pkvm_vm_config in = {
		.area = fresh(size),
		.size = size * PKVM_PAGE_SIZE,
		.type = PKVM_VM_NPVM,
		.max_vcpus = 1,
	};

	return pkvm_hc_vm_init(&in, &made).error;
}

static int64_t end(const struct vm *vm, uint64_t nr)
{
	struct pkvm_reclaim_more more;

	(void)vm;
	(void)nr;
	return pkvm_hc_vm_destroy(&made, &more).error;
}

static uint64_t row(const char *name, uint64_t number, int64_t status)
{
	print_row(name, status ? ", refused" : "",
		  (const uint64_t[]){number, count_last()}, 2);
	return count_last();
}

/* False: past the cap the call was not refused, or cost more than at the cap. */
static bool capped(const char *name, int64_t (*attempt)(const struct vm *vm, uint64_t nr),
		   const struct vm *vm, int64_t (*before)(const struct vm *vm, uint64_t nr),
		   int64_t (*after)(const struct vm *vm, uint64_t nr))
{
	uint64_t at_cap = 0;
	bool fine = true;

	for (unsigned int i = 0; i < NUMBERS; i++) {
		const bool valid = numbers[i] <= CAP;
		int64_t status;
		uint64_t cost;

		if (valid && before)
			EXPECT_EQUAL(before(vm, numbers[i]), 0);
		status = attempt(vm, numbers[i]);
		cost = row(name, numbers[i], status);
		if (valid && after)
			EXPECT_EQUAL(after(vm, numbers[i]), 0);
		if (valid && cost > at_cap)
			at_cap = cost;
		fine &= valid ? !status : status == -PKVM_EINVAL && cost < at_cap;
	}
	return fine;
}

static bool all_capped(void)
{
	struct vm vm;
	bool fine;

	vm_make_bare(&vm, PKVM_VM_NPVM);
	fine = capped("vm_mmu_map, pages", map, &vm, NULL, unmap);
	fine &= capped("vm_mmu_age, pages", age, &vm, map, unmap);
	fine &= capped("vm_mmu_unmap, pages", unmap, &vm, map, NULL);
	fine &= capped("vm_topup, pages", topup, &vm, NULL, NULL);
	fine &= capped("vm_init, pages", init, &vm, NULL, end);
	fine &= capped("dump_vmexit_trace, pages", dump, &vm, NULL, NULL);
	vm_destroy(&vm);
	return fine;
}

/* No number of entries to leave out is refused, and none costs more than another. */
static bool dumps_alike(void)
{
	uint64_t least = ~UINT64_C(0), most = 0;

	for (unsigned int i = 0; i < NUMBERS; i++) {
		const int64_t status = dump_from(numbers[i]);
		const uint64_t cost = row("dump_vmexit_trace, first", numbers[i], status);

		EXPECT_EQUAL(status, 0);
		least = cost < least ? cost : least;
		most = cost > most ? cost : most;
	}
	return most - least < least / 10;
}

/* The worst vm_destroy of a VM with so many mappings, so far apart. */
static uint64_t destroy(const char *name, uint64_t nr, uint64_t distance)
{
	uint64_t worst;
	struct vm vm;

	vm_make_bare(&vm, PKVM_VM_NPVM);
	for (uint64_t i = 0; i < nr; i++) {
		const struct pkvm_mapping in = {GPA + i * distance, pages, PKVM_PAGE_SIZE, 1};

		if (i % (CAP / 2) == 0)
			EXPECT_EQUAL(topup(&vm, CAP), 0);
		EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&in).error, 0);
	}
	count_forget();
	vm_destroy(&vm);
	worst = count_worst(PKVM_HC_vm_destroy);
	print_row("vm_destroy, worst call, ", name, (const uint64_t[]){nr, worst}, 2);
	return worst;
}

/* From a number on that fills a call, more mappings are more calls, not longer ones. */
static bool destroys_alike(const char *name, uint64_t distance)
{
	static const uint64_t mappings[] = {16, CAP, 2 * CAP, 4 * CAP};
	uint64_t worst[4];

	for (unsigned int i = 0; i < 4; i++)
		worst[i] = destroy(name, mappings[i], distance);
	return worst[2] <= worst[1] + worst[1] / 10 && worst[3] <= worst[1] + worst[1] / 10;
}

bool sweep(void)
{
	const struct pkvm_flag off = {0};
	bool fine;

	host_line("numbers that the host chooses, and what the call costs:", "", "");
	print_head("call, what the number is", "    number      cost");
	EXPECT_EQUAL(pkvm_hc_enable_vmexit_trace(&off).error, 0);
	pages = fresh(CAP);
	fine = all_capped();
	fine &= dumps_alike();
	fine &= destroys_alike("neighbours", PKVM_PAGE_SIZE);
	fine &= destroys_alike("mappings 2 MiB apart", UINT64_C(1) << 21);
	return fine;
}
