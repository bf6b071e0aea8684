/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests what is said of a dump: that no unknown is taken for known (random states
 * through the dump format and back), which rule a reported error is about, and
 * that every rule has its cause in words.
 *
 * The files under test are compiled into this one: they are the command's own,
 * and no library.
 */
#include <stdlib.h>
#include <time.h>

#include "vmcs_dump_print.h"
#include "tools/vmcs_caller.c"
#include "tools/vmcs_caps.c"
#include "tools/vmcs_cause.c"
#include "tools/vmcs_decode.c"
#include "tools/vmcs_field.c"
#include "tools/vmcs_judge.c"
#include "tools/vmcs_label.c"
#include "tools/vmcs_log.c"
#include "tools/vmcs_text.c"
#include "tools/vmcs_title.c"
#include "tools/vmcs_match.c"
#include "tools/vmcs_result.c"
#include "tools/vmcs_verdict.c"

static struct dump_text dump_text;

/* Puts a state through the dump format and back. */
static void read_back(struct vmcs_log *log, const struct entry *e, enum dialect dialect)
{
	dump_text.used = 0;
	print_dump(&dump_text, dialect, e);
	assert_true(vmcs_log_read(log, dump_text.text));
	assert_int_equal(log->dumps, 1);
}

/* Takes lines away from the dump that was printed last. */
static void lose_lines(uint64_t which)
{
	char *line = dump_text.text;

	for (unsigned int number = 0; *line; number++) {
		char *end = strchr(line, '\n') + 1;

		if (which >> number % 64 & 1 && !strstr(line, "State ***"))
			memset(line, ' ', (size_t)(end - line) - 1);
		line = end;
	}
}

/* xorshift64: the seed is printed, and given again as PKVM_TEST_SEED. */
static uint64_t random_state;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void seed(void)
{
	const char *given = getenv("PKVM_TEST_SEED");

	random_state = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) | 1;
	print_message("PKVM_TEST_SEED=%" PRIu64 "\n", random_state);
}

/* Changes a few bits of fields that some rule reads. */
static void disturb(struct entry *e)
{
	for (uint64_t changes = random64() % 3 + 1; changes; changes--) {
		const struct pkvm_vmcs_rule *rule =
			pkvm_vmcs_rule((unsigned int)(random64() % nr_rules()));
		const uint16_t field = rule->reads[random64() % rule->nr_reads];
		const uint32_t encoding = pkvm_vmcs_encoding((enum pkvm_vmcs_index)field);
		const uint64_t flip = random64() % 4 ? 1ull << random64() % 64 : random64();

		e->value[field] = pkvm_vmcs_field_set(encoding, 0, e->value[field] ^ flip);
	}
}

/*
 * An exit reason that reports invalid guest state vouches for the host state, so
 * it must be true.
 */
static void set_reason(struct entry *e)
{
	const int first = pkvm_vmcs_first_broken(&e->state);

	e->value[PKVM_VMCS_INDEX_VM_EXIT_REASON] = 0;
	if (first >= 0 && pkvm_vmcs_rule((unsigned int)first)->outcome == 33)
		e->value[PKVM_VMCS_INDEX_VM_EXIT_REASON] = 0x80000021;
}

static bool prints_all(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule)
{
	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		if (!c->given[rule->reads[i]])
			return false;
	}
	return true;
}

static void compare_verdicts(const struct entry *e, const struct vmcs_case *c)
{
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(i);
		const enum pkvm_vmcs_verdict truth = pkvm_vmcs_judge(i, &e->state);
		const enum pkvm_vmcs_verdict said = vmcs_judge(c, i);

		if (said == truth)
			continue;
		if (said != PKVM_VMCS_UNDECIDABLE)
			fail_msg("%s: %d, but the dump says %d", rule->id, truth, said);
		if (truth == PKVM_VMCS_BROKEN && !rule->needs && prints_all(c, rule))
			fail_msg("%s: all it reads is printed, and it is undecidable", rule->id);
	}
}

static void test_random_states_are_judged_alike_from_their_dump(void **state)
{
	(void)state;
	seed();
	for (unsigned int i = 0; i < 1000; i++) {
		const enum dialect dialect = (enum dialect)(random64() % 3);
		struct vmcs_log log;
		struct entry e;

		set_up(&e, (enum guest)(random64() % 4),
		       random64() % 2 ? SKYLAKE : EVERYTHING);
		disturb(&e);
		set_reason(&e);
		read_back(&log, &e, dialect);
		compare_verdicts(&e, &log.dump[0].vmcs);
		vmcs_log_free(&log);
	}
}

