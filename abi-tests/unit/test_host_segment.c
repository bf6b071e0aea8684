/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's segment registers: KVM's form of the access rights, and a cache
 * that never shows what was not read.
 */
#include <stdlib.h>
#include <time.h>
#include "host_fixture.h"

#define GET_SEGMENT      0x401
#define GET_SEGMENT_BASE 0x402

static void answer_segment(uint64_t base, uint64_t limit, uint64_t rights, uint64_t selector)
{
	fake.answer[GET_SEGMENT] = (struct fake_answer){0, {base, limit, rights, selector}};
	fake.answer[GET_SEGMENT_BASE] = (struct fake_answer){0, {base}};
}

static void test_access_rights_are_the_bits_of_the_sdm(void **state)
{
	const struct pkvm_host_segment code = {.type = 0xb, .s = 1, .present = 1,
					       .l = 1, .g = 1};
	const struct pkvm_host_segment user = {.type = 3, .s = 1, .present = 1, .dpl = 3,
					       .db = 1, .g = 1, .avl = 1};
	const struct pkvm_host_segment absent = {.type = 2};

	(void)state;
	assert_int_equal(pkvm_host_access_rights(&code), 0xa09b);
	assert_int_equal(pkvm_host_access_rights(&user), 0xd0f3);
	assert_int_equal(pkvm_host_access_rights(&absent), 0x10002);
}

static void test_segment_is_unpacked_bit_by_bit(void **state)
{
	const struct pkvm_segment_state tss = {0x1000, 0x67, 0x8b, 0x18};
	const struct pkvm_segment_state none = {0, 0, 0x10082, 0};
	const struct pkvm_host_segment tr = pkvm_host_segment_of(&tss);

	(void)state;
	assert_int_equal(tr.base, 0x1000);
	assert_int_equal(tr.limit, 0x67);
	assert_int_equal(tr.selector, 0x18);
	assert_int_equal(tr.type, 0xb);
	assert_int_equal(tr.present, 1);
	assert_int_equal(tr.s, 0);
	assert_int_equal(tr.unusable, 0);
	assert_int_equal(pkvm_host_segment_of(&none).unusable, 1);
	assert_int_equal(pkvm_host_segment_of(&none).present, 0);
}

static void test_access_rights_of_present_segments_round_trip(void **state)
{
	const unsigned int seed = (unsigned int)time(NULL);

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 10000; i++) {
		const uint64_t rights = ((uint64_t)rand() & 0xf0ff) | 0x80;
		const struct pkvm_segment_state in = {(uint64_t)rand(), (uint64_t)rand(),
						      rights, (uint64_t)rand() & 0xffff};
		const struct pkvm_host_segment segment = pkvm_host_segment_of(&in);

		assert_int_equal(pkvm_host_access_rights(&segment), rights);
		assert_int_equal(segment.base, in.base);
		assert_int_equal(segment.limit, in.limit);
		assert_int_equal(segment.selector, in.selector);
	}
}

static void test_segment_is_asked_for_once(void **state)
{
	struct pkvm_host_segment ss;

	(void)state;
	fake_reset(false);
	answer_segment(0x5000, 0xffff, 0x40f3, 0x23);
	for (int i = 0; i < 3; i++) {
		pkvm_host_get_segment(&fake_vcpu, &ss, 2);
		assert_int_equal(ss.base, 0x5000);
		assert_int_equal(ss.dpl, 3);
	}
	assert_int_equal(pkvm_host_get_segment_base(&fake_vcpu, 2), 0x5000);
	assert_int_equal(pkvm_host_get_cpl(&fake_vcpu), 3);
	assert_int_equal(fake_only_call(GET_SEGMENT)->word[0], 2);
}

static void test_base_alone_is_cached_as_a_base_alone(void **state)
{
	struct pkvm_host_segment fs;

	(void)state;
	fake_reset(false);
	answer_segment(0x7000, 0xffff, 0xc093, 0x10);
	assert_int_equal(pkvm_host_get_segment_base(&fake_vcpu, 4), 0x7000);
	assert_int_equal(pkvm_host_get_segment_base(&fake_vcpu, 4), 0x7000);
	assert_int_equal(fake_only_call(GET_SEGMENT_BASE)->word[0], 4);
	pkvm_host_get_segment(&fake_vcpu, &fs, 4);
	assert_int_equal(fs.selector, 0x10);
	assert_int_equal(fake.calls, 2);
}

static void test_written_segment_is_asked_for_again(void **state)
{
	struct pkvm_host_segment es = {.type = 2, .s = 1, .present = 1};

	(void)state;
	fake_reset(false);
	answer_segment(0, 0xffff, 0x93, 8);
	pkvm_host_get_segment(&fake_vcpu, &es, 0);
	es.type = 2;
	pkvm_host_set_segment(&fake_vcpu, &es, 0);
	pkvm_host_get_segment(&fake_vcpu, &es, 0);
	assert_int_equal(fake.calls, 3);
	assert_int_equal(es.type, 3);
	(void)pkvm_host_get_segment_base(&fake_vcpu, 0);
	assert_int_equal(fake.calls, 3);
}

