/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The typed calls of host and guest over a transport that only looks: the
 * number in RAX, each word in its register, nothing else; what comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <pkvm/pkvm.h>
#include "host/transport.h"
#include "guest/transport.h"

#define CANARY PKVM_U64(0xa5a5a5a5a5a5a5a5)

static struct pkvm_regs seen;   /* what the last call sent   */
static struct pkvm_regs answer; /* what the next one gets    */
static unsigned int calls;

static void look(struct pkvm_regs *regs)
{
	seen = *regs;
	*regs = answer;
	calls++;
}

void pkvm_host_transport(struct pkvm_regs *regs)
{
	look(regs);
}

void pkvm_guest_transport(struct pkvm_regs *regs)
{
	look(regs);
}

/* Every word of an answer, declared or not, is different from all others. */
static void prepare(int64_t rax)
{
	unsigned int i;

	memset(&seen, 0xff, sizeof(seen));
	answer.rax = (uint64_t)rax;
	for (i = 0; i < 10; i++)
		answer.word[i] = 0xbeef0001 + i;
	calls = 0;
}

/* One row: @make calls its stub, words in and words out, PKVM_MAX_WORDS each. */
struct row {
	const char *name;
	uint64_t number;
	unsigned int n_in;
	unsigned int n_out;
	struct pkvm_status (*make)(const uint64_t *words, uint64_t *given);
};

#define ARGUMENTS(IN, OUT)                                                             \
	PKVM_UNLESS_NONE(IN)(&in)                                                      \
	PKVM_UNLESS_NONE(IN)(PKVM_UNLESS_NONE(OUT)(,))                                 \
	PKVM_UNLESS_NONE(OUT)(&out)

#define ROW(PREFIX, NUMBER, NAME, IN, OUT)                                             \
	static struct pkvm_status make_##PREFIX##NAME(const uint64_t *words,           \
						      uint64_t *given)                 \
	{                                                                              \
		struct pkvm_status status;                                             \
		PKVM_UNLESS_NONE(IN)(struct pkvm_##IN in;)                             \
		PKVM_UNLESS_NONE(OUT)(struct pkvm_##OUT out;)                          \
                                                                                       \
		(void)words;                                                           \
		(void)given;                                                           \
		PKVM_UNLESS_NONE(IN)(memcpy(&in, words, sizeof(in));)                  \
		PKVM_UNLESS_NONE(OUT)(memset(&out, 0xa5, sizeof(out));)                \
		status = pkvm_##PREFIX##NAME(ARGUMENTS(IN, OUT));                      \
		PKVM_UNLESS_NONE(OUT)(memcpy(given, &out, sizeof(out));)               \
		return status;                                                         \
	}                                                                              \
	static struct row row_##PREFIX##NAME = {                                       \
		#NAME, NUMBER, PKVM_NR_WORDS_##IN, PKVM_NR_WORDS_##OUT,                \
		make_##PREFIX##NAME                                                    \
	};
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE)   \
	ROW(hc_, NUMBER, NAME, IN, OUT)
#include <pkvm/hypercalls.inc>
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED)              \
	ROW(guest_, NUMBER, NAME, IN, OUT)
#include <pkvm/guest_calls.inc>

static struct pkvm_status make(const struct row *row, int64_t rax, uint64_t *given)
{
	uint64_t words[PKVM_MAX_WORDS];
	unsigned int i;

	for (i = 0; i < 10; i++) {
		words[i] = PKVM_U64(0x1111111111111111) * (i + 1);
		given[i] = CANARY;
	}
	prepare(rax);
	return row->make(words, given);
}

static void test_stub_sends_its_number_and_its_words_and_nothing_else(void **state)
{
	const struct row *row = *state;
	uint64_t given[PKVM_MAX_WORDS];
	struct pkvm_status status = make(row, 0, given);
	unsigned int i;

	assert_int_equal(status.error, 0);
	assert_int_equal(calls, 1);
	assert_int_equal(seen.rax, row->number);
	for (i = 0; i < row->n_in; i++)
		assert_int_equal(seen.word[i], PKVM_U64(0x1111111111111111) * (i + 1));
	for (; i < 10; i++)
		assert_int_equal(seen.word[i], 0);
}

static void test_stub_gives_its_outputs_on_success(void **state)
{
	const struct row *row = *state;
	uint64_t given[PKVM_MAX_WORDS];
	struct pkvm_status status = make(row, 0, given);
	unsigned int i;

	assert_int_equal(status.error, 0);
	assert_int_equal(status.refused, 0);
	for (i = 0; i < row->n_out; i++)
		assert_int_equal(given[i], 0xbeef0001 + i);
	for (; i < 10; i++)
		assert_int_equal(given[i], CANARY);
}

