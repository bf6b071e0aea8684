/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Races of a host that rewrites its posted items while vcpu_run applies them: each
 * field is judged and used as it was read, once.
 */
#include "race.h"
#include "post_fixture.h"

#define ROUNDS     20000u
#define MAX_ROUNDS (100 * ROUNDS) /* until CPU 1 has had its turn */

/* Good ones and those that a pVM's host may not send, in turn. */
static const uint64_t vectors[] = {0x51, 0x1f, 0xff, 2};
static const uint64_t offsets[] = {0x1111111111111111, 0x2222222222222222};
static const uint64_t services[] = {0x40, 0x1e, 0x100, ~0ull};

static void store(struct pkvm_page_item *to, unsigned int word, uint64_t value)
{
	__atomic_store_n(&to->in[word], value, __ATOMIC_RELAXED);
}

static void rewrite(struct race *race)
{
	struct pkvm_page_item *items = race->argument;

	for (uint64_t i = 0; !race_stopped(race); i++) {
		store(&items[PKVM_POST_inject_irq_if_allowed], 0, vectors[i % 4]);
		store(&items[PKVM_POST_write_tsc_offset], 0, offsets[i % 2]);
		store(&items[PKVM_POST_hwapic_isr_update], 0, services[i / 2 % 4]);
		for (unsigned int word = 0; word < 4; word++)
			store(&items[PKVM_POST_load_eoi_exitmap], word, offsets[i % 2]);
		__atomic_store_n(&items[PKVM_POST_write_tsc_offset].reserved, i % 3 == 0,
				 __ATOMIC_RELAXED);
		__atomic_store_n(&items[PKVM_POST_inject_irq_if_allowed].valid, 1,
				 __ATOMIC_RELAXED);
	}
}

static uint64_t read_word(const uint64_t *from)
{
	return __atomic_load_n(from, __ATOMIC_RELAXED);
}

static void mark(struct pkvm_page_item *items, uint32_t slot)
{
	__atomic_store_n(&items[slot].status, 0x5a5a, __ATOMIC_RELAXED);
	__atomic_store_n(&items[slot].valid, 1, __ATOMIC_RELAXED);
}

static bool is_offset(uint64_t value)
{
	return value == offsets[0] || value == offsets[1];
}

/* What was applied is one of the good values, whatever stood in the page since. */
static void check(const struct pkvm_vcpu *vcpu, const struct pkvm_page_item *items)
{
	const uint64_t irq = read_word(&items[PKVM_POST_inject_irq_if_allowed].status);
	const uint64_t offset = read_word(&items[PKVM_POST_write_tsc_offset].status);
	const uint64_t service = read_word(&items[PKVM_POST_hwapic_isr_update].status);

	assert_true(irq == 0 || irq == (uint64_t)-1);
	assert_true(offset == 0 || offset == (uint64_t)-22);
	/* No APICv; before that -EINVAL of 0x100, -EPERM of 0x1e. */
	assert_true(service == (uint64_t)-95 || service == (uint64_t)-22 ||
		    service == (uint64_t)-1);
	if (!irq)
		assert_true(vcpu->interrupt.vector == 0x51 || vcpu->interrupt.vector == 0xff);
	else
		assert_int_equal(vcpu->interrupt.kind, 0);
	if (!offset)
		assert_true(is_offset(vcpu->tsc_offset));
	for (unsigned int i = 0; i < 4; i++)
		assert_true(is_offset(vcpu->eoi_exitmap[i]));
	for (unsigned int slot = 0; slot < PKVM_NR_POSTS; slot++)
		assert_true(slot == PKVM_POST_inject_irq_if_allowed ||
			    !read_word(&items[slot].valid));
}

static void test_items_that_change_during_the_run_are_applied_as_they_were_read(void **state)
{
	struct race *race = *state;
	struct guest g = {.m = race->m, .vm = world_vm(PKVM_VM_PVM)};
	struct pkvm_page_item *items;
	struct pkvm_vcpu *vcpu;
	unsigned int applied = 0, rounds = 0;

	g.vcpu = world_vcpu(&g.vm, 1);
	world_finalize(&g.vm);
	world_load(&g.vcpu);
	vcpu = guest_vcpu(&g);
	assert_int_equal(pkvm_vmcs_write(PKVM_VMCS_GUEST_RFLAGS, 0x202), 0);
	items = world_page(&g.vcpu)->item;
	store(&items[PKVM_POST_write_tsc_offset], 0, offsets[0]);
	for (unsigned int word = 0; word < 4; word++)
		store(&items[PKVM_POST_load_eoi_exitmap], word, offsets[0]);
	race_begin(race, rewrite, items);
	while (rounds < ROUNDS || (rounds < MAX_ROUNDS && (!applied || applied == rounds))) {
		struct pkvm_cancelled gone;

		mark(items, PKVM_POST_write_tsc_offset);
		mark(items, PKVM_POST_hwapic_isr_update);
		mark(items, PKVM_POST_load_eoi_exitmap);
		mark(items, PKVM_POST_inject_irq_if_allowed);
		assert_int_equal(run_posted(&g), 0);
		assert_int_equal(g.exit.kind, PKVM_EXIT_WAIT_FOR_SIPI);
		applied += vcpu->interrupt.kind != 0;
		check(vcpu, items);
		assert_int_equal(pkvm_hc_cancel_injection(&gone).error, 0);
		rounds++;
	}
	race_end(race);
	assert_in_range(applied, 1, rounds - 1);
	world_put(&g.vcpu);
	world_free_vcpu(&g.vcpu);
	world_destroy(&g.vm);
}

#define RACING(TEST) cmocka_unit_test_setup_teardown(TEST, race_setup, race_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RACING(test_items_that_change_during_the_run_are_applied_as_they_were_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
