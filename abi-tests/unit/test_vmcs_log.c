/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests how VMCS dumps are read from a log: round trips through the formats of
 * KVM and Xen, wrapped and quoted lines, damage, neighbouring failures.
 */
#include "vmcs_log_fixture.h"

static void test_every_printed_field_is_read_in_every_dialect(void **state)
{
	(void)state;
	for (int guest = LONG; guest <= V86; guest++) {
		for (int dialect = KVM_5; dialect <= XEN; dialect++) {
			struct vmcs_log log;
			struct entry e;

			set_up(&e, (enum guest)guest, SKYLAKE);
			expect_dumps(&log, printed((enum guest)guest, (enum dialect)dialect,
						   NULL), 1);
			expect_same(&log.dump[0], &e);
			assert_int_equal(log.dump[0].xen, dialect == XEN);
			vmcs_log_free(&log);
		}
	}
}

/* Breaks lines at blanks and puts marks of quotation before each, as mailers do. */
static void wrap(char *to, const char *text, size_t columns)
{
	size_t column = 0;

	*to++ = '>';
	*to++ = ' ';
	for (; *text; text++) {
		const size_t word = strcspn(text + 1, " \n");

		column++;
		if (*text == '\n' || (*text == ' ' && column + word > columns)) {
			to += sprintf(to, "\n>> ");
			column = 0;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static void test_wrapped_and_quoted_lines_read_the_same(void **state)
{
	static char wrapped[65536];
	struct vmcs_log log;
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	for (size_t columns = 40; columns < 80; columns += 7) {
		for (int dialect = KVM_5; dialect <= XEN; dialect++) {
			wrap(wrapped, printed(LONG, (enum dialect)dialect, NULL), columns);
			expect_dumps(&log, wrapped, 1);
			expect_same(&log.dump[0], &e);
			vmcs_log_free(&log);
		}
	}
}

static void test_xen_s_report_stands_before_its_own_dump(void **state)
{
	static const char *const reports[] = {
		"(XEN) d2v0 VMLAUNCH error: 0x7\n", "(XEN) d1v3 VMRESUME error: 0x7\n",
		"(XEN) Failed vm entry (exit reason 0x7) caused by invalid guest state (0).\n",
		"(XEN) d2v0 vmentry failure (reason 0x7): Invalid guest state (0)\n",
	};
	static char text[65536];

	(void)state;
	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		struct vmcs_log log;

		strcpy(text, printed(LONG, XEN, NULL));
		strcat(text, reports[i]);
		strcat(text, dump_text.text);
		expect_dumps(&log, text, 2);
		assert_false(log.dump[0].reported);
		assert_true(log.dump[1].reported);
		assert_int_equal(log.dump[1].error, 7);
		vmcs_log_free(&log);
	}
}

static void test_xen_names_the_msr_that_was_refused(void **state)
{
	static char text[65536];
	struct vmcs_log log;

	(void)state;
	strcpy(text, "(XEN) d24v1 vmentry failure (reason 0x80000022): MSR loading (entry 1)\n"
	       "(XEN)   msr 000001dd val 1ffff80676f52be5 (mbz 0)\n");
	strcat(text, printed(LONG, XEN, NULL));
	expect_dumps(&log, text, 1);
	assert_true(log.dump[0].names_msr);
	assert_int_equal(log.dump[0].refused.index, 0x1dd);
	assert_int_equal(log.dump[0].refused.value, 0x1ffff80676f52be5);
	vmcs_log_free(&log);
}

/* Xen before 4.5 prints other labels, and SS behind GS. */
static void test_labels_of_old_xen_are_read(void **state)
{
	struct vmcs_log log;

	(void)state;
	expect_dumps(&log, "(XEN) *** Guest State ***\n"
		     "(XEN) CR3: actual=0x0000000000039000, target_count=0\n"
		     "(XEN) RFLAGS=0x0000000000000002 (0x0000000000000202)  DR7 = 0x400\n"
		     "(XEN) CS: sel=0x0010, attr=0x0a09b, limit=0xffffffff, base=0x0\n"
		     "(XEN) Guest PAT = 0x0007010600070106\n"
		     "(XEN) DebugCtl=0000000000000000 DebugExceptions=0000000000004000\n"
		     "(XEN) Interruptibility=0001 ActivityState=0000\n"
		     "(XEN) *** Host State ***\n"
		     "(XEN) CS=e008 DS=0000 ES=0000 FS=0000 GS=0000 SS=0010 TR=e040\n"
		     "(XEN) Host PAT = 0x0000050100070406\n", 1);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_CR3), 0x39000);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_CR3_TARGET_COUNT), 0);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_RFLAGS), 2);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_PENDING_DBG_EXCEPTIONS), 0x4000);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO), 1);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_HOST_SS_SELECTOR), 0x10);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_HOST_TR_SELECTOR), 0xe040);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_HOST_IA32_PAT), 0x0000050100070406);
	assert_int_equal(log.dump[0].nr_garbled, 0);
	vmcs_log_free(&log);
}

static void test_several_dumps_keep_their_own_values_and_failures(void **state)
{
	static char text[65536];
	static const struct change change = X(GUEST_RIP, 0x1234);
	struct vmcs_log log;

	(void)state;
	strcpy(text, printed(LONG, KVM_5, NULL));
	strcat(text, "host qemu: KVM: entry failed, hardware error 0x7\nEAX=0 CR0=60000010\n");
	strcat(text, "(XEN) d2v0 vmentry failure (reason 0x80000021):\n> Invalid guest state\n");
	strcat(text, printed(LONG, XEN, &change));
	expect_dumps(&log, text, 2);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_RIP), 0xffffffff81000100);
	assert_int_equal(value(&log.dump[1], PKVM_VMCS_INDEX_GUEST_RIP), 0x1234);
	assert_int_equal(log.dump[0].error, 7);
	assert_int_equal(log.dump[0].line, 1);
	assert_int_equal(log.dump[1].error, 0x80000021);
	vmcs_log_free(&log);
}

