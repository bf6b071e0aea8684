/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Bad input to the host's interrupt controllers: modes, flags, ids, vectors, state. */
#include "lapic_fixture.h"

#define RESTORES 20000

static void test_modes_and_flags_that_cannot_be_are_refused(void **state)
{
	struct pkvm_host_irqchip chip;

	(void)state;
	memset(&chip, 0x5a, sizeof(chip));
	for (uint32_t mode = 0; mode < 0x100; mode++) {
		for (uint32_t flags = 0; flags < 0x100; flags++) {
			const struct pkvm_host_irqchip before = chip;
			const bool good = mode <= 2 && flags <= 0xf && (flags & 0xc) != 0xc &&
					  (mode == 2 || !(flags & 4));

			assert_int_equal(pkvm_host_irqchip_init(&chip, mode, flags),
					 good ? 0 : -22);
			if (!good)
				assert_memory_equal(&chip, &before, sizeof(before));
		}
	}
	for (unsigned int bit = 8; bit < 32; bit++) {
		assert_int_equal(pkvm_host_irqchip_init(&chip, 1u << bit | 2, 0), -22);
		assert_int_equal(pkvm_host_irqchip_init(&chip, 2, 1u << bit), -22);
	}
}

static void test_local_apics_beyond_sixteen_and_with_an_id_taken_are_refused(void **state)
{
	struct pkvm_host_lapic apic[17];

	(void)state;
	chips_up(2, 0, 0x20, 0);
	for (uint32_t id = 0; id < 16; id++) {
		for (uint32_t taken = 0; taken < id; taken++)
			assert_int_equal(pkvm_host_irqchip_add_lapic(&chips.chip, &apic[id],
								     NULL, taken), -22);
		assert_int_equal(pkvm_host_irqchip_add_lapic(&chips.chip, &apic[id], NULL, id),
				 0);
	}
	assert_int_equal(pkvm_host_irqchip_add_lapic(&chips.chip, &apic[16], NULL, 16), -22);
	assert_int_equal(chips.chip.nr_lapics, 16);
}

/* SDM "Valid Interrupt Vectors": 16 to 255. */
static void test_vectors_below_16_and_above_255_are_not_requested(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	(void)state;
	chips_up(2, 0, 0x20, 1);
	for (uint32_t vector = 0; vector < 0x400; vector++) {
		const bool good = vector >= 16 && vector <= 255;

		assert_true(pkvm_host_lapic_accept(apic, vector, true) == good);
		assert_int_equal(pkvm_host_lapic_ack(apic), good ? (int)vector : -1);
		pkvm_host_lapic_eoi(apic);
	}
	for (unsigned int bit = 8; bit < 32; bit++)
		assert_false(pkvm_host_lapic_accept(apic, 1u << bit | 0x51, true));
	assert_int_equal(pkvm_host_lapic_highest(apic, 0x200), -1);
}

/* No message with these delivery modes reaches anybody: SMI, INIT, start-up, ExtINT. */
static void test_delivery_modes_that_are_not_emulated_reach_nobody(void **state)
{
	(void)state;
	chips_up(2, 0, 0x20, 1);
	for (uint32_t mode = 0; mode < 0x20; mode++) {
		const struct pkvm_host_msi msi = {.mode = mode, .vector = 0x51};

		assert_int_equal(pkvm_host_irqchip_deliver(&chips.chip, &msi), mode <= 1);
	}
}

static uint32_t noise(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*seed >> 32);
}

/* Words that no save has written: one APIC takes them and does not lead out of itself. */
static void test_a_restore_of_noise_leaves_a_working_apic(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];
	uint64_t seed = 20260128;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (unsigned int i = 0; i < RESTORES; i++) {
		const uint32_t offset = noise(&seed) % 0x40 * 16;
		struct pkvm_host_lapic_state noisy;
		struct pkvm_host_lapic other;

		chips_up(i % 2 ? 2 : 1, 0, 0x20, 2);
		other = chips.apic[1];
		for (unsigned int word = 0; word < 256; word++)
			noisy.reg[word] = noise(&seed);
		assert_int_equal(pkvm_host_lapic_set_state(apic, &noisy), 0);
		assert_int_equal(mmio(apic, 0x20), 0);
		assert_int_equal(mmio(apic, 0x30), i % 2 ? 0x01050014 : 0x00050014);
		assert_int_equal(mmio(apic, 0x80), noisy.reg[0x80 / 4] & 0xff);
		mmio_write(apic, 0x80, 0);
		while (pkvm_host_lapic_ack(apic) >= 0 ||
		       pkvm_host_lapic_highest(apic, 0x100) >= 0)
			pkvm_host_lapic_eoi(apic);
		assert_int_equal(mmio(apic, 0xa0), 0);
		if (offset != 0x300)
			mmio_write(apic, offset, noise(&seed));
		assert_memory_equal(&chips.apic[1], &other, sizeof(other));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes_and_flags_that_cannot_be_are_refused),
		cmocka_unit_test(
			test_local_apics_beyond_sixteen_and_with_an_id_taken_are_refused),
		cmocka_unit_test(test_vectors_below_16_and_above_255_are_not_requested),
		cmocka_unit_test(test_delivery_modes_that_are_not_emulated_reach_nobody),
		cmocka_unit_test(test_a_restore_of_noise_leaves_a_working_apic),
	};

	return cmocka_run_group_tests_name("host irqchip bad", tests, NULL, NULL);
}