static void test_stub_gives_zeroes_and_the_refused_word_on_failure(void **state)
{
	const struct row *row = *state;
	uint64_t given[PKVM_MAX_WORDS];
	struct pkvm_status status = make(row, -22, given);
	unsigned int i;

	assert_int_equal(status.error, -22);
	assert_int_equal(status.refused, 0xbeef0001);
	for (i = 0; i < row->n_out; i++)
		assert_int_equal(given[i], 0);
	for (; i < 10; i++)
		assert_int_equal(given[i], CANARY);
}

static void test_guest_stub_takes_the_answer_of_a_plain_kvm_for_enosys(void **state)
{
	const struct row *row = *state;
	uint64_t given[PKVM_MAX_WORDS];
	struct pkvm_status status = make(row, -1000, given);
	unsigned int i;

	assert_int_equal(status.error, -38);
	assert_int_equal(status.refused, 0);
	for (i = 0; i < row->n_out; i++)
		assert_int_equal(given[i], 0);
}

static void test_host_stub_passes_every_status_on(void **state)
{
	static const int64_t statuses[] = { -1, -2, -11, -12, -14, -16, -17, -22, -38, -71, -95,
					    -1000 };
	uint64_t given[PKVM_MAX_WORDS];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		assert_int_equal(make(&row_hc_get_gdt, statuses[i], given).error, statuses[i]);
}

/* Numbers and counts of words as the ABI was frozen, not as the rows say. */
static const struct literal {
	struct row *row;
	uint64_t number;
	unsigned int n_in;
	unsigned int n_out;
} literals[] = {
	{ &row_hc_abi_query,               0x0000, 3, 10 },
	{ &row_hc_init,                    0x0001, 2, 0 },
	{ &row_hc_init_finalize,           0x0002, 0, 0 },
	{ &row_hc_has_wbinvd_exit,         0x0006, 0, 1 },
	{ &row_hc_dump_vmexit_trace,       0x0101, 4, 2 },
	{ &row_hc_vm_init,                 0x0200, 4, 1 },
	{ &row_hc_enable_cap,              0x0201, 6, 0 },
	{ &row_hc_vm_finalize,             0x0203, 1, 0 },
	{ &row_hc_vm_destroy,              0x0205, 1, 4 },
	{ &row_hc_vcpu_create,             0x0300, 7, 1 },
	{ &row_hc_vcpu_free,               0x0301, 1, 3 },
	{ &row_hc_vcpu_load,               0x0302, 1, 0 },
	{ &row_hc_vcpu_put,                0x0303, 1, 0 },
	{ &row_hc_vcpu_run,                0x0305, 2, 6 },
	{ &row_hc_complete_emulated_msr,   0x0306, 3, 0 },
	{ &row_hc_set_segment,             0x0400, 5, 0 },
	{ &row_hc_get_segment,             0x0401, 1, 4 },
	{ &row_hc_get_segment_base,        0x0402, 1, 1 },
	{ &row_hc_set_gdt,                 0x0404, 2, 0 },
	{ &row_hc_get_idt,                 0x0407, 0, 2 },
	{ &row_hc_set_cr0,                 0x0408, 1, 0 },
	{ &row_hc_get_rflags,              0x040c, 0, 1 },
	{ &row_hc_cache_reg,               0x040e, 1, 4 },
	{ &row_hc_set_msr,                 0x040f, 2, 0 },
	{ &row_hc_load_mmu_pgd,            0x0411, 6, 0 },
	{ &row_hc_interrupt_allowed,       0x0502, 1, 1 },
	{ &row_hc_inject_irq,              0x0508, 3, 0 },
	{ &row_hc_inject_irq_if_allowed,   0x0509, 1, 1 },
	{ &row_hc_cancel_injection,        0x050c, 0, 6 },
	{ &row_hc_update_cr8_intercept,    0x0600, 2, 0 },
	{ &row_hc_sync_pir_to_irr,         0x0605, 0, 1 },
	{ &row_hc_vcpu_after_set_cpuid,    0x0700, 3, 3 },
	{ &row_hc_vcpu_add_fpstate,        0x0701, 2, 3 },
	{ &row_hc_vm_mmu_map,              0x0800, 4, 0 },
	{ &row_hc_vm_mmu_age,              0x0802, 4, 1 },
	{ &row_guest_abi_query,            0x10000, 3, 10 },
	{ &row_guest_share_mem,            0x10001, 2, 0 },
	{ &row_guest_unshare_mem,          0x10002, 2, 0 },
	{ &row_guest_ioread,               0x10003, 2, 1 },
	{ &row_guest_iowrite,              0x10004, 3, 0 },
	{ &row_guest_start_cpu,            0x10005, 2, 0 },
};

static void test_numbers_and_counts_of_words_are_those_of_the_abi(void **state)
{
	uint64_t given[PKVM_MAX_WORDS];
	size_t i;
	unsigned int n;

	(void)state;
	for (i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		assert_int_equal(make(literals[i].row, 0, given).error, 0);
		assert_int_equal(seen.rax, literals[i].number);
		for (n = 0; n < 10 && seen.word[n]; n++)
			;
		assert_int_equal(n, literals[i].n_in);
		for (n = 0; n < 10 && given[n] != CANARY; n++)
			;
		assert_int_equal(n, literals[i].n_out);
	}
}

