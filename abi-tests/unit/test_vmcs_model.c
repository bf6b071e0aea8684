/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests VMCS fields and the model's VMX instructions that enter no guest.
 */
#include "model_fixture.h"

static int no_vmcs(void **state)
{
	(void)state;
	power_on();
	return 0;
}

static void test_encodings_are_those_of_the_sdm(void **state)
{
	(void)state;
	assert_int_equal(PKVM_VMCS_VIRTUAL_PROCESSOR_ID, 0x0000);
	assert_int_equal(PKVM_VMCS_GUEST_INTR_STATUS, 0x0810);
	assert_int_equal(PKVM_VMCS_HOST_TR_SELECTOR, 0x0c0c);
	assert_int_equal(PKVM_VMCS_EPT_POINTER, 0x201a);
	assert_int_equal(PKVM_VMCS_TSC_MULTIPLIER, 0x2032);
	assert_int_equal(PKVM_VMCS_GUEST_PHYSICAL_ADDRESS, 0x2400);
	assert_int_equal(PKVM_VMCS_GUEST_PDPTR3, 0x2810);
	assert_int_equal(PKVM_VMCS_HOST_IA32_PERF_GLOBAL_CTRL, 0x2c04);
	assert_int_equal(PKVM_VMCS_TPR_THRESHOLD, 0x401c);
	assert_int_equal(PKVM_VMCS_VMX_INSTRUCTION_INFO, 0x440e);
	assert_int_equal(PKVM_VMCS_VMX_PREEMPTION_TIMER_VALUE, 0x482e);
	assert_int_equal(PKVM_VMCS_HOST_IA32_SYSENTER_CS, 0x4c00);
	assert_int_equal(PKVM_VMCS_CR3_TARGET_VALUE3, 0x600e);
	assert_int_equal(PKVM_VMCS_GUEST_LINEAR_ADDRESS, 0x640a);
	assert_int_equal(PKVM_VMCS_GUEST_RIP, 0x681e);
	assert_int_equal(PKVM_VMCS_HOST_RIP, 0x6c16);
}

static void test_only_listed_encodings_have_an_index(void **state)
{
	unsigned int full = 0, high = 0;
	int index;

	(void)state;
	for (uint32_t encoding = 0; encoding < 0x20000; encoding++) {
		index = pkvm_vmcs_index(encoding);
		if (index < 0)
			continue;
		assert_int_equal(pkvm_vmcs_encoding((enum pkvm_vmcs_index)index),
				 encoding & ~1u);
		if (encoding & 1) {
			assert_int_equal(encoding & 0x6000, 0x2000);
			high++;
		} else {
			assert_int_equal(index, full++);
		}
	}
	assert_int_equal(full, PKVM_VMCS_NR_FIELDS);
	assert_int_equal(high, 73);
	assert_int_equal(pkvm_vmcs_index(0x8000681eu), -1);
	assert_int_equal(pkvm_vmcs_index(0x00010000u), -1);
	assert_int_equal(pkvm_vmcs_index(0x0000781eu), -1);
	assert_int_equal(pkvm_vmcs_index(0x0000689eu), -1);
	assert_string_equal(pkvm_vmcs_name(PKVM_VMCS_INDEX_GUEST_RIP), "GUEST_RIP");
}

static void test_encoding_tells_width_and_type(void **state)
{
	(void)state;
	assert_int_equal(pkvm_vmcs_bits(0x0802), 16);
	assert_int_equal(pkvm_vmcs_bits(0x2800), 64);
	assert_int_equal(pkvm_vmcs_bits(0x4402), 32);
	assert_int_equal(pkvm_vmcs_bits(0x681e), 64);
	assert_int_equal(pkvm_vmcs_width(0x4402), 2);
	assert_int_equal(pkvm_vmcs_width(0x681e), 3);
	assert_int_equal(pkvm_vmcs_type(0x201a), 0);
	assert_int_equal(pkvm_vmcs_type(0x4402), 1);
	assert_int_equal(pkvm_vmcs_type(0x2800), 2);
	assert_int_equal(pkvm_vmcs_type(0x6c16), 3);
}

static void test_vmwrite_keeps_only_the_bits_of_the_field(void **state)
{
	(void)state;
	put(0x0802, 0xfedcba9876543210ull);
	assert_int_equal(get(0x0802), 0x3210);
	put(0x4800, 0xfedcba9876543210ull);
	assert_int_equal(get(0x4800), 0x76543210u);
	put(0x681e, 0xfedcba9876543210ull);
	assert_int_equal(get(0x681e), 0xfedcba9876543210ull);
	put(0x2802, 0xfedcba9876543210ull);
	assert_int_equal(get(0x2802), 0xfedcba9876543210ull);
}

