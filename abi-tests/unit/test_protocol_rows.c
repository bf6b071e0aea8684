/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of the rows against the protocol's table of the host's calls: on what a
 * call is, and what a pVM allows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "rows.h"

static const struct {
	const char *name;
	const char *context;
	const char *policy;
} protocol[] = {
	{"init", "any", "na"},
	{"init_finalize", "any", "na"},
	{"check_processor_compatibility", "any", "na"},
	{"enable_virtualization_cpu", "any", "na"},
	{"reprivilege_cpu", "any", "na"},
	{"has_wbinvd_exit", "any", "na"},
	{"abi_query", "any", "na"},
	{"enable_vmexit_trace", "any", "na"},
	{"dump_vmexit_trace", "any", "na"},
	{"vm_init", "any", "na"},
	{"enable_cap", "vm", "na"},
	{"x2apic_api", "vm", "na"},
	{"vm_finalize", "vm", "pvm_only"},
	{"vm_topup", "vm", "na"},
	{"vm_destroy", "vm", "na"},
	{"vcpu_create", "vm", "na"},
	{"vcpu_free", "handle", "na"},
	{"vcpu_load", "handle", "na"},
	{"vcpu_put", "handle", "na"},
	{"vcpu_reset", "vcpu", "npvm_only"},
	{"vcpu_run", "current", "always"},
	{"complete_emulated_msr", "vcpu", "pvm_only"},
	{"set_segment", "vcpu", "before_run"},
	{"get_segment", "vcpu", "before_run"},
	{"get_segment_base", "vcpu", "before_run"},
	{"set_gdt", "vcpu", "before_run"},
	{"get_gdt", "vcpu", "before_run"},
	{"set_idt", "vcpu", "before_run"},
	{"get_idt", "vcpu", "before_run"},
	{"set_cr0", "vcpu", "before_run"},
	{"set_cr4", "vcpu", "before_run"},
	{"set_efer", "vcpu", "before_run"},
	{"set_rflags", "vcpu", "before_run"},
	{"get_rflags", "vcpu", "before_run"},
	{"set_dr7", "vcpu", "npvm_only"},
	{"cache_reg", "vcpu", "npvm_only"},
	{"set_msr", "vcpu", "before_run"},
	{"get_msr", "vcpu", "before_run"},
	{"load_mmu_pgd", "vcpu", "before_run"},
	{"flush_tlb_all", "vcpu", "before_run"},
	{"flush_tlb_current", "vcpu", "before_run"},
	{"flush_tlb_gva", "vcpu", "before_run"},
	{"flush_tlb_guest", "vcpu", "before_run"},
	{"set_interrupt_shadow", "vcpu", "npvm_only"},
	{"get_interrupt_shadow", "vcpu", "npvm_only"},
	{"interrupt_allowed", "vcpu", "always"},
	{"nmi_allowed", "vcpu", "always"},
	{"enable_irq_window", "vcpu", "always"},
	{"enable_nmi_window", "vcpu", "always"},
	{"get_nmi_mask", "vcpu", "always"},
	{"set_nmi_mask", "vcpu", "npvm_only"},
	{"inject_irq", "vcpu", "always"},
	{"inject_irq_if_allowed", "vcpu", "always"},
	{"inject_nmi", "vcpu", "always"},
	{"inject_exception", "vcpu", "npvm_only"},
	{"cancel_injection", "vcpu", "always"},
	{"update_exception_bitmap", "vcpu", "npvm_only"},
	{"deliver_sipi", "vcpu", "npvm_only"},
	{"update_cr8_intercept", "vcpu", "always"},
	{"set_virtual_apic_mode", "vcpu", "npvm_only"},
	{"refresh_apicv_exec_ctrl", "vcpu", "always"},
	{"load_eoi_exitmap", "vcpu", "always"},
	{"hwapic_isr_update", "vcpu", "always"},
	{"sync_pir_to_irr", "vcpu", "always"},
	{"protected_apic_has_interrupt", "vcpu", "always"},
	{"vcpu_after_set_cpuid", "vcpu", "before_run"},
	{"vcpu_add_fpstate", "vcpu", "pvm_before"},
	{"write_tsc_offset", "vcpu", "always"},
	{"write_tsc_multiplier", "vcpu", "always"},
	{"setup_mce", "vcpu", "always"},
	{"vm_mmu_map", "vcpu", "always"},
	{"vm_mmu_unmap", "vm", "npvm_only"},
	{"vm_mmu_age", "vm", "npvm_only"},
};
#define NR_CALLS (sizeof(protocol) / sizeof(protocol[0]))

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < NR_ROWS; i++) {
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	}
	fail_msg("no row %s", name);
	return NULL;
}

static void test_each_call_has_the_protocols_context_and_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_CALLS; i++) {
		const struct row *row = find(protocol[i].name);

		assert_string_equal(row->context, protocol[i].context);
		assert_string_equal(row->policy, protocol[i].policy);
	}
}

static void test_there_is_no_call_beside_the_protocols(void **state)
{
	size_t own = 0;

	(void)state;
	for (size_t i = 0; i < NR_ROWS; i++)
		own += rows[i].number < 0xf000;
	assert_int_equal(own, NR_CALLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_call_has_the_protocols_context_and_policy),
		cmocka_unit_test(test_there_is_no_call_beside_the_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
