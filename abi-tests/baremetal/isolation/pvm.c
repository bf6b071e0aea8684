/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The pVM whose secrets are looked for: made, given memory, taken apart. */
#include "../../../host/platform.h"
#include "../calls/cpuid.h"
#include "look.h"

#define MAX_CALLS 1000u

/* Where a mapping needs a table of its own: every 2 MiB. */
#define TABLE_GPA  0x40000000u
#define TABLE_STEP 0x200000u

static void vcpu_donated(const struct vm *vm)
{
	pages_donated(vm->vcpu_area, vm->vcpu_area_size / PKVM_PAGE_SIZE);
	pages_donated(vm->fpstate, 1);
}

static void donated(const struct vm *vm)
{
	pages_donated(vm->area, vm->area_size / PKVM_PAGE_SIZE);
	pages_donated(vm->pool, VM_POOL_PAGES);
	vcpu_donated(vm);
}

static uint64_t what_it_has(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	uint64_t has = guest_has_of_registers();
	struct pkvm_answer answer;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	if (answer.capabilities & PKVM_CAP_apicv)
		has |= HAS_APICV;
	if (host_boot_info->nr_cpus > 1)
		has |= HAS_CPU1;
	return has;
}

static void copy(struct kernel *k, uint32_t to, uint32_t limit, const uint8_t *begin,
		 const uint8_t *end)
{
	EXPECT(end - begin <= limit - to);
	for (const uint8_t *byte = begin; byte < end; byte++)
		k->memory[to + (byte - begin)] = *byte;
}

static void handle(struct kernel *k, uint64_t vector, const uint8_t *handler)
{
	kernel_handle(k, vector, GUEST_EVENTS + (uint64_t)(handler - guest_events));
}

static void give_programs(struct kernel *k)
{
	copy(k, GUEST_CODE, GUEST_STACK - PKVM_PAGE_SIZE, guest_begin, guest_end);
	copy(k, GUEST_EVENTS, GUEST_SECOND, guest_events, guest_events_end);
	copy(k, GUEST_SECOND, GUEST_CODE, guest_second, guest_second_end);
	handle(k, 1, guest_debug);
	handle(k, 2, guest_nmi);
	handle(k, 14, guest_page_fault);
	handle(k, VECTOR, guest_virtual);
	handle(k, VECTOR_INJECTED, guest_interrupt);
}

void pvm_make(struct pvm *pvm)
{
	struct kernel *k = &pvm->kernel;

	pvm->has = what_it_has();
	kernel_begin_pair(k, &pvm->second);
	donated(&k->vm);
	vcpu_donated(&pvm->second);
	if (pvm->has & HAS_AVX)
		pages_donated(vcpu_set_cpuid(), 1);
	give_programs(k);
	kernel_ready(k);
	pages_donated((uintptr_t)k->memory, GUEST_SIZE / PKVM_PAGE_SIZE);
	for (unsigned int i = 0; i < 16; i++)
		k->vm.page->regs.gpr[i] = i;
	k->vm.page->regs.gpr[7] = pvm->has;
}

/* Long mode without PAE (SDM "Checks on Guest Control Registers"). */
void pvm_make_refused(struct vm *vm)
{
	const struct pkvm_value efer = {0x500}, cr0 = {0x80000031};

	vm_make_bare(vm, PKVM_VM_PVM);
	donated(vm);
	EXPECT_EQUAL(pkvm_hc_set_efer(&efer).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_cr0(&cr0).error, 0);
}

uint64_t pvm_give_page(uint64_t gpa)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_mapping mapping = {gpa, page, PKVM_PAGE_SIZE, 1};

	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	pages_donated(page, 1);
	return page;
}

void pvm_empty_pool(void)
{
	struct pkvm_mapping mapping = {TABLE_GPA, 0, PKVM_PAGE_SIZE, 1};
	int64_t error = 0;

	for (; !error; mapping.gpa += TABLE_STEP) {
		mapping.hpa = pkvm_host_plat_alloc(1);
		error = pkvm_hc_vm_mmu_map(&mapping).error;
		if (!error)
			pages_donated(mapping.hpa, 1);
	}
	EXPECT_EQUAL(error, -11);
	EXPECT(pkvm_host_plat_free(mapping.hpa, 1));
}

void pvm_fill_pool(const struct vm *vm, uint64_t pages)
{
	const uint64_t address = pkvm_host_plat_alloc(pages);
	const struct pkvm_vm_range range = {vm->handle, address, pages * PKVM_PAGE_SIZE};

	EXPECT_EQUAL(pkvm_hc_vm_topup(&range).error, 0);
	pages_donated(address, pages);
}

void pvm_free_vcpu(const struct vm *vm)
{
	const struct pkvm_vcpu_handle vcpu = {vm->vcpu};
	struct pkvm_reclaim list;

	vm_put(vm);
	EXPECT_EQUAL(pkvm_hc_vcpu_free(&vcpu, &list).error, 0);
	look_at_reclaimed(list.address, list.pages, list.ranges);
	look_everywhere(vm, 0);
	EXPECT(pkvm_host_plat_free((uintptr_t)vm->page, 1));
}

void pvm_free(const struct vm *vm)
{
	const struct pkvm_vm_handle handle = {vm->handle};
	struct pkvm_reclaim_more more = {.more = 1};

	pvm_free_vcpu(vm);
	for (unsigned int i = 0; more.more; i++) {
		EXPECT(i < MAX_CALLS);
		EXPECT_EQUAL(pkvm_hc_vm_destroy(&handle, &more).error, 0);
		look_at_reclaimed(more.address, more.pages, more.ranges);
	}
}
