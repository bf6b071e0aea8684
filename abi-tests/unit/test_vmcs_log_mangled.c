/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests how VMCS dumps are read from a log that others have been at: loggers,
 * other processors, terminals, editors, mailers.
 */
#include "vmcs_log_fixture.h"

/* Puts the same words before each line, as loggers do. */
static void prefix(char *to, const char *text, const char *words)
{
	while (*text) {
		const size_t line = strcspn(text, "\n") + 1;

		to += sprintf(to, "%s%.*s", words, (int)line, text);
		text += line;
	}
}

static void test_prefixes_of_every_logger_do_no_harm(void **state)
{
	static const char *const prefixes[] = {
		"[Fri Jun 24 17:25:51 2022] ", "<4>", "<3>[    8.012345] kvm_intel: ",
		"[ 1234.567890][ T1234] kvm_intel: ", "[ 1234.567890] [    C12] ",
		"2022-06-24T17:25:51+0200 host kernel: kvm: ", "3,1200,58012471,-;",
		"Jun 24 17:25:51.123456 host kernel: ", "<3>1 2022-06-24T17:25:51Z h kernel - - - ",
		"> > ", "| ", "&gt; ", "host login: ", "{\"log\":\"", "\t\t",
	};
	static char text[65536];
	struct vmcs_log log;
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		prefix(text, printed(LONG, KVM_6, NULL), prefixes[i]);
		expect_dumps(&log, text, 1);
		expect_same(&log.dump[0], &e);
		vmcs_log_free(&log);
	}
}

/* Takes lines of two texts by turns, each behind its own mark. */
static void mix(char *to, const char *one, const char *mark, const char *other,
		const char *other_mark)
{
	while (*one || *other) {
		const size_t line = strcspn(one, "\n") + 1, other_line = strcspn(other, "\n") + 1;

		if (*one)
			to += sprintf(to, "%s%.*s", mark, (int)line, one);
		if (*other)
			to += sprintf(to, "%s%.*s", other_mark, (int)other_line, other);
		one += *one ? line : 0;
		other += *other ? other_line : 0;
	}
}

static void test_lines_of_other_processors_between_do_no_harm(void **state)
{
	static const char noise[] =
		"CPU: 3 PID: 77 Comm: foo Not tainted 5.15.0\nRIP: 0010:halt+0xe/0x10\n"
		"RSP: 0018:ffffb000 EFLAGS: 00000202\nRAX: 0000000000000000 RBX: 0\n"
		"FS:  00007f1bf7fff700(0000) GS:ffff97df5ed80000(0000) knlGS:0\n"
		"CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033\n"
		"CR2: 00007f CR3: 000000010 CR4: 00000000003706e0\nDR0: 0 DR1: 0 DR2: 0\n";
	static char text[65536];
	struct vmcs_log log;
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	for (int dialect = KVM_5; dialect <= KVM_6; dialect++) {
		mix(text, printed(LONG, (enum dialect)dialect, NULL), "", noise, "[ 12.3] ");
		expect_dumps(&log, text, 1);
		expect_same(&log.dump[0], &e);
		vmcs_log_free(&log);
	}
}

static void test_dumps_printed_into_each_other_are_told_apart_by_their_caller(void **state)
{
	static const struct change change = X(GUEST_RIP, 0x1234);
	static char one[16384], text[65536];
	struct vmcs_log log;

	(void)state;
	strcpy(one, printed(LONG, KVM_5, NULL));
	mix(text, one, "[ 1.0][ T11] ", printed(LONG, KVM_5, &change), "[ 1.0][ T222] ");
	expect_dumps(&log, text, 2);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_RIP), 0xffffffff81000100);
	assert_int_equal(value(&log.dump[1], PKVM_VMCS_INDEX_GUEST_RIP), 0x1234);
	assert_int_equal(log.dump[0].line, 1);
	assert_int_equal(log.dump[1].line, 2);
	assert_int_equal(log.dump[0].mixed + log.dump[1].mixed, 0);
	assert_int_equal(log.dump[0].nr_garbled + log.dump[1].nr_garbled, 0);
	vmcs_log_free(&log);
}

