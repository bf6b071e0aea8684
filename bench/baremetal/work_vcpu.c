/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Calls about the loaded vCPU, which has not run: a pVM's allows them until then. */
#include "../../host/platform.h"
#include "bench.h"

#define VECTOR 0x41u

/* Enabled, in x2APIC mode, the BSP's. */
#define APIC_BASE UINT64_C(0xfee00d00)

static void descriptor_tables(void)
{
	const struct pkvm_descriptor_table table = {0, 0xffff};
	struct pkvm_descriptor_table now;

	EXPECT_EQUAL(pkvm_hc_set_gdt(&table).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_gdt(&now).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_idt(&table).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_idt(&now).error, 0);
}

static void segments(void)
{
	for (uint64_t index = PKVM_SEG_ES; index <= PKVM_SEG_GS; index++) {
		const struct pkvm_segment segment = {index, 0, 0xffff, 0x93, 0};
		const struct pkvm_segment_index in = {index};
		struct pkvm_segment_state state;
		struct pkvm_value base;

		EXPECT_EQUAL(pkvm_hc_set_segment(&segment).error, 0);
		EXPECT_EQUAL(pkvm_hc_get_segment(&in, &state).error, 0);
		EXPECT_EQUAL(pkvm_hc_get_segment_base(&in, &base).error, 0);
	}
}

static void control_registers(void)
{
	const struct pkvm_value cr0 = {0x60000010}, zero = {0}, rflags = {2};
	const struct pkvm_mmu_pgd pgd = {PKVM_PGD_ALL, 0x1000, 0, 0, 0, 0};
	struct pkvm_value value;

	EXPECT_EQUAL(pkvm_hc_set_cr0(&cr0).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_cr4(&zero).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_efer(&zero).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_rflags(&rflags).error, 0);
	EXPECT_EQUAL(pkvm_hc_get_rflags(&value).error, 0);
	EXPECT_EQUAL(pkvm_hc_load_mmu_pgd(&pgd).error, 0);
	EXPECT_EQUAL(pkvm_hc_flush_tlb_all().error, 0);
	EXPECT_EQUAL(pkvm_hc_flush_tlb_current().error, 0);
	EXPECT_EQUAL(pkvm_hc_flush_tlb_gva(&zero).error, 0);
	EXPECT_EQUAL(pkvm_hc_flush_tlb_guest().error, 0);
}

/* IA32_SYSENTER_CS, IA32_MTRR_DEF_TYPE, IA32_STAR. */
static void msrs(void)
{
	static const uint64_t indices[] = {0x174, 0x2ff, 0xc0000081};

	for (unsigned int i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
		const struct pkvm_msr_index index = {indices[i]};
		const struct pkvm_msr msr = {indices[i], 0};
		struct pkvm_value value;

		EXPECT_EQUAL(pkvm_hc_set_msr(&msr).error, 0);
		EXPECT_EQUAL(pkvm_hc_get_msr(&index, &value).error, 0);
	}
}

/* A pVM's larger fpstate would have to be larger each time: this one is handed back. */
static void model(uint64_t type)
{
	const uint64_t table_page = pkvm_host_plat_alloc(1);
	const struct pkvm_cpuid_table table = {table_page, PKVM_PAGE_SIZE, 1};
	const struct pkvm_range fpstate = {pkvm_host_plat_alloc(1), PKVM_PAGE_SIZE};
	const struct pkvm_value offset = {0x1000}, ratio = {PKVM_TSC_MULTIPLIER_ONE};
	const struct pkvm_value banks = {PKVM_MCG_CTL_P | 10};
	struct pkvm_cpuid_entry *entry = pkvm_host_plat_ptr(table_page);
	struct pkvm_reclaim old;

	*entry = (struct pkvm_cpuid_entry){.eax = 1};
	EXPECT_EQUAL(pkvm_hc_vcpu_after_set_cpuid(&table, &old).error, 0);
	if (type == PKVM_VM_PVM)
		EXPECT_EQUAL(pkvm_hc_vcpu_add_fpstate(&fpstate, &old).error, 0);
	EXPECT_EQUAL(pkvm_hc_write_tsc_offset(&offset).error, 0);
	EXPECT_EQUAL(pkvm_hc_write_tsc_multiplier(&ratio).error, 0);
	EXPECT_EQUAL(pkvm_hc_setup_mce(&banks).error, 0);
}

static void npvms_alone(void)
{
	static const uint64_t registers[] = {PKVM_REG_RSP, PKVM_REG_RIP, PKVM_REG_PDPTR,
					     PKVM_REG_CR0, PKVM_REG_CR3, PKVM_REG_CR4};
	const struct pkvm_value dr7 = {0x400};
	const struct pkvm_guest_debug debug = {PKVM_GUESTDBG_ENABLE};
	const struct pkvm_flag reset = {0};
	struct pkvm_words4 words;

	EXPECT_EQUAL(pkvm_hc_set_dr7(&dr7).error, 0);
	for (unsigned int i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		const struct pkvm_cached_reg which = {registers[i]};

		EXPECT_EQUAL(pkvm_hc_cache_reg(&which, &words).error, 0);
	}
	EXPECT_EQUAL(pkvm_hc_update_exception_bitmap(&debug).error, 0);
	EXPECT_EQUAL(pkvm_hc_vcpu_reset(&reset).error, 0);
}

void work_on_state(uint64_t type)
{
	struct vm vm;

	vm_make_bare(&vm, type);
	for (unsigned int i = 0; i < TIMES; i++) {
		descriptor_tables();
		segments();
		control_registers();
		msrs();
		model(type);
		if (type == PKVM_VM_NPVM)
			npvms_alone();
	}
	vm_destroy(&vm);
}

static void apic(const struct vm *vm)
{
	const struct pkvm_cr8_intercept cr8 = {8, 5};
	const struct pkvm_words4 exitmap = {1, 2, 3, 4};
	const struct pkvm_optional_vector in_service = {VECTOR}, none = {PKVM_NONE};
	const struct pkvm_value base = {APIC_BASE};
	const struct pkvm_flag on = {1}, off = {0};
	struct pkvm_optional_vector highest;
	struct pkvm_flag flag;

	if (vm->type == PKVM_VM_NPVM)
		EXPECT_EQUAL(pkvm_hc_set_virtual_apic_mode(&base).error, 0);
	EXPECT_EQUAL(pkvm_hc_update_cr8_intercept(&cr8).error, 0);
	EXPECT_EQUAL(pkvm_hc_refresh_apicv_exec_ctrl(&on).error, 0);
	EXPECT_EQUAL(pkvm_hc_load_eoi_exitmap(&exitmap).error, 0);
	EXPECT_EQUAL(pkvm_hc_hwapic_isr_update(&in_service).error, 0);
	EXPECT_EQUAL(pkvm_hc_hwapic_isr_update(&none).error, 0);
	vm->page->apic.posted[VECTOR / 64] = PKVM_BIT(VECTOR % 64);
	EXPECT_EQUAL(pkvm_hc_sync_pir_to_irr(&highest).error, 0);
	EXPECT_EQUAL(highest.vector, VECTOR);
	if (vm->type == PKVM_VM_PVM)
		EXPECT_EQUAL(pkvm_hc_protected_apic_has_interrupt(&flag).error, 0);
	EXPECT_EQUAL(pkvm_hc_refresh_apicv_exec_ctrl(&off).error, 0);
}

void work_on_apic(uint64_t type)
{
	struct vm vm;

	vm_make_bare(&vm, type);
	for (unsigned int i = 0; i < TIMES; i++)
		apic(&vm);
	vm_destroy(&vm);
}