static void test_an_exit_reason_with_bit_31_reports_the_failure(void **state)
{
	static const struct change change = X(VM_EXIT_REASON, 0x80000022);
	struct vmcs_log log;

	(void)state;
	expect_dumps(&log, printed(LONG, KVM_6, &change), 1);
	assert_true(log.dump[0].reported);
	assert_int_equal(log.dump[0].error, 0x80000022);
	vmcs_log_free(&log);
	expect_dumps(&log, printed(LONG, KVM_6, NULL), 1);
	assert_false(log.dump[0].reported);
	vmcs_log_free(&log);
}

static void test_a_dump_that_is_cut_off_gives_what_it_has(void **state)
{
	static char text[65536];
	struct vmcs_log log;
	char *host;

	(void)state;
	strcpy(text, printed(LONG, KVM_5, NULL));
	host = strstr(text, "*** Host State ***");
	strcpy(host, "*** Host State ***\nRIP = 0xffffffff81000000  RSP = 0xff");
	expect_dumps(&log, text, 1);
	assert_int_equal(log.dump[0].parts, VMCS_PART_GUEST | VMCS_PART_HOST);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_HOST_RIP), 0xffffffff81000000);
	assert_false(log.dump[0].vmcs.given[PKVM_VMCS_INDEX_HOST_CR0]);
	vmcs_log_free(&log);
	expect_dumps(&log, "*** Control State ***\nPinBased=0000007f CPUBased=", 1);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL), 0x7f);
	assert_int_equal(log.dump[0].nr_garbled, 1);
	vmcs_log_free(&log);
}

static void test_a_garbled_value_is_none_and_its_line_is_told(void **state)
{
	struct vmcs_log log;

	(void)state;
	expect_dumps(&log, "*** Guest State ***\nCR3 = 0x00000zz0\nRFLAGS=0x2 DR7 = 0x400\n"
		     "CS:   sel=0x12345, attr=0x0a09b, limit=0xffffffff, base=0x0\n", 1);
	assert_false(log.dump[0].vmcs.given[PKVM_VMCS_INDEX_GUEST_CR3]);
	assert_false(log.dump[0].vmcs.given[PKVM_VMCS_INDEX_GUEST_CS_SELECTOR]);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_CS_AR_BYTES), 0xa09b);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_DR7), 0x400);
	assert_int_equal(log.dump[0].nr_garbled, 2);
	assert_int_equal(log.dump[0].garbled[0].line, 2);
	assert_int_equal(log.dump[0].garbled[1].line, 4);
	vmcs_log_free(&log);
}

static void test_registers_beside_a_dump_are_not_taken_for_fields(void **state)
{
	struct vmcs_log log;

	(void)state;
	expect_dumps(&log, "CR0=60000010 CR3=1\nEFER=0000000000000001\nreason=7 qualification=8",
		     0);
	vmcs_log_free(&log);
	expect_dumps(&log, "*** Guest State ***\nEFER= 0x0000000000000d01 (effective)\n"
		     "PAT = 0x0007040600070406\nEFER=0000000000000001\nRIP=1 RSP=2 DR7=3\n"
		     "CR0=60000010 CR2=826c6000 CR3=3cbf4002 CR4=00000000\n"
		     "CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033\n", 1);
	assert_int_equal(log.dump[0].fields, 1);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_IA32_PAT),
			 0x0007040600070406);
	vmcs_log_free(&log);
}

static void test_the_guest_s_msr_area_is_read_and_the_host_s_is_not(void **state)
{
	struct vmcs_log log;

	(void)state;
	expect_dumps(&log, "*** Guest State ***\nPAT = 0x6\nMSR guest autoload:\n"
		     "   0: msr=0x00000600 value=0x0000000000000001\n"
		     "   1: msr=0xc0000100 value=0x0000000000000002\n*** Host State ***\n"
		     "MSR host autoload:\n   0: msr=0x00000601 value=0x3\n", 1);
	assert_int_equal(log.dump[0].vmcs.nr_msrs, 2);
	assert_int_equal(log.dump[0].vmcs.msr[1].index, 0xc0000100);
	assert_int_equal(log.dump[0].vmcs.msr[1].value, 2);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT), 2);
	vmcs_log_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_printed_field_is_read_in_every_dialect),
		cmocka_unit_test(test_wrapped_and_quoted_lines_read_the_same),
		cmocka_unit_test(test_xen_s_report_stands_before_its_own_dump),
		cmocka_unit_test(test_xen_names_the_msr_that_was_refused),
		cmocka_unit_test(test_labels_of_old_xen_are_read),
		cmocka_unit_test(test_several_dumps_keep_their_own_values_and_failures),
		cmocka_unit_test(test_an_exit_reason_with_bit_31_reports_the_failure),
		cmocka_unit_test(test_a_dump_that_is_cut_off_gives_what_it_has),
		cmocka_unit_test(test_a_garbled_value_is_none_and_its_line_is_told),
		cmocka_unit_test(test_registers_beside_a_dump_are_not_taken_for_fields),
		cmocka_unit_test(test_the_guest_s_msr_area_is_read_and_the_host_s_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