static void test_without_callers_what_differs_between_mixed_dumps_is_unknown(void **state)
{
	static const struct change change = X(GUEST_RIP, 0x1234);
	static char one[16384], text[65536];
	struct vmcs_log log;

	(void)state;
	strcpy(one, printed(LONG, KVM_5, NULL));
	mix(text, one, "", printed(LONG, KVM_5, &change), "");
	expect_dumps(&log, text, 1);
	assert_int_equal(log.dump[0].mixed, 2);
	assert_false(log.dump[0].vmcs.given[PKVM_VMCS_INDEX_GUEST_RIP]);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_RFLAGS), 0x202);
	vmcs_log_free(&log);
}

/* Two dumps, the first cut off in its guest part, are not mixed. */
static void test_a_dump_behind_one_that_is_cut_off_is_its_own(void **state)
{
	static const struct change change = X(GUEST_RIP, 0x1234);
	static char text[65536];
	struct vmcs_log log;

	(void)state;
	strcpy(text, printed(LONG, KVM_5, NULL));
	strcpy(strstr(text, "Sysenter"), printed(LONG, KVM_5, &change));
	expect_dumps(&log, text, 2);
	assert_int_equal(value(&log.dump[0], PKVM_VMCS_INDEX_GUEST_RIP), 0xffffffff81000100);
	assert_int_equal(value(&log.dump[1], PKVM_VMCS_INDEX_GUEST_RIP), 0x1234);
	assert_int_equal(log.dump[0].mixed + log.dump[1].mixed, 0);
	vmcs_log_free(&log);
}

/* Gives a text its cleaning, and expects the dump that was printed last in it. */
static void expect_clean(char *text, size_t length)
{
	struct vmcs_log log;
	struct entry e;

	set_up(&e, LONG, SKYLAKE);
	vmcs_text_clean(text, length);
	expect_dumps(&log, text, 1);
	expect_same(&log.dump[0], &e);
	vmcs_log_free(&log);
}

static void test_what_terminals_and_editors_add_goes(void **state)
{
	static char text[65536];
	size_t length;

	(void)state;
	prefix(text, printed(LONG, KVM_5, NULL), "\033[32m[ 8.0]\033[0m \033[1;31m");
	expect_clean(text, strlen(text));
	prefix(text, printed(LONG, KVM_5, NULL), "\xc2\xa0\xc2\xa0\r");
	expect_clean(text, strlen(text));
	length = strlen(printed(LONG, KVM_5, NULL));
	memcpy(text, "\xff\xfe", 2);
	for (size_t i = 0; i < length; i++) {
		text[2 * i + 2] = dump_text.text[i];
		text[2 * i + 3] = '\0';
	}
	expect_clean(text, 2 * length + 2);
	strcpy(text, printed(LONG, KVM_5, NULL));
	for (char *line = strchr(text, '\n'); line; line = strchr(line + 1, '\n'))
		*strchr(line, ' ') = line[1] ? '\0' : ' ';
	expect_clean(text, length);
}

/* Signs of which the end is cut off stay what they are, and nothing is read behind. */
static void test_signs_that_are_cut_off_stay(void **state)
{
	static const char *const ends[] = {"\xc2", "\033", "\033[", "\033[1;3", "\xff", "\xff\xfe",
					   "\xfe\xff\x01", "actual=3D=", "actual=3D=3", "\xc2\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const size_t length = strlen(ends[i]);
		char *text = malloc(length + 1);

		assert_non_null(text);
		memcpy(text, ends[i], length + 1);
		vmcs_text_clean(text, length);
		assert_true(strlen(text) <= length);
		if (i < 4 || i == 9)
			assert_string_equal(text, ends[i]);
		free(text);
	}
}

