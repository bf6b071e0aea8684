/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests load_mmu_pgd and the flush hints. */
#include "register_fixture.h"
#include "../../lib/hyp.h"

#define LOAD_MMU_PGD      0x0411u
#define FLUSH_TLB_ALL     0x0412u
#define FLUSH_TLB_CURRENT 0x0413u
#define FLUSH_TLB_GVA     0x0414u
#define FLUSH_TLB_GUEST   0x0415u

/* SDM "Field Encoding in VMCS". */
#define EPT_POINTER 0x201au
#define GUEST_CR3   0x6802u
static const uint32_t guest_pdpte[4] = {0x280a, 0x280c, 0x280e, 0x2810};

static struct world_result load(const struct loaded *l, uint64_t valid, uint64_t cr3,
				const uint64_t pdpte[4])
{
	return world_call(l->m, LOAD_MMU_PGD, 6, 0, valid, cr3, pdpte[0], pdpte[1], pdpte[2],
			  pdpte[3]);
}

static void assert_fields(uint64_t cr3, const uint64_t pdpte[4])
{
	assert_int_equal(field(GUEST_CR3), cr3);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(field(guest_pdpte[i]), pdpte[i]);
}

static void test_only_the_words_that_are_valid_are_loaded(void **state)
{
	static const uint64_t one[4] = {0x1001, 0x2001, 0x3001, 0x4001};
	static const uint64_t two[4] = {0x5001, 0x6001, 0x7001, 0x8001};
	static const uint64_t bad[4] = {7, 7, 7, 7};
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(load(&l, 3, 0x9000, one));
	assert_fields(0x9000, one);
	assert_done(load(&l, 2, ~(uint64_t)0, two));
	assert_fields(0x9000, two);
	assert_done(load(&l, 1, 0xa000, bad));
	assert_fields(0xa000, two);
	assert_done(load(&l, 0, ~(uint64_t)0, bad));
	assert_fields(0xa000, two);
	loaded_end(&l);
}

static void test_the_second_level_root_is_never_the_hosts_to_give(void **state)
{
	static const uint64_t pdpte[4] = {0x1001, 0x2001, 0x3001, 0x4001};
	const struct loaded l = loaded_up(NPVM);
	const uint64_t root = field(EPT_POINTER);

	(void)state;
	assert_done(load(&l, 3, 0x9000, pdpte));
	assert_int_equal(field(EPT_POINTER), root);
	loaded_end(&l);
}

static void test_unknown_valid_bits_are_refused(void **state)
{
	static const uint64_t pdpte[4];
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int bit = 2; bit < 64; bit++)
		assert_refused(load(&l, (uint64_t)1 << bit, 0, pdpte), -22, 1);
	loaded_end(&l);
}

static void test_cr3_beyond_the_physical_address_width_is_refused(void **state)
{
	static const uint64_t pdpte[4];
	const struct loaded l = loaded_up(PVM);

	(void)state;
	/* The processor has 46 bits. */
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t cr3 = (uint64_t)1 << bit;

		if (bit < 46) {
			assert_done(load(&l, 1, cr3, pdpte));
			assert_int_equal(field(GUEST_CR3), cr3);
		} else {
			assert_refused(load(&l, 1, cr3, pdpte), -22, 2);
		}
	}
	loaded_end(&l);
}

/* Present: [2:1], [8:5] and what is beyond 46 bits are reserved (SDM "PAE Paging"). */
static void test_reserved_bits_of_a_present_pdpte_are_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int bit = 1; bit < 64; bit++) {
			uint64_t pdpte[4] = {0, 0, 0, 0};

			pdpte[i] = (uint64_t)1 << bit;
			assert_done(load(&l, 2, 0, pdpte));
			pdpte[i] |= 1;
			if (pdpte[i] & 0xffffc000000001e6)
				assert_refused(load(&l, 2, 0, pdpte), -22, 3 + i);
			else
				assert_done(load(&l, 2, 0, pdpte));
		}
	}
	loaded_end(&l);
}

static void test_nothing_is_loaded_when_one_word_is_refused(void **state)
{
	static const uint64_t good[4] = {0x1001, 0x2001, 0x3001, 0x4001};
	static const uint64_t bad[4] = {0x5001, 0x6001, 0x7001, 0x8003};
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(load(&l, 3, 0x9000, good));
	assert_refused(load(&l, 3, 0xa000, bad), -22, 6);
	assert_refused(load(&l, 3, (uint64_t)1 << 46, good), -22, 2);
	assert_fields(0x9000, good);
	loaded_end(&l);
}

/* What a hint leaves due for the next entry, bit 0 INVEPT, bit 1 INVVPID. */
static uint32_t due_after(const struct loaded *l, uint64_t number)
{
	struct pkvm_vcpu *vcpu = machine_hyp(l->m)->cpu[0].current;

	vcpu->flush = 0;
	if (number == FLUSH_TLB_GVA)
		assert_done(call1(l, number, 0xffff800000000000));
	else
		assert_done(call0(l, number));
	return vcpu->flush;
}

static void test_each_flush_is_due_before_the_next_entry_and_done_by_it(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_int_equal(due_after(&l, FLUSH_TLB_CURRENT), 1);
	assert_int_equal(due_after(&l, FLUSH_TLB_GVA), 2);
	assert_int_equal(due_after(&l, FLUSH_TLB_GUEST), 2);
	assert_int_equal(due_after(&l, FLUSH_TLB_ALL), 3);
	run_once(&l);
	assert_int_equal(machine_hyp(l.m)->cpu[0].current->flush, 0);
	loaded_end(&l);
}

static void test_a_flush_of_an_address_that_is_not_canonical_is_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call1(&l, FLUSH_TLB_GVA, 0x00007fffffffffff));
	assert_refused(call1(&l, FLUSH_TLB_GVA, 0x0000800000000000), -22, 1);
	assert_refused(call1(&l, FLUSH_TLB_GVA, 0xffff7fffffffffff), -22, 1);
	loaded_end(&l);
}

static void test_a_pvms_page_table_pointers_are_the_hosts_until_its_first_run(void **state)
{
	static const uint64_t pdpte[4];
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(load(&l, 1, 0x1000, pdpte));
	run_once(&l);
	assert_refused(load(&l, 1, 0x1000, pdpte), -1, 0);
	for (uint64_t number = FLUSH_TLB_ALL; number <= FLUSH_TLB_GUEST; number++)
		assert_refused(call1(&l, number, 0), -1, 0);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_the_words_that_are_valid_are_loaded),
		cmocka_unit_test(test_the_second_level_root_is_never_the_hosts_to_give),
		cmocka_unit_test(test_unknown_valid_bits_are_refused),
		cmocka_unit_test(test_cr3_beyond_the_physical_address_width_is_refused),
		cmocka_unit_test(test_reserved_bits_of_a_present_pdpte_are_refused),
		cmocka_unit_test(test_nothing_is_loaded_when_one_word_is_refused),
		cmocka_unit_test(test_each_flush_is_due_before_the_next_entry_and_done_by_it),
		cmocka_unit_test(test_a_flush_of_an_address_that_is_not_canonical_is_refused),
		cmocka_unit_test(
			test_a_pvms_page_table_pointers_are_the_hosts_until_its_first_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
