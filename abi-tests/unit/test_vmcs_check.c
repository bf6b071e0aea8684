/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the VM-entry checks: guests that enter, the order of the rules, facts from
 * outside the VMCS, what stays unknown or unchecked.
 */
#include "vmcs_check_state.h"

static void test_guests_that_are_right_enter_with_nothing_unchecked(void **state)
{
	(void)state;
	for (int guest = LONG; guest <= V86; guest++) {
		uint16_t field = 0;
		struct entry e;

		set_up(&e, (enum guest)guest, SKYLAKE);
		assert_string_equal(first_of(&e), "none");
		assert_int_equal(pkvm_vmcs_unchecked(&e.state, &field, 1), 0);
	}
}

static void test_rule_ids_and_sentences_are_complete_and_unique(void **state)
{
	(void)state;
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(i);

		assert_true(rule->sentence[0] && rule->section[0]);
		assert_int_equal(rule->sentence[strlen(rule->sentence) - 1], '.');
		assert_in_range(rule->nr_reads, 1, 8);
		for (unsigned int j = 0; j < i; j++)
			assert_string_not_equal(rule->id, pkvm_vmcs_rule(j)->id);
	}
}

static void test_without_the_true_capabilities_the_plain_ones_are_judged(void **state)
{
	struct entry e;

	(void)state;
	set_up(&e, LONG, PLAIN);
	assert_string_equal(first_of(&e), "control.primary.reserved_bits");
	e.value[PKVM_VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL] = 0x9621e1fa;
	assert_string_equal(first_of(&e), "control.exit.reserved_bits");
	e.value[PKVM_VMCS_INDEX_VM_EXIT_CONTROLS] = 0x7fffff;
	assert_string_equal(first_of(&e), "none");
	e.value[PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS] = 0xf3fb;
	assert_string_equal(first_of(&e), "control.entry.reserved_bits");
}

static void test_control_is_judged_before_host_and_host_before_guest(void **state)
{
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.value[PKVM_VMCS_INDEX_GUEST_RFLAGS] = 0;
	assert_string_equal(first_of(&e), "guest.rflags.reserved_bits");
	e.value[PKVM_VMCS_INDEX_HOST_TR_SELECTOR] = 0;
	assert_string_equal(first_of(&e), "host.tr.null");
	e.value[PKVM_VMCS_INDEX_VIRTUAL_PROCESSOR_ID] = 0;
	assert_string_equal(first_of(&e), "control.vpid.zero");
}

static void test_addresses_have_32_bits_where_the_processor_says_so(void **state)
{
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.value[PKVM_VMCS_INDEX_MSR_BITMAP] = 0x100000000;
	assert_string_equal(first_of(&e), "none");
	e.caps.basic |= 1ull << 48;
	assert_string_equal(first_of(&e), "control.msr_bitmap.width");
}

static void test_the_pdptes_come_from_memory_without_ept(void **state)
{
	struct entry e;

	(void)state;
	set_up(&e, PAE, SKYLAKE);
	e.state.pdpte[3] = 0x5003;
	assert_string_equal(first_of(&e), "none");
	e.value[PKVM_VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL] = 0x02000038;
	assert_string_equal(first_of(&e), "guest.pdpte3.reserved_bits");
	e.state.unknown = PKVM_VMCS_NEEDS_PDPTES;
	assert_string_equal(first_of(&e), "none");
	assert_int_equal(pkvm_vmcs_judge(number_of("guest.pdpte0.reserved_bits"), &e.state),
			 PKVM_VMCS_UNDECIDABLE);
}

static void test_an_unknown_vtpr_decides_what_it_can(void **state)
{
	const unsigned int rule = number_of("control.tpr_threshold.above_vtpr");
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.state.unknown = PKVM_VMCS_NEEDS_VTPR;
	assert_int_equal(pkvm_vmcs_judge(rule, &e.state), PKVM_VMCS_UNDECIDABLE);
	assert_string_equal(first_of(&e), "none");
	e.value[PKVM_VMCS_INDEX_TPR_THRESHOLD] = 0;
	assert_int_equal(pkvm_vmcs_judge(rule, &e.state), PKVM_VMCS_HOLDS);
}

static void test_an_unknown_linked_vmcs_decides_what_it_can(void **state)
{
	const unsigned int revision = number_of("guest.link_pointer.revision");
	const unsigned int shadow = number_of("guest.link_pointer.shadow_indicator");
	const unsigned int current = number_of("guest.link_pointer.current_vmcs");
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.state.unknown = PKVM_VMCS_NEEDS_LINKED_VMCS | PKVM_VMCS_NEEDS_CURRENT_VMCS;
	assert_int_equal(pkvm_vmcs_judge(revision, &e.state), PKVM_VMCS_HOLDS);
	assert_int_equal(pkvm_vmcs_judge(shadow, &e.state), PKVM_VMCS_HOLDS);
	assert_int_equal(pkvm_vmcs_judge(current, &e.state), PKVM_VMCS_HOLDS);
	e.value[PKVM_VMCS_INDEX_VMCS_LINK_POINTER] = 0x9000;
	assert_int_equal(pkvm_vmcs_judge(revision, &e.state), PKVM_VMCS_UNDECIDABLE);
	assert_int_equal(pkvm_vmcs_judge(shadow, &e.state), PKVM_VMCS_UNDECIDABLE);
	assert_int_equal(pkvm_vmcs_judge(current, &e.state), PKVM_VMCS_UNDECIDABLE);
}

static void test_a_shadow_vmcs_is_linked_only_with_vmcs_shadowing(void **state)
{
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.value[PKVM_VMCS_INDEX_VMCS_LINK_POINTER] = 0xa000;
	e.state.linked_revision = 0x8000002b;
	assert_string_equal(first_of(&e), "guest.link_pointer.shadow_indicator");
	e.value[PKVM_VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL] = 0x020240ba;
	assert_string_equal(first_of(&e), "none");
}

static void test_a_field_that_nobody_judges_is_unchecked(void **state)
{
	uint16_t fields[2] = { 0 };
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.value[PKVM_VMCS_INDEX_SHARED_EPT_POINTER] = 1;
	e.value[PKVM_VMCS_INDEX_GUEST_IA32_FRED_RSP1] = 1;
	e.value[PKVM_VMCS_INDEX_EXIT_QUALIFICATION] = 1;
	assert_int_equal(pkvm_vmcs_unchecked(&e.state, fields, 2), 2);
	assert_int_equal(fields[0], PKVM_VMCS_INDEX_SHARED_EPT_POINTER);
	assert_int_equal(fields[1], PKVM_VMCS_INDEX_GUEST_IA32_FRED_RSP1);
	assert_int_equal(pkvm_vmcs_unchecked(&e.state, NULL, 0), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guests_that_are_right_enter_with_nothing_unchecked),
		cmocka_unit_test(test_rule_ids_and_sentences_are_complete_and_unique),
		cmocka_unit_test(test_without_the_true_capabilities_the_plain_ones_are_judged),
		cmocka_unit_test(test_control_is_judged_before_host_and_host_before_guest),
		cmocka_unit_test(test_addresses_have_32_bits_where_the_processor_says_so),
		cmocka_unit_test(test_the_pdptes_come_from_memory_without_ept),
		cmocka_unit_test(test_an_unknown_vtpr_decides_what_it_can),
		cmocka_unit_test(test_an_unknown_linked_vmcs_decides_what_it_can),
		cmocka_unit_test(test_a_shadow_vmcs_is_linked_only_with_vmcs_shadowing),
		cmocka_unit_test(test_a_field_that_nobody_judges_is_unchecked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
