/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls of every kind, some tens of times each, on VMs of both kinds. */
#include "../../host/platform.h"
#include "bench.h"

#define TIMES 32u

/* OUT 0x80, AL; HLT; again. */
static const uint8_t out_hlt[] = {0xe6, 0x80, 0xf4, 0xeb, 0xfb};
/* IN AL, 0x80; again. */
static const uint8_t in[] = {0xe4, 0x80, 0xeb, 0xfc};

static void any_vcpu(void)
{
	const struct pkvm_cr8_intercept cr8 = {0, PKVM_NONE};
	const struct pkvm_vector vector = {0x41};
	const struct pkvm_value value = {0x1000};
	const struct pkvm_words4 words = {1, 2, 3, 4};
	const struct pkvm_flag no = {0};
	struct pkvm_cancelled cancelled;
	struct pkvm_flag flag;

	EXPECT_EQUAL(pkvm_hc_interrupt_allowed(&no, &flag).error, 0);
	EXPECT_EQUAL(pkvm_hc_nmi_allowed(&no, &flag).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_nmi_mask(&flag).error, 0);
	EXPECT_EQUAL(pkvm_hc_inject_irq_if_allowed(&vector, &flag).error, 0);
	EXPECT_EQUAL(pkvm_hc_cancel_injection(&cancelled).error, 0);
	EXPECT_EQUAL(pkvm_hc_update_cr8_intercept(&cr8).error, 0);
	EXPECT_EQUAL(pkvm_hc_load_eoi_exitmap(&words).error, 0);
	EXPECT_EQUAL(pkvm_hc_write_tsc_offset(&value).error, 0);
}

static void npvm_vcpu(void)
{
	const struct pkvm_segment segment = {PKVM_SEG_DS, 0, 0xffff, 0x93, 0};
	const struct pkvm_segment_index index = {PKVM_SEG_DS};
	const struct pkvm_msr_index star = {0xc0000081};
	const struct pkvm_msr msr = {0xc0000081, 0};
	const struct pkvm_descriptor_table table = {0, 0xffff};
	struct pkvm_descriptor_table table_now;
	struct pkvm_segment_state state;
	struct pkvm_value value;

	EXPECT_EQUAL(pkvm_hc_set_segment(&segment).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_segment(&index, &state).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_gdt(&table).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_gdt(&table_now).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_rflags(&value).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_msr(&msr).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_msr(&star, &value).error, 0);
	EXPECT_EQUAL(pkvm_hc_flush_tlb_all().error, 0);
}

static void load_again(const struct vm *vm)
{
	const struct pkvm_vcpu_handle handle = {vm->vcpu};

	EXPECT_EQUAL(pkvm_hc_vcpu_load(&handle).error, 0);
	vm_put(vm);
	EXPECT_EQUAL(pkvm_hc_vcpu_load(&handle).error, 0);
}

static void map_a_page(const struct vm *vm)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_mapping mapping = {0x8000, page, PKVM_PAGE_SIZE, 1};
	const struct pkvm_vm_age age = {vm->handle, 0x8000, PKVM_PAGE_SIZE, 1};
	const struct pkvm_vm_range range = {vm->handle, 0x8000, PKVM_PAGE_SIZE};
	struct pkvm_flag young;

	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	EXPECT_EQUAL(pkvm_hc_vm_mmu_age(&age, &young).error, 0);
	EXPECT_EQUAL(pkvm_hc_vm_mmu_unmap(&range).error, 0);
	EXPECT(pkvm_host_plat_free(page, 1));
}

static void of_an_npvm(void)
{
	struct vm vm;

	vm_make(&vm, PKVM_VM_NPVM, out_hlt, sizeof(out_hlt));
	for (unsigned int i = 0; i < TIMES; i++) {
		vm.page->regs.rip += vm_run(&vm).word3;
		any_vcpu();
		npvm_vcpu();
		map_a_page(&vm);
		load_again(&vm);
	}
	vm_destroy(&vm);
}

static void of_a_pvm(const uint8_t *code, uint64_t size)
{
	struct vm vm;

	vm_make(&vm, PKVM_VM_PVM, code, size);
	for (unsigned int i = 0; i < TIMES; i++) {
		if (vm_run(&vm).kind == PKVM_EXIT_IN)
			vm.page->reply.valid = 1;
		any_vcpu();
		load_again(&vm);
	}
	vm_destroy(&vm);
}

void work(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		of_an_npvm();
		of_a_pvm(out_hlt, sizeof(out_hlt));
		of_a_pvm(in, sizeof(in));
	}
}
