/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the ABI against literals typed from the protocol: what a reader checks
 * by eye. abi-tests/golden has every other number.
 */
#include "world.h"
#include "rows.h"

#include <errno.h>
#include <string.h>

/* The table of the host's calls: block, name, words in and out, context, policy. */
static const struct expected {
	uint64_t block;
	const char *name;
	unsigned int n_in;
	unsigned int n_out;
	const char *context;
	const char *policy;
} expected[] = {
	{0x000, "abi_query",                   3, 10, "any",     "na"},
	{0x000, "init",                        2, 0,  "any",     "na"},
	{0x000, "init_finalize",               0, 0,  "any",     "na"},
	{0x000, "check_processor_compatibility", 0, 0, "any",    "na"},
	{0x000, "enable_virtualization_cpu",   0, 0,  "any",     "na"},
	{0x000, "reprivilege_cpu",             0, 0,  "any",     "na"},
	{0x000, "has_wbinvd_exit",             0, 1,  "any",     "na"},
	{0x100, "enable_vmexit_trace",         1, 0,  "any",     "na"},
	{0x100, "dump_vmexit_trace",           4, 2,  "any",     "na"},
	{0x200, "vm_init",                     4, 1,  "any",     "na"},
	{0x200, "enable_cap",                  6, 0,  "vm",      "na"},
	{0x200, "x2apic_api",                  2, 1,  "vm",      "na"},
	{0x200, "vm_finalize",                 1, 0,  "vm",      "pvm_only"},
	{0x200, "vm_topup",                    3, 0,  "vm",      "na"},
	{0x200, "vm_destroy",                  1, 4,  "vm",      "na"},
	{0x300, "vcpu_create",                 7, 1,  "vm",      "na"},
	{0x300, "vcpu_free",                   1, 3,  "handle",  "na"},
	{0x300, "vcpu_load",                   1, 0,  "handle",  "na"},
	{0x300, "vcpu_put",                    1, 0,  "handle",  "na"},
	{0x300, "vcpu_reset",                  1, 0,  "vcpu",    "npvm_only"},
	{0x300, "vcpu_run",                    2, 6,  "current", "always"},
	{0x300, "complete_emulated_msr",       3, 0,  "vcpu",    "pvm_only"},
	{0x400, "set_segment",                 5, 0,  "vcpu",    "before_run"},
	{0x400, "get_segment",                 1, 4,  "vcpu",    "before_run"},
	{0x400, "get_segment_base",            1, 1,  "vcpu",    "before_run"},
	{0x400, "set_gdt",                     2, 0,  "vcpu",    "before_run"},
	{0x400, "get_gdt",                     0, 2,  "vcpu",    "before_run"},
	{0x400, "set_idt",                     2, 0,  "vcpu",    "before_run"},
	{0x400, "get_idt",                     0, 2,  "vcpu",    "before_run"},
	{0x400, "set_cr0",                     1, 0,  "vcpu",    "before_run"},
	{0x400, "set_cr4",                     1, 0,  "vcpu",    "before_run"},
	{0x400, "set_efer",                    1, 0,  "vcpu",    "before_run"},
	{0x400, "set_rflags",                  1, 0,  "vcpu",    "before_run"},
	{0x400, "get_rflags",                  0, 1,  "vcpu",    "before_run"},
	{0x400, "set_dr7",                     1, 0,  "vcpu",    "npvm_only"},
	{0x400, "cache_reg",                   1, 4,  "vcpu",    "npvm_only"},
	{0x400, "set_msr",                     2, 0,  "vcpu",    "before_run"},
	{0x400, "get_msr",                     1, 1,  "vcpu",    "before_run"},
	{0x400, "load_mmu_pgd",                6, 0,  "vcpu",    "before_run"},
	{0x400, "flush_tlb_all",               0, 0,  "vcpu",    "before_run"},
	{0x400, "flush_tlb_current",           0, 0,  "vcpu",    "before_run"},
	{0x400, "flush_tlb_gva",               1, 0,  "vcpu",    "before_run"},
	{0x400, "flush_tlb_guest",             0, 0,  "vcpu",    "before_run"},
	{0x500, "set_interrupt_shadow",        1, 0,  "vcpu",    "npvm_only"},
	{0x500, "get_interrupt_shadow",        0, 1,  "vcpu",    "npvm_only"},
	{0x500, "interrupt_allowed",           1, 1,  "vcpu",    "always"},
	{0x500, "nmi_allowed",                 1, 1,  "vcpu",    "always"},
	{0x500, "enable_irq_window",           0, 0,  "vcpu",    "always"},
	{0x500, "enable_nmi_window",           0, 0,  "vcpu",    "always"},
	{0x500, "get_nmi_mask",                0, 1,  "vcpu",    "always"},
	{0x500, "set_nmi_mask",                1, 0,  "vcpu",    "npvm_only"},
	{0x500, "inject_irq",                  3, 0,  "vcpu",    "always"},
	{0x500, "inject_irq_if_allowed",       1, 1,  "vcpu",    "always"},
	{0x500, "inject_nmi",                  0, 0,  "vcpu",    "always"},
	{0x500, "inject_exception",            6, 0,  "vcpu",    "npvm_only"},
	{0x500, "cancel_injection",            0, 6,  "vcpu",    "always"},
	{0x500, "update_exception_bitmap",     1, 0,  "vcpu",    "npvm_only"},
	{0x500, "deliver_sipi",                1, 0,  "vcpu",    "npvm_only"},
	{0x600, "update_cr8_intercept",        2, 0,  "vcpu",    "always"},
	{0x600, "set_virtual_apic_mode",       1, 0,  "vcpu",    "npvm_only"},
	{0x600, "refresh_apicv_exec_ctrl",     1, 0,  "vcpu",    "always"},
	{0x600, "load_eoi_exitmap",            4, 0,  "vcpu",    "always"},
	{0x600, "hwapic_isr_update",           1, 0,  "vcpu",    "always"},
	{0x600, "sync_pir_to_irr",             0, 1,  "vcpu",    "always"},
	{0x600, "protected_apic_has_interrupt", 0, 1, "vcpu",    "always"},
	{0x700, "vcpu_after_set_cpuid",        3, 3,  "vcpu",    "before_run"},
	{0x700, "vcpu_add_fpstate",            2, 3,  "vcpu",    "pvm_before"},
	{0x700, "write_tsc_offset",            1, 0,  "vcpu",    "always"},
	{0x700, "write_tsc_multiplier",        1, 0,  "vcpu",    "always"},
	{0x700, "setup_mce",                   1, 0,  "vcpu",    "always"},
	{0x800, "vm_mmu_map",                  4, 0,  "vcpu",    "always"},
	{0x800, "vm_mmu_unmap",                3, 0,  "vm",      "npvm_only"},
	{0x800, "vm_mmu_age",                  4, 1,  "vm",      "npvm_only"},
};
#define NR_EXPECTED (sizeof(expected) / sizeof(expected[0]))

