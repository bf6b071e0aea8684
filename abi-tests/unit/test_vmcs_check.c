/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the VM-entry checks: guests that enter, the order of the rules, facts from
 * outside the VMCS, what stays unknown, which fields no rule names.
 */
#include "vmcs_check_state.h"
#include "../../lib/vmcs/field.h"

static void test_guests_that_are_right_enter(void **state)
{
	(void)state;
	for (int guest = LONG; guest <= V86; guest++) {
		struct entry e;

		set_up(&e, (enum guest)guest, SKYLAKE);
		assert_string_equal(first_of(&e), "none");
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

static void test_controls_come_before_host_that_before_guest_that_before_msrs(void **state)
{
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.msr[1].index = 0xc0000100;
	assert_string_equal(first_of(&e), "msr_load.entry.segment_base");
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

static void test_unknown_entries_of_the_msr_area_decide_what_they_can(void **state)
{
	const unsigned int first = number_of("msr_load.entry.segment_base");
	const unsigned int last = number_of("msr_load.efer.lme_with_paging");
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.state.unknown = PKVM_VMCS_NEEDS_MSR_LOAD;
	assert_int_equal(last - first, 7);
	for (unsigned int i = first; i <= last; i++)
		assert_int_equal(pkvm_vmcs_judge(i, &e.state), PKVM_VMCS_UNDECIDABLE);
	e.msr[0].index = 0xc0000101;
	assert_int_equal(pkvm_vmcs_judge(first, &e.state), PKVM_VMCS_BROKEN);
	assert_int_equal(pkvm_vmcs_judge(last, &e.state), PKVM_VMCS_UNDECIDABLE);
	e.value[PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT] = 0;
	for (unsigned int i = first; i <= last; i++)
		assert_int_equal(pkvm_vmcs_judge(i, &e.state), PKVM_VMCS_HOLDS);
}

static void test_the_first_msr_that_is_refused_is_counted_from_1(void **state)
{
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	assert_int_equal(pkvm_vmcs_msr_refused(&e.state), 0);
	e.msr[1].high = 1;
	assert_int_equal(pkvm_vmcs_msr_refused(&e.state), 2);
	e.msr[0] = (struct pkvm_vmcs_msr_entry){.index = 0xc0000080, .value = 0x800};
	assert_int_equal(pkvm_vmcs_msr_refused(&e.state), 1);
	assert_true(pkvm_vmcs_msr_loadable(&e.caps, &e.msr[0]));
	assert_false(pkvm_vmcs_msr_loadable(&e.caps, &e.msr[1]));
}

static void test_intel_pt_of_the_host_may_be_unknown(void **state)
{
	const unsigned int rule = number_of("control.entry.load_rtit_ctl_while_tracing");
	struct entry e;

	(void)state;
	set_up(&e, LONG, EVERYTHING);
	e.state.unknown = PKVM_VMCS_NEEDS_RTIT_CTL;
	assert_int_equal(pkvm_vmcs_judge(rule, &e.state), PKVM_VMCS_HOLDS);
	e.value[PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS] = 0x4f3ff;
	assert_int_equal(pkvm_vmcs_judge(rule, &e.state), PKVM_VMCS_UNDECIDABLE);
}

static bool named_by_a_rule(enum pkvm_vmcs_index field)
{
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		for (uint32_t j = 0; j < pkvm_vmcs_rule(i)->nr_reads; j++) {
			if (pkvm_vmcs_rule(i)->reads[j] == field)
				return true;
		}
	}
	return false;
}

/* What the SDM says of a field that VM entry takes with any value; else NULL. */
static const char *why_free(enum pkvm_vmcs_index field)
{
	static const char *const why[PKVM_VMCS_NR_FIELDS] = {
#define FREE(NAME, WHY) [PKVM_VMCS_INDEX_##NAME] = WHY,
#include "vmcs_free_fields.inc"
#undef FREE
	};

	return why[field];
}

static void test_every_field_that_vm_entry_judges_is_named_by_a_rule(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		const enum pkvm_vmcs_index field = (enum pkvm_vmcs_index)i;
		const uint32_t type = pkvm_vmcs_encoding(field) >> 10 & 3;
		const int said = named_by_a_rule(field) + (why_free(field) != NULL) +
				 (type == 1);   /* VM-exit information */

		if (said != 1)
			fail_msg("%s: %s", pkvm_vmcs_name(field), said ?
				 "a rule names it, so vmcs_free_fields.inc must not" :
				 "no rule names it, nor does vmcs_free_fields.inc say why");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guests_that_are_right_enter),
		cmocka_unit_test(test_rule_ids_and_sentences_are_complete_and_unique),
		cmocka_unit_test(test_without_the_true_capabilities_the_plain_ones_are_judged),
		cmocka_unit_test(test_controls_come_before_host_that_before_guest_that_before_msrs),
		cmocka_unit_test(test_addresses_have_32_bits_where_the_processor_says_so),
		cmocka_unit_test(test_the_pdptes_come_from_memory_without_ept),
		cmocka_unit_test(test_an_unknown_vtpr_decides_what_it_can),
		cmocka_unit_test(test_an_unknown_linked_vmcs_decides_what_it_can),
		cmocka_unit_test(test_a_shadow_vmcs_is_linked_only_with_vmcs_shadowing),
		cmocka_unit_test(test_unknown_entries_of_the_msr_area_decide_what_they_can),
		cmocka_unit_test(test_the_first_msr_that_is_refused_is_counted_from_1),
		cmocka_unit_test(test_intel_pt_of_the_host_may_be_unknown),
		cmocka_unit_test(test_every_field_that_vm_entry_judges_is_named_by_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