static void test_failed_read_marks_nothing_and_gives_zero(void **state)
{
	struct pkvm_host_segment cs;

	(void)state;
	fake_reset(false);
	answer_segment(0x5000, 0xffff, 0x9b, 8);
	fake.answer[GET_SEGMENT].error = fake.answer[GET_SEGMENT_BASE].error = -22;
	pkvm_host_get_segment(&fake_vcpu, &cs, 1);
	assert_int_equal(cs.base, 0);
	assert_int_equal(cs.selector, 0);
	assert_int_equal(pkvm_host_get_segment_base(&fake_vcpu, 1), 0);
	assert_int_equal(fake_vcpu.segment_cache.valid, 0);
	assert_int_equal(fake_vcpu.segment_cache.base_valid, 0);
	assert_int_equal(fake_vm.dead, 1);
}

static void test_no_cache_reader_neither_reads_nor_writes_the_cache(void **state)
{
	(void)state;
	fake_reset(false);
	answer_segment(0, 0xffff, 0x40f3, 0x23);
	assert_int_equal(pkvm_host_get_cpl_no_cache(&fake_vcpu), 3);
	assert_int_equal(fake_vcpu.segment_cache.valid, 0);
	fake_vcpu.segment_cache.valid = 0xff;
	fake_vcpu.segment_cache.state[2].access_rights = 0x93;
	assert_int_equal(pkvm_host_get_cpl(&fake_vcpu), 0);
	assert_int_equal(pkvm_host_get_cpl_no_cache(&fake_vcpu), 3);
	assert_int_equal(fake_vcpu.segment_cache.state[2].access_rights, 0x93);
	assert_int_equal(fake.calls, 2);
}

/* Whoever preempts the read (here: the call itself) finds no bit yet. */
static void look_at_the_cache(const struct pkvm_regs *sent)
{
	if (sent->rax == GET_SEGMENT || sent->rax == 0x400) {
		assert_int_equal(fake_vcpu.segment_cache.valid, 0);
		assert_int_equal(fake_vcpu.segment_cache.base_valid, 0);
	}
}

static void test_no_bit_is_valid_while_the_register_is_read_or_written(void **state)
{
	struct pkvm_host_segment ss;

	(void)state;
	fake_reset(false);
	fake.watch = look_at_the_cache;
	answer_segment(0x5000, 0xffff, 0x40f3, 0x23);
	pkvm_host_get_segment(&fake_vcpu, &ss, 2);
	assert_int_equal(fake_vcpu.segment_cache.valid, 1 << 2);
	assert_int_equal(fake_vcpu.segment_cache.state[2].base, 0x5000);
	pkvm_host_set_segment(&fake_vcpu, &ss, 2);
}

static void test_running_invalidates_the_cache(void **state)
{
	struct pkvm_host_segment ss;
	struct pkvm_run_exit exit;

	(void)state;
	fake_reset(false);
	answer_segment(0, 0xffff, 0x93, 8);
	pkvm_host_get_segment(&fake_vcpu, &ss, 2);
	assert_int_equal(pkvm_host_vcpu_run(&fake_vcpu, &exit), 0);
	pkvm_host_get_segment(&fake_vcpu, &ss, 2);
	assert_int_equal(fake.calls, 3);
}

static void test_index_out_of_range_reaches_no_cache(void **state)
{
	struct pkvm_host_segment segment;

	(void)state;
	for (uint32_t index = 8; index < 40; index++) {
		fake_reset(false);
		answer_segment(0x5000, 0xffff, 0x93, 8);
		pkvm_host_get_segment(&fake_vcpu, &segment, index);
		(void)pkvm_host_get_segment_base(&fake_vcpu, index);
		pkvm_host_set_segment(&fake_vcpu, &segment, index);
		assert_int_equal(fake.calls, 3);
		assert_int_equal(fake_vcpu.segment_cache.valid, 0);
		assert_int_equal(fake_vcpu.segment_cache.base_valid, 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access_rights_are_the_bits_of_the_sdm),
		cmocka_unit_test(test_segment_is_unpacked_bit_by_bit),
		cmocka_unit_test(test_access_rights_of_present_segments_round_trip),
		cmocka_unit_test(test_segment_is_asked_for_once),
		cmocka_unit_test(test_base_alone_is_cached_as_a_base_alone),
		cmocka_unit_test(test_written_segment_is_asked_for_again),
		cmocka_unit_test(test_failed_read_marks_nothing_and_gives_zero),
		cmocka_unit_test(test_no_cache_reader_neither_reads_nor_writes_the_cache),
		cmocka_unit_test(test_no_bit_is_valid_while_the_register_is_read_or_written),
		cmocka_unit_test(test_running_invalidates_the_cache),
		cmocka_unit_test(test_index_out_of_range_reaches_no_cache),
	};

	return cmocka_run_group_tests_name("host segment", tests, NULL, NULL);
}