static void test_the_hosts_calls_are_those_of_the_protocol(void **state)
{
	(void)state;
	assert_int_equal(NR_ROWS, NR_EXPECTED);
	for (size_t i = 0; i < NR_EXPECTED; i++) {
		const struct expected *want = &expected[i];

		assert_string_equal(rows[i].name, want->name);
		assert_string_equal(rows[i].context, want->context);
		assert_string_equal(rows[i].policy, want->policy);
		assert_int_equal(rows[i].n_in, want->n_in);
		assert_int_equal(rows[i].n_out, want->n_out);
		if (rows[i].number - want->block > 0xff)
			fail_msg("%s, 0x%llx, is not in the block 0x%llx of its group",
				 want->name, (unsigned long long)rows[i].number,
				 (unsigned long long)want->block);
	}
}

static void test_numbers_ascend_and_each_name_is_found_by_its_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_ROWS; i++) {
		if (i)
			assert_true(rows[i].number > rows[i - 1].number);
		assert_string_equal(pkvm_host_call_name(rows[i].number), rows[i].name);
	}
	assert_null(pkvm_host_call_name(0x0403));
	assert_null(pkvm_host_call_name(0x0900));
	assert_null(pkvm_host_call_name(0xf000));
	assert_null(pkvm_host_call_name(0x10000));
}

static void test_numbers_are_these(void **state)
{
	(void)state;
	assert_int_equal(PKVM_HC_abi_query, 0);
	assert_int_equal(PKVM_HC_init, 0x0001);
	assert_int_equal(PKVM_HC_vm_init, 0x0200);
	assert_int_equal(PKVM_HC_vcpu_create, 0x0300);
	assert_int_equal(PKVM_HC_vcpu_run, 0x0305);
	assert_int_equal(PKVM_HC_set_segment, 0x0400);
	assert_int_equal(PKVM_HC_get_segment, 0x0401);
	assert_int_equal(PKVM_HC_set_gdt, 0x0404);
	assert_int_equal(PKVM_HC_set_rflags, 0x040b);
	assert_int_equal(PKVM_HC_set_msr, 0x040f);
	assert_int_equal(PKVM_HC_interrupt_allowed, 0x0502);
	assert_int_equal(PKVM_HC_vcpu_after_set_cpuid, 0x0700);
	assert_int_equal(PKVM_HC_vm_mmu_map, 0x0800);
	assert_int_equal(PKVM_HC_RETIRED_access_descriptor_table, 0x0403);
	assert_int_equal(PKVM_HC_VENDOR_FIRST, 0xf000);
	assert_int_equal(PKVM_HC_VENDOR_LAST, 0xffff);
}