static void test_high_access_moves_the_upper_half_alone(void **state)
{
	(void)state;
	put(0x2800, 0x1111111122222222ull);
	put(0x2801, 0x9999999933333333ull);
	assert_int_equal(get(0x2800), 0x3333333322222222ull);
	assert_int_equal(get(0x2801), 0x33333333u);
}

static void test_field_of_an_absent_feature_is_error_12(void **state)
{
	uint64_t value = 77;

	(void)state;
	processors[0].caps.procbased_ctls2 &= ~(2ull << 32);
	assert_int_equal(pkvm_vmcs_read(0x201a, &value), 12);
	assert_int_equal(value, 77);
	assert_int_equal(get(0x4400), 12);
	assert_int_equal(pkvm_vmcs_write(0x201a, 0x101e), 12);
	assert_int_equal(pkvm_vmcs_read(0x2002, &value), 0);
	assert_int_equal(pkvm_vmcs_write(0x2002, 0), 0);
	assert_int_equal(pkvm_vmcs_write(0x0801, 0), 12);
	assert_int_equal(pkvm_vmcs_write(0x2034, 0), 12);
}

static void test_vmwrite_to_a_read_only_field_is_error_13_unless_misc_allows(void **state)
{
	(void)state;
	assert_int_equal(pkvm_vmcs_write(0x4402, 1), 13);
	assert_int_equal(get(0x4400), 13);
	assert_int_equal(get(0x4402), 0);
	processors[0].caps.misc |= 1u << 29;
	assert_int_equal(pkvm_vmcs_write(0x4402, 1), 0);
	assert_int_equal(get(0x4402), 1);
}

static void test_vmxon_judges_its_region(void **state)
{
	(void)state;
	assert_int_equal(pkvm_vmcs_cpu_on(VMXON_PAGE), -1);
	assert_int_equal(pkvm_vmcs_load(VMCS_A), 0);
	assert_int_equal(pkvm_vmcs_cpu_on(VMXON_PAGE), 15);
	assert_int_equal(pkvm_vmcs_cpu_off(), 0);
	assert_int_equal(pkvm_vmcs_cpu_off(), -1);
	assert_int_equal(pkvm_vmcs_cpu_on(VMXON_PAGE + 8), -1);
	assert_int_equal(pkvm_vmcs_cpu_on(1ull << 39), -1);
	poke(VMXON_PAGE, REVISION | 0x80000000u);
	assert_int_equal(pkvm_vmcs_cpu_on(VMXON_PAGE), -1);
	poke(VMXON_PAGE, REVISION + 1);
	assert_int_equal(pkvm_vmcs_cpu_on(VMXON_PAGE), -1);
	poke(VMXON_PAGE, REVISION);
	assert_int_equal(pkvm_vmcs_cpu_on(VMXON_PAGE), 0);
}

static void test_instructions_outside_vmx_operation_fail(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(pkvm_vmcs_cpu_off(), 0);
	assert_int_equal(pkvm_vmcs_clear(VMCS_A), -1);
	assert_int_equal(pkvm_vmcs_load(VMCS_A), -1);
	assert_int_equal(pkvm_vmcs_read(0x4400, &value), -1);
	assert_int_equal(pkvm_vmcs_write(0x681e, 0), -1);
	assert_int_equal(pkvm_vmcs_enter(&regs, false), -1);
	assert_int_equal(pkvm_vmcs_invept(2, 0), -1);
	assert_int_equal(pkvm_vmcs_invvpid(2, 0, 0), -1);
}

static void test_failure_without_a_current_vmcs_is_vmfailinvalid(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(pkvm_vmcs_clear(8), -1);
	assert_int_equal(pkvm_vmcs_load(8), -1);
	assert_int_equal(pkvm_vmcs_read(0x4400, &value), -1);
	assert_int_equal(pkvm_vmcs_write(0x681e, 0), -1);
	assert_int_equal(pkvm_vmcs_enter(&regs, false), -1);
	assert_int_equal(pkvm_vmcs_invept(0, 0), -1);
}

static void test_vmclear_and_vmptrld_judge_their_address(void **state)
{
	(void)state;
	assert_int_equal(pkvm_vmcs_clear(VMCS_B + 0x800), 2);
	assert_int_equal(get(0x4400), 2);
	assert_int_equal(pkvm_vmcs_clear(1ull << 39), 2);
	assert_int_equal(pkvm_vmcs_clear(VMXON_PAGE), 3);
	assert_int_equal(pkvm_vmcs_load(VMCS_B + 0x800), 9);
	assert_int_equal(pkvm_vmcs_load(1ull << 39), 9);
	assert_int_equal(pkvm_vmcs_load(VMXON_PAGE), 10);
	poke(VMCS_B, REVISION ^ 1);
	assert_int_equal(pkvm_vmcs_load(VMCS_B), 11);
	assert_int_equal(get(0x4400), 11);
}