static void test_set_segment_goes_from_rbx_to_rdi(void **state)
{
	struct pkvm_segment cs;

	(void)state;
	cs.index = 1;
	cs.base = PKVM_U64(0xffff0000);
	cs.limit = 0xffff;
	cs.access_rights = 0x9b;
	cs.selector = 0xf000;
	prepare(0);
	assert_int_equal(pkvm_hc_set_segment(&cs).error, 0);
	assert_int_equal(seen.rax, 0x400);
	assert_int_equal(seen.word[0], 1);
	assert_int_equal(seen.word[1], PKVM_U64(0xffff0000));
	assert_int_equal(seen.word[2], 0xffff);
	assert_int_equal(seen.word[3], 0x9b);
	assert_int_equal(seen.word[4], 0xf000);
}

static void test_vcpu_run_gives_kind_words_and_sequence(void **state)
{
	struct pkvm_run run = { 0x1234, 1 };
	struct pkvm_run_exit exit;

	(void)state;
	prepare(0);
	assert_int_equal(pkvm_hc_vcpu_run(&run, &exit).error, 0);
	assert_int_equal(seen.rax, 0x305);
	assert_int_equal(seen.word[0], 0x1234);
	assert_int_equal(seen.word[1], 1);
	assert_int_equal(exit.kind, 0xbeef0001);
	assert_int_equal(exit.word0, 0xbeef0002);
	assert_int_equal(exit.word3, 0xbeef0005);
	assert_int_equal(exit.sequence, 0xbeef0006);
}

static void test_raw_call_sends_and_gives_as_many_words_as_it_is_told(void **state)
{
	static const uint64_t in[3] = { 7, 8, 9 };
	uint64_t out[3] = { CANARY, CANARY, CANARY };
	struct pkvm_status status;

	(void)state;
	prepare(0);
	status = pkvm_hc_raw(PKVM_U64(0x123456789), in, 3, out, 2);
	assert_int_equal(status.error, 0);
	assert_int_equal(status.refused, 0);
	assert_int_equal(seen.rax, PKVM_U64(0x123456789));
	assert_int_equal(seen.word[0], 7);
	assert_int_equal(seen.word[2], 9);
	assert_int_equal(seen.word[3], 0);
	assert_int_equal(out[0], 0xbeef0001);
	assert_int_equal(out[1], 0xbeef0002);
	assert_int_equal(out[2], CANARY);

	prepare(-2);
	status = pkvm_hc_raw(0x302, in, 1, out, 2);
	assert_int_equal(status.error, -2);
	assert_int_equal(status.refused, 0xbeef0001);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 0);
	assert_int_equal(out[2], CANARY);
}

static void test_raw_call_with_eleven_words_is_refused_without_a_call(void **state)
{
	uint64_t words[11] = { 0 };

	(void)state;
	prepare(0);
	assert_int_equal(pkvm_hc_raw(0, words, 11, words, 0).error, -22);
	assert_int_equal(pkvm_hc_raw(0, words, 0, words, 11).error, -22);
	assert_int_equal(calls, 0);
	assert_int_equal(pkvm_hc_raw(0, words, 10, words, 10).error, 0);
	assert_int_equal(calls, 1);
}

#define EACH(TEST, SIDE, PREFIX, NAME) \
	{ SIDE " " #NAME ": " #TEST, TEST, NULL, NULL, &row_##PREFIX##NAME },
#define THREE(SIDE, PREFIX, NAME)                                                      \
	EACH(test_stub_sends_its_number_and_its_words_and_nothing_else, SIDE, PREFIX, NAME) \
	EACH(test_stub_gives_its_outputs_on_success, SIDE, PREFIX, NAME)               \
	EACH(test_stub_gives_zeroes_and_the_refused_word_on_failure, SIDE, PREFIX, NAME)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_and_counts_of_words_are_those_of_the_abi),
		cmocka_unit_test(test_host_stub_passes_every_status_on),
		cmocka_unit_test(test_set_segment_goes_from_rbx_to_rdi),
		cmocka_unit_test(test_vcpu_run_gives_kind_words_and_sequence),
		cmocka_unit_test(test_raw_call_sends_and_gives_as_many_words_as_it_is_told),
		cmocka_unit_test(test_raw_call_with_eleven_words_is_refused_without_a_call),
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE)   \
		THREE("host", hc_, NAME)
#include <pkvm/hypercalls.inc>
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED)              \
		THREE("guest", guest_, NAME)                                           \
		EACH(test_guest_stub_takes_the_answer_of_a_plain_kvm_for_enosys, "guest", \
		     guest_, NAME)
#include <pkvm/guest_calls.inc>
	};

	return cmocka_run_group_tests_name("stubs", tests, NULL, NULL);
}
