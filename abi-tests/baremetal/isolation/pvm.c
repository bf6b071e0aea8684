/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The pVM whose secrets are looked for: made, given memory, taken apart. */
#include "../../../host/platform.h"
#include "look.h"

#define LEAVES    (sizeof(leaves) / sizeof(leaves[0]))
#define MAX_CALLS 1000u

/* Subleaf n of leaf 0xD is component n; the vCPU needs those that it shall have. */
static const uint32_t leaves[][2] = {
	{0, 0}, {1, 0}, {7, 0}, {0xd, 0}, {0xd, 1}, {0xd, 2}, {0xd, 5}, {0xd, 6}, {0xd, 7},
	{0x80000000, 0}, {0x80000001, 0}, {0x80000008, 0},
};

static void cpuid(struct pkvm_cpuid_entry *entry)
{
	uint32_t a = entry->function, b, c = entry->index, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	entry->eax = a;
	entry->ebx = b;
	entry->ecx = c;
	entry->edx = d;
}

static void set_cpuid(void)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_cpuid_table table = {page, PKVM_PAGE_SIZE, LEAVES};
	struct pkvm_cpuid_entry *entries = pkvm_host_plat_ptr(page);
	struct pkvm_reclaim old;

	for (unsigned int i = 0; i < LEAVES; i++) {
		entries[i] = (struct pkvm_cpuid_entry){
			.function = leaves[i][0],
			.index = leaves[i][1],
			.flags = leaves[i][0] == 7 || leaves[i][0] == 0xd,
		};
		cpuid(&entries[i]);
	}
	EXPECT_EQUAL(pkvm_hc_vcpu_after_set_cpuid(&table, &old).error, 0);
	pages_donated(page, 1);
}

static void donated(const struct vm *vm)
{
	pages_donated(vm->area, vm->area_size / PKVM_PAGE_SIZE);
	pages_donated(vm->vcpu_area, vm->vcpu_area_size / PKVM_PAGE_SIZE);
	pages_donated(vm->fpstate, 1);
	pages_donated(vm->pool, VM_POOL_PAGES);
}

void pvm_make(struct kernel *k)
{
	const uint64_t features = guest_features();

	kernel_begin(k);
	donated(&k->vm);
	if (features)
		set_cpuid();
	for (const uint8_t *byte = guest_begin; byte < guest_end; byte++)
		k->memory[GUEST_CODE + (byte - guest_begin)] = *byte;
	EXPECT(guest_end - guest_begin <= GUEST_DATA - GUEST_CODE);
	kernel_ready(k);
	pages_donated((uintptr_t)k->memory, GUEST_SIZE / PKVM_PAGE_SIZE);
	for (unsigned int i = 0; i < 16; i++)
		k->vm.page->regs.gpr[i] = i;
	k->vm.page->regs.gpr[7] = features;
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

void pvm_give_page(uint64_t gpa)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_mapping mapping = {gpa, page, PKVM_PAGE_SIZE, 1};

	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	pages_donated(page, 1);
}

static void free_vcpu(const struct vm *vm)
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

	free_vcpu(vm);
	for (unsigned int i = 0; more.more; i++) {
		EXPECT(i < MAX_CALLS);
		EXPECT_EQUAL(pkvm_hc_vm_destroy(&handle, &more).error, 0);
		look_at_reclaimed(more.address, more.pages, more.ranges);
	}
}