static void test_shadow_vmcs_needs_vmcs_shadowing_and_is_never_entered(void **state)
{
	(void)state;
	poke(VMCS_B, REVISION | 0x80000000u);
	assert_int_equal(pkvm_vmcs_load(VMCS_B), 0);
	assert_int_equal(pkvm_vmcs_enter(&regs, false), -1);
	processors[0].caps.procbased_ctls2 &= ~(1ull << 46);
	assert_int_equal(pkvm_vmcs_load(VMCS_B), 11);
}

static void test_vmclear_of_the_current_vmcs_leaves_none(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(pkvm_vmcs_clear(VMCS_B), 0);
	assert_int_equal(pkvm_vmcs_read(0x4400, &value), 0);
	assert_int_equal(pkvm_vmcs_clear(VMCS_A), 0);
	assert_int_equal(pkvm_vmcs_read(0x4400, &value), -1);
}

static void test_vmcs_that_is_active_on_another_cpu_is_refused(void **state)
{
	(void)state;
	this_cpu = 1;
	assert_int_equal(pkvm_vmcs_load(VMCS_B), 0);
	assert_int_equal(pkvm_vmcs_load(VMCS_A), 9);
	assert_int_equal(pkvm_vmcs_clear(VMCS_A), 2);
	this_cpu = 0;
	assert_int_equal(pkvm_vmcs_clear(VMCS_A), 0);
	this_cpu = 1;
	assert_int_equal(pkvm_vmcs_load(VMCS_A), 0);
}

static void test_fields_stay_in_their_vmcs(void **state)
{
	(void)state;
	put(0x681e, 0xaaaa);
	assert_int_equal(pkvm_vmcs_load(VMCS_B), 0);
	put(0x681e, 0xbbbb);
	assert_int_equal(pkvm_vmcs_load(VMCS_A), 0);
	assert_int_equal(get(0x681e), 0xaaaa);
}

static void test_invept_judges_type_and_eptp(void **state)
{
	(void)state;
	assert_int_equal(pkvm_vmcs_invept(1, 0x10301e), 0);
	assert_int_equal(pkvm_vmcs_invept(2, ~0ull), 0);
	assert_int_equal(pkvm_vmcs_invept(0, 0x10301e), 28);
	assert_int_equal(get(0x4400), 28);
	assert_int_equal(pkvm_vmcs_invept(3, 0x10301e), 28);
	assert_int_equal(pkvm_vmcs_invept(1, 0x10301d), 28);
	assert_int_equal(pkvm_vmcs_invept(1, 0x103016), 28);
	assert_int_equal(pkvm_vmcs_invept(1, 0x10309e), 28);
	assert_int_equal(pkvm_vmcs_invept(1, 0x800010301eull), 28);
}

static void test_invvpid_judges_type_vpid_and_address(void **state)
{
	(void)state;
	assert_int_equal(pkvm_vmcs_invvpid(0, 1, 0x7fffffffffffull), 0);
	assert_int_equal(pkvm_vmcs_invvpid(0, 1, 0xffff800000000000ull), 0);
	assert_int_equal(pkvm_vmcs_invvpid(0, 1, 0x800000000000ull), 28);
	assert_int_equal(pkvm_vmcs_invvpid(0, 0, 0), 28);
	assert_int_equal(pkvm_vmcs_invvpid(1, 0, 0), 28);
	assert_int_equal(pkvm_vmcs_invvpid(2, 0, 0x800000000000ull), 0);
	assert_int_equal(pkvm_vmcs_invvpid(3, 1, 0), 0);
	assert_int_equal(pkvm_vmcs_invvpid(4, 1, 0), 28);
}

#define FRESH(test) cmocka_unit_test_setup(test, no_vmcs)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encodings_are_those_of_the_sdm),
		cmocka_unit_test(test_only_listed_encodings_have_an_index),
		cmocka_unit_test(test_encoding_tells_width_and_type),
		GUEST(test_vmwrite_keeps_only_the_bits_of_the_field),
		GUEST(test_high_access_moves_the_upper_half_alone),
		GUEST(test_field_of_an_absent_feature_is_error_12),
		GUEST(test_vmwrite_to_a_read_only_field_is_error_13_unless_misc_allows),
		FRESH(test_vmxon_judges_its_region),
		GUEST(test_instructions_outside_vmx_operation_fail),
		FRESH(test_failure_without_a_current_vmcs_is_vmfailinvalid),
		GUEST(test_vmclear_and_vmptrld_judge_their_address),
		GUEST(test_shadow_vmcs_needs_vmcs_shadowing_and_is_never_entered),
		GUEST(test_vmclear_of_the_current_vmcs_leaves_none),
		GUEST(test_vmcs_that_is_active_on_another_cpu_is_refused),
		GUEST(test_fields_stay_in_their_vmcs),
		GUEST(test_invept_judges_type_and_eptp),
		GUEST(test_invvpid_judges_type_vpid_and_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