static void test_what_lost_lines_told_is_not_guessed(void **state)
{
	(void)state;
	seed();
	for (unsigned int i = 0; i < 100; i++) {
		struct vmcs_log log;
		struct entry e;

		set_up(&e, (enum guest)(random64() % 4), SKYLAKE);
		disturb(&e);
		e.value[PKVM_VMCS_INDEX_VM_EXIT_REASON] = 0;
		dump_text.used = 0;
		print_dump(&dump_text, KVM_5, &e);
		lose_lines(random64() & random64());
		assert_true(vmcs_log_read(&log, dump_text.text));
		compare_verdicts(&e, &log.dump[0].vmcs);
		vmcs_log_free(&log);
	}
}

static struct vmcs_verdict verdict_on(struct entry *e, uint64_t reason)
{
	struct vmcs_verdict v;
	struct vmcs_log log;

	e->value[PKVM_VMCS_INDEX_VM_EXIT_REASON] = reason;
	read_back(&log, e, KVM_6);
	v = vmcs_verdict(&log.dump[0]);
	vmcs_log_free(&log);
	return v;
}

static void test_the_error_picks_the_rule_of_its_class(void **state)
{
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.value[PKVM_VMCS_INDEX_VIRTUAL_PROCESSOR_ID] = 0;
	e.value[PKVM_VMCS_INDEX_GUEST_RFLAGS] = 0x200;
	assert_string_equal(pkvm_vmcs_rule((unsigned int)verdict_on(&e, 0).broken)->id,
			    "control.vpid.zero");
	assert_string_equal(pkvm_vmcs_rule((unsigned int)verdict_on(&e, 0x80000021).broken)->id,
			    "guest.rflags.reserved_bits");
}

/* Error 7, and all that is printed is right: the virtual TPR is not printed. */
static void test_error_7_with_a_threshold_points_at_the_virtual_tpr(void **state)
{
	struct vmcs_verdict v;
	struct vmcs_log log;
	struct entry e;
	char text[2048];

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.value[PKVM_VMCS_INDEX_TPR_THRESHOLD] = 3;
	read_back(&log, &e, KVM_5);
	log.dump[0].reported = true;
	log.dump[0].error = 7;
	v = vmcs_verdict(&log.dump[0]);
	assert_int_equal(v.broken, -1);
	assert_string_equal(pkvm_vmcs_rule((unsigned int)v.likely)->id,
			    "control.tpr_threshold.above_vtpr");
	vmcs_verdict_text(&log.dump[0], text, sizeof(text));
	assert_non_null(strstr(text, "TPR_THRESHOLD = 0x3"));
	assert_non_null(strstr(text, "byte 80H of the virtual-APIC page"));
	vmcs_log_free(&log);
}

static void test_error_7_with_load_rtit_ctl_points_at_the_host_s_intel_pt(void **state)
{
	struct vmcs_log log;
	struct entry e;
	char text[2048];

	(void)state;
	set_up(&e, LONG, EVERYTHING);
	e.value[PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS] = 0x4f3ff;
	read_back(&log, &e, KVM_6);
	log.dump[0].reported = true;
	log.dump[0].error = 7;
	vmcs_verdict_text(&log.dump[0], text, sizeof(text));
	assert_non_null(strstr(text, "control.entry.load_rtit_ctl_while_tracing"));
	assert_non_null(strstr(text, "MSR 570H, right before VM entry"));
	vmcs_log_free(&log);
}

static void test_a_refused_msr_is_named_by_its_number(void **state)
{
	struct vmcs_log log;
	struct entry e;
	char text[2048];

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.value[PKVM_VMCS_INDEX_VM_EXIT_REASON] = 0x80000022;
	e.value[PKVM_VMCS_INDEX_EXIT_QUALIFICATION] = 3;
	read_back(&log, &e, KVM_6);
	vmcs_verdict_text(&log.dump[0], text, sizeof(text));
	assert_non_null(strstr(text, "is refused, number 3. The dump does not print the area"));
	log.dump[0].vmcs.nr_msrs = 3;
	log.dump[0].vmcs.msr[2] = (struct pkvm_vmcs_msr_entry){.index = 0x1dd, .value = 7};
	vmcs_verdict_text(&log.dump[0], text, sizeof(text));
	assert_non_null(strstr(text, "is refused, number 3, MSR 1DDH = 0x7: "));
	vmcs_log_free(&log);
}

static void test_a_control_that_a_usual_processor_lacks_is_the_likely_one(void **state)
{
	struct vmcs_verdict v;
	struct vmcs_log log;
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	e.value[PKVM_VMCS_INDEX_VM_EXIT_CONTROLS] = 0x107ffffb;
	read_back(&log, &e, KVM_5);
	log.dump[0].reported = true;
	log.dump[0].error = 7;
	v = vmcs_verdict(&log.dump[0]);
	assert_string_equal(pkvm_vmcs_rule((unsigned int)v.likely)->id, "control.exit.reserved_bits");
	vmcs_log_free(&log);
}