/* Their own number space: KVM's hypercalls, which share RAX, are small numbers. */
static void test_the_guests_calls_begin_at_0x10000(void **state)
{
	static const char *const name[6] = {"abi_query", "share_mem", "unshare_mem",
					    "ioread",    "iowrite",   "start_cpu"};

	(void)state;
	for (uint64_t i = 0; i < 6; i++)
		assert_string_equal(pkvm_guest_call_name(0x10000 + i), name[i]);
	assert_null(pkvm_guest_call_name(0x10006));
	assert_null(pkvm_guest_call_name(0));
	assert_int_equal(PKVM_GC_share_mem, 0x10001);
	assert_int_equal(PKVM_GC_start_cpu, 0x10005);
	assert_int_equal(PKVM_GC_VENDOR_FIRST, 0x1f000);
	assert_int_equal(PKVM_GC_VENDOR_LAST, 0x1ffff);
}

static void test_errors_have_linux_numbers(void **state)
{
	static const struct {
		int ours;
		int literal;
		int host;
	} row[] = {
		{PKVM_EPERM, 1, EPERM},
		{PKVM_ENOENT, 2, ENOENT},
		{PKVM_EAGAIN, 11, EAGAIN},
		{PKVM_ENOMEM, 12, ENOMEM},
		{PKVM_EFAULT, 14, EFAULT},
		{PKVM_EBUSY, 16, EBUSY},
		{PKVM_EEXIST, 17, EEXIST},
		{PKVM_EINVAL, 22, EINVAL},
		{PKVM_ENOSYS, 38, ENOSYS},
		{PKVM_EPROTO, 71, EPROTO},
		{PKVM_EOPNOTSUPP, 95, EOPNOTSUPP},
	};
	unsigned int errors = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(row[i].ours, row[i].literal);
		assert_int_equal(row[i].host, row[i].literal);
	}
#define PKVM_ERROR(NAME, NUMBER, TEXT) errors++;
#include <pkvm/errors.inc>
	assert_int_equal(errors, 11);
}

static void test_version_convention_and_limits_are_these(void **state)
{
	(void)state;
	assert_int_equal(PKVM_ABI_MAJOR, 1);
	assert_int_equal(PKVM_ABI_MINOR, 0);
	/* RAX, then words 1 to 10: RBX RCX RDX RSI RDI R8 R9 R10 R11 R12. */
	assert_int_equal(PKVM_MAX_WORDS, 10);
	assert_int_equal(offsetof(struct pkvm_regs, rax), 0);
	assert_int_equal(offsetof(struct pkvm_regs, word), 8);
	assert_int_equal(sizeof(struct pkvm_regs), 88);
	assert_int_equal(PKVM_PAGE_SIZE, 4096);
	assert_int_equal(PKVM_MAX_RANGE_PAGES, 512);
	assert_int_equal(PKVM_MAX_RECLAIM_RANGES, 64);
	assert_int_equal(PKVM_MAX_RECLAIM_PAGES, 512);
	assert_int_equal(sizeof(struct pkvm_cpuid_entry), 40);
	assert_true(PKVM_NONE == 0xffffffffffffffff);
}

static void test_enumerations_are_kvms_and_the_sdms(void **state)
{
	(void)state;
	assert_int_equal(PKVM_SEG_ES, 0);
	assert_int_equal(PKVM_SEG_CS, 1);
	assert_int_equal(PKVM_SEG_SS, 2);
	assert_int_equal(PKVM_SEG_DS, 3);
	assert_int_equal(PKVM_SEG_FS, 4);
	assert_int_equal(PKVM_SEG_GS, 5);
	assert_int_equal(PKVM_SEG_TR, 6);
	assert_int_equal(PKVM_SEG_LDTR, 7);
	assert_int_equal(PKVM_SHADOW_MOV_SS, 1);
	assert_int_equal(PKVM_SHADOW_STI, 2);
	assert_int_equal(PKVM_RUN_POSTED, 0x1);
	assert_int_equal(PKVM_X2APIC_32BIT_IDS, 1 << 0);
	assert_int_equal(PKVM_X2APIC_NO_BROADCAST_QUIRK, 1 << 1);
	assert_int_equal(PKVM_X2APIC_ENABLE_SUPPRESS_EOI, 1 << 2);
	assert_int_equal(PKVM_X2APIC_DISABLE_SUPPRESS_EOI, 1 << 3);
	assert_int_equal(PKVM_X2APIC_FLAGS, 0xf);
	assert_true(PKVM_TSC_MULTIPLIER_ONE == (uint64_t)1 << 48);
}

