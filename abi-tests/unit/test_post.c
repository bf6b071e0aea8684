/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of posted items: each is judged and applied as its call, in the order of
 * the slots, and one that is refused stops nothing else.
 */
#include "post_fixture.h"
#include "rows.h"

/* Values on both sides of every rule: what a call says to them, its item says too. */
static const uint64_t values[] = {0, 1, 2, 3, 4, 15, 16, 31, 32, 0x51, 0xff, 0x100,
				  0xffffffff, 0x100000000, 1ull << 48, 1ull << 63,
				  ~(uint64_t)0};

/* What became of one call with these words, by itself or posted. */
static struct world_result by_call(const struct row *row, const uint64_t *in)
{
	struct world_result result = {0};
	const struct pkvm_status status =
		pkvm_hc_raw(row->number, in, row->n_in, result.out, row->n_out);

	result.error = status.error;
	result.refused = status.refused;
	return result;
}

static struct world_result by_post(struct guest *g, uint32_t slot, const uint64_t *in)
{
	struct world_result result = {0};

	post(g, slot, in[0], in[1], in[2], in[3]);
	assert_int_equal(run_posted(g), 0);
	result.error = (int64_t)item(g, slot)->status;
	*(result.error ? &result.refused : &result.out[0]) = item(g, slot)->out;
	assert_int_equal(item(g, slot)->valid, 0);
	return result;
}

static const struct row *row_of(uint32_t slot)
{
	static const uint64_t numbers[] = {
#define PKVM_POSTED(SLOT, NAME) PKVM_HC_##NAME,
#include <pkvm/posted.inc>
	};

	for (size_t i = 0; i < NR_ROWS; i++) {
		if (rows[i].number == numbers[slot])
			return &rows[i];
	}
	return NULL;
}

/* Of two equal vCPUs one gets the call and the other the item. */
static void assert_same(struct guest *called, struct guest *posted, uint32_t slot,
			unsigned int word, uint64_t value)
{
	const struct row *row = row_of(slot);
	struct world_result first, second;
	uint64_t in[4] = {0};

	in[word] = value;
	world_load(&called->vcpu);
	first = by_call(row, in);
	second = by_post(posted, slot, in);
	if (first.error != second.error || first.refused != second.refused ||
	    (row->n_out && first.out[0] != second.out[0]))
		fail_msg("%s, word %u = 0x%llx: called %lld (%llu), posted %lld (%llu)",
			 row->name, word + 1, (unsigned long long)value,
			 (long long)first.error, (unsigned long long)first.refused,
			 (long long)second.error, (unsigned long long)second.refused);
}

static void test_every_item_says_what_its_call_says(void **state)
{
	struct guest called, posted;

	(void)state;
	for (uint64_t type = PKVM_VM_NPVM; type <= PKVM_VM_PVM; type++) {
		waiting_guests(&called, &posted, type);
		for (uint32_t slot = 0; slot < PKVM_NR_POSTS; slot++) {
			for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
				for (unsigned int w = 0; w < row_of(slot)->n_in; w++)
					assert_same(&called, &posted, slot, w, values[i]);
			}
		}
		waiting_end(&called, &posted);
	}
}

static void test_every_reserved_bit_of_every_item_is_refused_with_its_word(void **state)
{
	struct guest called, g;
	unsigned int refused = 0;

	(void)state;
	waiting_guests(&called, &g, PKVM_VM_NPVM);
	for (uint32_t slot = 0; slot < PKVM_NR_POSTS; slot++) {
		for (unsigned int w = 0; w < 4; w++) {
			const struct row *row = row_of(slot);
			const struct word *word = &row->word[w];

			for (unsigned int bit = 0; bit < 64; bit++) {
				uint64_t in[4] = {0};
				struct world_result result;

				in[w] = (uint64_t)1 << bit;
				if (w < row->n_in && (word->rule == BITS ?
						      !(in[w] & ~word->limit) :
						      in[w] <= word->limit))
					continue;
				result = by_post(&g, slot, in);
				assert_int_equal(result.error, -22);
				assert_int_equal(result.refused, w + 1);
				refused++;
			}
		}
	}
	print_message("%u refusals\n", refused);
	assert_in_range(refused, 1500, 3000);
	waiting_end(&called, &g);
}

static void test_an_unknown_slot_is_no_call(void **state)
{
	struct guest called, g;

	(void)state;
	waiting_guests(&called, &g, PKVM_VM_NPVM);
	for (uint32_t slot = 11; slot < 16; slot++) {
		const struct world_result result = by_post(&g, slot, (uint64_t[4]){1, 2, 3, 4});

		assert_int_equal(result.error, -38);
		assert_int_equal(result.refused, 0);
	}
	waiting_end(&called, &g);
}