static void test_a_dump_that_passes_is_said_to_pass(void **state)
{
	struct vmcs_log log;
	struct entry e;
	char text[2048];

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	read_back(&log, &e, KVM_6);
	assert_int_equal(vmcs_first_broken(&log.dump[0].vmcs), -1);
	vmcs_verdict_text(&log.dump[0], text, sizeof(text));
	assert_non_null(strstr(text, "basic reason 12, was no failed VM entry"));
	vmcs_log_free(&log);
}

static void test_the_msr_area_fails_last_and_names_its_entry(void **state)
{
	struct vmcs_case c = {.zeroed = true, .nr_msrs = 2};
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	memcpy(c.value, e.value, sizeof(c.value));
	c.least = c.most = e.caps;
	c.vtpr = 0x20;
	c.msr[0].index = 0x600;
	c.msr[1].index = 0xc0000101;
	assert_int_equal(vmcs_outcome(vmcs_first_broken(&c)), 34);
	assert_int_equal(vmcs_qualification(&c, vmcs_first_broken(&c)), 2);
	c.msr[1] = (struct pkvm_vmcs_msr_entry){.index = 0x600, .high = 1};
	assert_int_equal(vmcs_outcome(vmcs_first_broken(&c)), 34);
	c.value[PKVM_VMCS_INDEX_GUEST_RFLAGS] = 0;
	assert_int_equal(vmcs_outcome(vmcs_first_broken(&c)), 33);
	c.value[PKVM_VMCS_INDEX_HOST_TR_SELECTOR] = 0;
	assert_int_equal(vmcs_outcome(vmcs_first_broken(&c)), 8);
	c.value[PKVM_VMCS_INDEX_VIRTUAL_PROCESSOR_ID] = 0;
	assert_int_equal(vmcs_outcome(vmcs_first_broken(&c)), 7);
}

static void test_every_rule_has_a_cause_and_every_need_a_way_to_know(void **state)
{
	char text[512];

	(void)state;
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		if (!vmcs_cause(pkvm_vmcs_rule(i)->id)[0])
			fail_msg("%s has no cause", pkvm_vmcs_rule(i)->id);
		for (uint32_t need = 1; need; need <<= 1) {
			if (!(pkvm_vmcs_rule(i)->needs & need))
				continue;
			vmcs_how_to_know(need, text, sizeof(text));
			assert_true(text[0]);
		}
	}
}

static void test_one_way_to_know_two_things_is_told_once(void **state)
{
	char text[512];

	(void)state;
	vmcs_how_to_know(PKVM_VMCS_NEEDS_PHYSICAL_WIDTH | PKVM_VMCS_NEEDS_LINEAR_WIDTH |
				 PKVM_VMCS_NEEDS_MISC,
			 text, sizeof(text));
	assert_string_equal(text, "MSR 485H; \"address sizes\" in the host's /proc/cpuinfo");
}

static void test_fields_are_decoded_in_the_sdm_s_words(void **state)
{
	char text[512];

	(void)state;
	assert_true(vmcs_decode(PKVM_VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO, 9, text,
				sizeof(text)));
	assert_string_equal(text, "blocking by STI, blocking by NMI");
	assert_true(vmcs_decode(PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD, 0x80000b0d, text,
				sizeof(text)));
	assert_string_equal(text, "hardware exception, vector 13, with an error code");
	assert_true(vmcs_decode(PKVM_VMCS_INDEX_GUEST_CS_AR_BYTES, 0x1a09b, text, sizeof(text)));
	assert_string_equal(text, "unusable, type 11, S=1, DPL=0, P=1, AVL=0, L=1, D/B=0, G=1");
	assert_true(vmcs_decode(PKVM_VMCS_INDEX_EPT_POINTER, 0x1000005e, text, sizeof(text)));
	assert_string_equal(text, "memory type 6, page-walk length 4, accessed and dirty flags on");
	assert_false(vmcs_decode(PKVM_VMCS_INDEX_GUEST_RIP, 1, text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_states_are_judged_alike_from_their_dump),
		cmocka_unit_test(test_what_lost_lines_told_is_not_guessed),
		cmocka_unit_test(test_the_error_picks_the_rule_of_its_class),
		cmocka_unit_test(test_error_7_with_a_threshold_points_at_the_virtual_tpr),
		cmocka_unit_test(test_error_7_with_load_rtit_ctl_points_at_the_host_s_intel_pt),
		cmocka_unit_test(test_a_refused_msr_is_named_by_its_number),
		cmocka_unit_test(test_a_control_that_a_usual_processor_lacks_is_the_likely_one),
		cmocka_unit_test(test_a_dump_that_passes_is_said_to_pass),
		cmocka_unit_test(test_the_msr_area_fails_last_and_names_its_entry),
		cmocka_unit_test(test_every_rule_has_a_cause_and_every_need_a_way_to_know),
		cmocka_unit_test(test_one_way_to_know_two_things_is_told_once),
		cmocka_unit_test(test_fields_are_decoded_in_the_sdm_s_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