static void test_parts_of_the_shared_page_are_at_these_offsets(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct pkvm_shared_page), 4096);
	assert_int_equal(offsetof(struct pkvm_shared_page, header), 0x000);
	assert_int_equal(offsetof(struct pkvm_shared_page, regs), 0x040);
	assert_int_equal(offsetof(struct pkvm_shared_page, regs.rip), 0x0c0);
	assert_int_equal(offsetof(struct pkvm_shared_page, regs.rflags), 0x0f8);
	assert_int_equal(offsetof(struct pkvm_shared_page, exit), 0x180);
	assert_int_equal(offsetof(struct pkvm_shared_page, reply), 0x1c0);
	assert_int_equal(offsetof(struct pkvm_shared_page, apic), 0x200);
	assert_int_equal(offsetof(struct pkvm_shared_page, apic.posted), 0x248);
	assert_int_equal(offsetof(struct pkvm_shared_page, summary), 0x300);
	assert_int_equal(offsetof(struct pkvm_shared_page, item), 0x400);
	assert_int_equal(sizeof(struct pkvm_page_item), 64);
}

static void test_posted_items_are_in_the_order_in_which_they_are_applied(void **state)
{
	(void)state;
	assert_int_equal(PKVM_POST_set_interrupt_shadow, 0);
	assert_int_equal(PKVM_POST_complete_emulated_msr, 1);
	assert_int_equal(PKVM_POST_write_tsc_offset, 2);
	assert_int_equal(PKVM_POST_write_tsc_multiplier, 3);
	assert_int_equal(PKVM_POST_hwapic_isr_update, 4);
	assert_int_equal(PKVM_POST_load_eoi_exitmap, 5);
	assert_int_equal(PKVM_POST_inject_nmi, 6);
	assert_int_equal(PKVM_POST_inject_irq_if_allowed, 7);
	assert_int_equal(PKVM_POST_enable_nmi_window, 8);
	assert_int_equal(PKVM_POST_enable_irq_window, 9);
	assert_int_equal(PKVM_POST_update_cr8_intercept, 10);
	assert_int_equal(PKVM_NR_POSTS, 11);
}

/* FNV-1a 64 computed anew over the canonical text. */
static void test_the_fingerprint_is_fnv_1a_over_the_canonical_text(void **state)
{
	static char text[1 << 16];
	uint64_t hash = 14695981039346656037u;
	size_t length = 0;

	(void)state;
	(void)pkvm_fingerprint(text, sizeof(text), 0, &length);
	assert_in_range(length, 1, sizeof(text));
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
	assert_true(hash == pkvm_fingerprint(NULL, 0, 0, NULL));
	assert_memory_equal(text, "host 0x0 abi_query since 0 feature base context any ", 52);
}

static void test_the_fingerprint_is_told_by_abi_query(void **state)
{
	struct machine *m = world_fresh(1);
	const struct pkvm_query query = {1, 0, 1};
	struct pkvm_answer answer;

	(void)state;
	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_true(answer.fingerprint == pkvm_fingerprint(NULL, 0, 0, NULL));
	world_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_hosts_calls_are_those_of_the_protocol),
		cmocka_unit_test(test_numbers_ascend_and_each_name_is_found_by_its_number),
		cmocka_unit_test(test_numbers_are_these),
		cmocka_unit_test(test_the_guests_calls_begin_at_0x10000),
		cmocka_unit_test(test_errors_have_linux_numbers),
		cmocka_unit_test(test_version_convention_and_limits_are_these),
		cmocka_unit_test(test_enumerations_are_kvms_and_the_sdms),
		cmocka_unit_test(test_parts_of_the_shared_page_are_at_these_offsets),
		cmocka_unit_test(test_posted_items_are_in_the_order_in_which_they_are_applied),
		cmocka_unit_test(test_the_fingerprint_is_fnv_1a_over_the_canonical_text),
		cmocka_unit_test(test_the_fingerprint_is_told_by_abi_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