static void test_an_item_with_an_unknown_valid_or_a_reserved_word_is_refused(void **state)
{
	const uint64_t slots[] = {PKVM_POST_write_tsc_offset, PKVM_POST_inject_nmi};
	struct guest called, g;

	(void)state;
	waiting_guests(&called, &g, PKVM_VM_NPVM);
	for (size_t i = 0; i < 2; i++) {
		struct pkvm_page_item *it = item(&g, (uint32_t)slots[i]);

		for (uint64_t bit = 0; bit < 64; bit++) {
			post(&g, (uint32_t)slots[i], 0, 0, 0, 0);
			it->valid = bit ? 1ull << bit : 3;
			assert_int_equal(run_posted(&g), 0);
			assert_int_equal(it->status, (uint64_t)-22);
			assert_int_equal(it->out, 0);
			assert_int_equal(it->valid, 0);
			post(&g, (uint32_t)slots[i], 0, 0, 0, 0);
			it->reserved = 1ull << bit;
			assert_int_equal(run_posted(&g), 0);
			assert_int_equal(it->status, (uint64_t)-22);
			it->reserved = 0;
		}
	}
	assert_int_equal(guest_vcpu(&g)->interrupt.kind, 0);
	waiting_end(&called, &g);
}

static void test_a_refused_item_stops_nothing_else(void **state)
{
	struct guest g;

	(void)state;
	guest_at_out(&g, PKVM_VM_PVM);
	post(&g, PKVM_POST_set_interrupt_shadow, 0, 0, 0, 0);   /* npVM only     */
	post(&g, PKVM_POST_complete_emulated_msr, 0, 0, 0, 0);  /* none is due   */
	post(&g, PKVM_POST_write_tsc_offset, 0x1234, 0, 0, 0);
	post(&g, PKVM_POST_write_tsc_multiplier, 0, 0, 0, 0);
	post(&g, PKVM_POST_hwapic_isr_update, 0x1f, 0, 0, 0);   /* an exception  */
	post(&g, PKVM_POST_load_eoi_exitmap, 1, 2, 3, 4);
	post(&g, PKVM_POST_inject_irq_if_allowed, 0x61, 0, 0, 0);
	post(&g, PKVM_POST_update_cr8_intercept, 16, 0, 0, 0);
	post(&g, 13, 1, 1, 1, 1);
	assert_int_equal(run_posted(&g), 0);
	assert_item(&g, PKVM_POST_set_interrupt_shadow, -1, 0);
	assert_item(&g, PKVM_POST_complete_emulated_msr, -22, 0);
	assert_item(&g, PKVM_POST_write_tsc_offset, 0, 0);
	assert_item(&g, PKVM_POST_write_tsc_multiplier, -22, 1);
	assert_item(&g, PKVM_POST_hwapic_isr_update, -1, 1);
	assert_item(&g, PKVM_POST_load_eoi_exitmap, 0, 0);
	assert_item(&g, PKVM_POST_inject_irq_if_allowed, 0, 1);
	assert_item(&g, PKVM_POST_update_cr8_intercept, -22, 1);
	assert_item(&g, 13, -38, 0);
	assert_int_equal(guest_vcpu(&g)->tsc_offset, 0x1234);
	assert_int_equal(guest_vcpu(&g)->eoi_exitmap[3], 4);
	/* The handler of 0x61 says so at port 0x20. */
	assert_int_equal(g.exit.kind, PKVM_EXIT_OUT);
	assert_int_equal(g.exit.word0, 0x20);
	assert_int_equal(g.exit.word2, 0x61);
	guest_end(&g);
}

static void test_an_answer_is_applied_before_the_interrupt_that_waits_for_it(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "sti");
	OP(&g, "nop");
	OP(&g, "read_msr", 0x802);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_RDMSR);
	post(&g, PKVM_POST_inject_irq_if_allowed, 0x61, 0, 0, 0);
	assert_int_equal(run_posted(&g), -16);
	assert_int_equal(item(&g, PKVM_POST_inject_irq_if_allowed)->valid, 1);
	post(&g, PKVM_POST_complete_emulated_msr, 0, 1ull << 32, 0, 0);
	assert_int_equal(run_posted(&g), -16);
	assert_int_equal(item(&g, PKVM_POST_complete_emulated_msr)->valid, 1);
	post(&g, PKVM_POST_complete_emulated_msr, 0, 7, 8, 0);
	assert_int_equal(run_posted(&g), 0);
	assert_item(&g, PKVM_POST_complete_emulated_msr, 0, 0);
	assert_item(&g, PKVM_POST_inject_irq_if_allowed, 0, 1);
	assert_int_equal(g.exit.word2, 0x61);
	guest_end(&g);
}