/* As mail archives keep it: signs and blanks by number, long lines broken by "=". */
static void test_quoted_printable_lines_are_read(void **state)
{
	static char text[65536];
	char *to = text;

	(void)state;
	for (const char *from = printed(LONG, XEN, NULL); *from; from++) {
		if (*from == '=')
			to += sprintf(to, "=3D");
		else if (*from == ' ' && from[1] == ' ')
			to += sprintf(to, "=C2=A0");
		else
			*to++ = *from;
		if (*from == '0' && from[1] == '0' && (from - dump_text.text) % 7 == 0)
			to += sprintf(to, "=\n");
	}
	*to = '\0';
	assert_non_null(strstr(text, "actual=3D"));
	expect_clean(text, strlen(text));
}

/* Cuts lines as fold(1) does, wherever the column falls. */
static void fold(char *to, const char *text, size_t column)
{
	size_t used = 0;

	for (; *text; text++) {
		if (used == column && *text != '\n') {
			*to++ = '\n';
			used = 0;
		}
		used = *text == '\n' ? 0 : used + 1;
		*to++ = *text;
	}
	*to = '\0';
}

static void expect_nothing_false(const struct vmcs_dump *dump, const struct entry *e)
{
	for (unsigned int i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		if (dump->vmcs.given[i] && dump->vmcs.value[i] != e->value[i])
			fail_msg("%s is 0x%" PRIx64 " and was read as 0x%" PRIx64,
				 pkvm_vmcs_name((enum pkvm_vmcs_index)i), e->value[i],
				 dump->vmcs.value[i]);
	}
}

static void test_numbers_that_a_hard_wrap_cut_are_joined(void **state)
{
	static const char *const prefixes[] = {"", "[ 1234.567890] kvm_intel: ",
		"2022-06-24T17:25:51+0200 host kernel: ", "12:34:56 host kernel: "};
	static char whole[65536], text[65536];
	struct vmcs_log log;
	struct entry e;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	for (unsigned int i = 0; i < 4 * 3 * 90; i++) {
		prefix(whole, printed(LONG, (enum dialect)(i / 4 % 3), NULL), prefixes[i % 4]);
		fold(text, whole, 40 + i / 12);
		vmcs_text_clean(text, strlen(text));
		expect_dumps(&log, text, 1);
		expect_nothing_false(&log.dump[0], &e);
		assert_in_range(log.dump[0].fields, 80, 120);
		vmcs_log_free(&log);
	}
}

/* Where other lines are longer, nothing tells a cut number from a whole one. */
static void test_a_number_that_is_cut_elsewhere_is_unknown(void **state)
{
	static char text[65536];
	struct vmcs_log log;
	struct entry e;
	char *rflags;

	(void)state;
	set_up(&e, LONG, SKYLAKE);
	for (int quoted = 0; quoted < 2; quoted++) {
		strcpy(text, printed(LONG, KVM_5, NULL));
		rflags = strstr(text, "RFLAGS=0x00000202");
		assert_non_null(rflags);
		rflags += strlen("RFLAGS=0x00000");
		memmove(rflags + (quoted ? 3 : 1), rflags, strlen(rflags) + 1);
		memcpy(rflags, "\n> ", quoted ? 3 : 1);
		vmcs_text_clean(text, strlen(text));
		expect_dumps(&log, text, 1);
		expect_nothing_false(&log.dump[0], &e);
		assert_false(log.dump[0].vmcs.given[PKVM_VMCS_INDEX_GUEST_RFLAGS]);
		assert_int_equal(log.dump[0].nr_garbled, 1);
		vmcs_log_free(&log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes_of_every_logger_do_no_harm),
		cmocka_unit_test(test_lines_of_other_processors_between_do_no_harm),
		cmocka_unit_test(test_dumps_printed_into_each_other_are_told_apart_by_their_caller),
		cmocka_unit_test(test_without_callers_what_differs_between_mixed_dumps_is_unknown),
		cmocka_unit_test(test_a_dump_behind_one_that_is_cut_off_is_its_own),
		cmocka_unit_test(test_what_terminals_and_editors_add_goes),
		cmocka_unit_test(test_signs_that_are_cut_off_stay),
		cmocka_unit_test(test_quoted_printable_lines_are_read),
		cmocka_unit_test(test_numbers_that_a_hard_wrap_cut_are_joined),
		cmocka_unit_test(test_a_number_that_is_cut_elsewhere_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