static void test_items_wait_for_a_run_that_asks_for_them(void **state)
{
	struct guest g;

	(void)state;
	guest_at_out(&g, PKVM_VM_PVM);
	post(&g, PKVM_POST_write_tsc_offset, 7, 0, 0, 0);
	assert_int_equal(guest_run_status(&g), 0);
	assert_int_equal(guest_vcpu(&g)->tsc_offset, 0);
	assert_int_equal(item(&g, PKVM_POST_write_tsc_offset)->valid, 1);
	assert_int_equal(run_posted(&g), 0);
	assert_int_equal(guest_vcpu(&g)->tsc_offset, 7);
	/* It was consumed: the next run has nothing to apply. */
	guest_vcpu(&g)->tsc_offset = 0;
	assert_int_equal(run_posted(&g), 0);
	assert_int_equal(guest_vcpu(&g)->tsc_offset, 0);
	guest_end(&g);
}

static void test_items_are_published_once_by_the_run_that_applies_them(void **state)
{
	const struct pkvm_page_summary *summary;
	struct guest g;
	uint64_t before;

	(void)state;
	guest_at_out(&g, PKVM_VM_NPVM);
	summary = &world_page(&g.vcpu)->summary;
	before = summary->sequence;
	post(&g, PKVM_POST_set_interrupt_shadow, 0, 0, 0, 0);
	post(&g, PKVM_POST_inject_irq_if_allowed, 0x61, 0, 0, 0);
	/* A sequence of the host's own making is no input. */
	world_page(&g.vcpu)->summary.sequence = ~(uint64_t)0;
	assert_int_equal(run_posted(&g), 0);
	assert_int_equal(summary->sequence, before + 2);
	assert_int_equal(g.exit.sequence, before + 2);
	guest_end(&g);
}

static void test_an_item_needs_the_feature_of_its_call(void **state)
{
	struct guest g;

	(void)state;
	guest_at_out(&g, PKVM_VM_PVM);
	machine_hyp(g.m)->host.features &= ~(uint64_t)(PKVM_FEAT_apic | PKVM_FEAT_fused_injection);
	post(&g, PKVM_POST_write_tsc_offset, 7, 0, 0, 0);
	post(&g, PKVM_POST_update_cr8_intercept, 0, 0, 0, 0);
	post(&g, PKVM_POST_inject_irq_if_allowed, 0x61, 0, 0, 0);
	assert_int_equal(run_posted(&g), 0);
	assert_item(&g, PKVM_POST_write_tsc_offset, 0, 0);
	assert_item(&g, PKVM_POST_update_cr8_intercept, -38, 0);
	assert_item(&g, PKVM_POST_inject_irq_if_allowed, -38, 0);
	guest_end(&g);
}

static void test_a_vcpu_that_waits_for_its_start_takes_items(void **state)
{
	struct guest called, g;

	(void)state;
	waiting_guests(&called, &g, PKVM_VM_PVM);
	world_put(&g.vcpu);
	post(&g, PKVM_POST_write_tsc_offset, 9, 0, 0, 0);
	assert_int_equal(run_posted(&g), 0);
	assert_int_equal(g.exit.kind, PKVM_EXIT_WAIT_FOR_SIPI);
	assert_item(&g, PKVM_POST_write_tsc_offset, 0, 0);
	assert_int_equal(guest_vcpu(&g)->tsc_offset, 9);
	waiting_end(&called, &g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_item_says_what_its_call_says),
		cmocka_unit_test(test_every_reserved_bit_of_every_item_is_refused_with_its_word),
		cmocka_unit_test(test_an_unknown_slot_is_no_call),
		cmocka_unit_test(
			test_an_item_with_an_unknown_valid_or_a_reserved_word_is_refused),
		cmocka_unit_test(test_a_refused_item_stops_nothing_else),
		cmocka_unit_test(
			test_an_answer_is_applied_before_the_interrupt_that_waits_for_it),
		cmocka_unit_test(test_items_wait_for_a_run_that_asks_for_them),
		cmocka_unit_test(test_items_are_published_once_by_the_run_that_applies_them),
		cmocka_unit_test(test_an_item_needs_the_feature_of_its_call),
		cmocka_unit_test(test_a_vcpu_that_waits_for_its_start_takes_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
