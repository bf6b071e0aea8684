/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Every register number of the local APIC, read and written with every single
 * bit, in each of its modes: what the SDM has is there, and nothing else is.
 */
#include "lapic_fixture.h"

enum { DISABLED, XAPIC, X2APIC };

static const uint32_t base_of[] = {0xfee00000, 0xfee00800, X2APIC_BASE};

/*
 * SDM "Local APIC Register Address Map" and "x2APIC Register Availability", with
 * the LVTs that a maximum LVT entry of 5 says are there (none for CMCI), and the
 * figures of each register for its bits. Access is as the tables have it, - for
 * reserved. The Remote Read and Arbitration Priority Registers are of processors
 * before the Pentium 4; the id cannot be written, which is a model's choice.
 */
static const struct row {
	uint32_t first, last;           /* offsets                              */
	char xapic, x2apic;             /* - r(ead) w(rite) b(oth)              */
	uint32_t bits;                  /* that a write sets                    */
	uint32_t read_only;             /* whose write has no effect            */
	uint32_t ones;                  /* always read as 1 after a write       */
} rows[] = {
	{0x000, 0x010, '-', '-', 0,          0,      0},
	{0x020, 0x030, 'r', 'r', 0,          0,      0},                /* id, version  */
	{0x040, 0x070, '-', '-', 0,          0,      0},
	{0x080, 0x080, 'b', 'b', 0x000000ff, 0,      0},                /* TPR          */
	{0x090, 0x090, '-', '-', 0,          0,      0},
	{0x0a0, 0x0a0, 'r', 'r', 0,          0,      0},                /* PPR          */
	{0x0b0, 0x0b0, 'w', 'w', 0,          0,      0},                /* EOI          */
	{0x0c0, 0x0c0, '-', '-', 0,          0,      0},
	{0x0d0, 0x0d0, 'b', 'r', 0xff000000, 0,      0},                /* LDR          */
	{0x0e0, 0x0e0, 'b', '-', 0xf0000000, 0,      0x0fffffff},       /* DFR          */
	{0x0f0, 0x0f0, 'b', 'b', 0x000011ff, 0,      0},                /* SPIV         */
	{0x100, 0x270, 'r', 'r', 0,          0,      0},                /* ISR TMR IRR  */
	{0x280, 0x280, 'b', 'b', 0,          0,      0},                /* ESR          */
	{0x290, 0x2f0, '-', '-', 0,          0,      0},
	{0x300, 0x300, 'b', 'b', 0x000ccfff, 0,      0},                /* ICR          */
	{0x310, 0x310, 'b', '-', 0xff000000, 0,      0},                /* ICR high     */
	{0x320, 0x320, 'b', 'b', 0x000700ff, 0x1000, 0},                /* LVT timer    */
	{0x330, 0x340, 'b', 'b', 0x000107ff, 0x1000, 0},                /* thermal, counters */
	{0x350, 0x360, 'b', 'b', 0x0001a7ff, 0x5000, 0},                /* LINT0, LINT1 */
	{0x370, 0x370, 'b', 'b', 0x000100ff, 0x1000, 0},                /* LVT error    */
	{0x380, 0x380, 'b', 'b', 0xffffffff, 0,      0},                /* initial count */
	{0x390, 0x390, 'r', 'r', 0,          0,      0},                /* current count */
	{0x3a0, 0x3d0, '-', '-', 0,          0,      0},
	{0x3e0, 0x3e0, 'b', 'b', 0x0000000b, 0,      0},                /* divide       */
	{0x3f0, 0x3f0, '-', 'w', 0x000000ff, 0,      0},                /* self-IPI     */
	{0x400, 0xff0, '-', '-', 0,          0,      0},
};

static const struct row *row_of(uint32_t offset)
{
	const struct row *row = rows;

	while (offset > row->last)
		row++;
	assert_in_range(offset, row->first, row->last);
	return row;
}

static bool may(char access, char wanted)
{
	return access == 'b' || access == wanted;
}

/* A fresh APIC, in that mode, that offers SPIV [12]. */
static struct pkvm_host_lapic *apic_up(int mode)
{
	chips_up(2, 0, 0x20, 1);
	chips.apic[0].base = base_of[mode];
	return &chips.apic[0];
}

/* What the register reads as after a write that was let in. */
static uint32_t after(const struct row *row, uint32_t value)
{
	return (value & row->bits) | row->ones;
}

static void check_wrmsr(int mode, uint32_t index, uint64_t value)
{
	const bool exists = mode == X2APIC && index >= 0x800 && index <= 0x8ff;
	const struct row *row = exists ? row_of((index - 0x800) * 16) : &rows[0];
	uint64_t settable = row->bits | row->read_only;
	struct pkvm_host_lapic *apic = apic_up(mode);
	const struct pkvm_host_lapic before = *apic;
	uint64_t read;
	int status;

	/* ICR alone has 64 bits. */
	if (index == 0x830)
		settable |= 0xffffffff00000000;
	status = pkvm_host_lapic_wrmsr(apic, index, value);
	if (!may(row->x2apic, 'w') || value & ~settable) {
		if (status != -22)
			fail_msg("mode %d, WRMSR 0x%x, 0x%llx", mode, (unsigned int)index,
				 (unsigned long long)value);
		assert_memory_equal(apic, &before, sizeof(before));
		return;
	}
	if (status)
		fail_msg("WRMSR 0x%x, 0x%llx", (unsigned int)index, (unsigned long long)value);
	if (row->x2apic != 'b')
		return;
	assert_int_equal(pkvm_host_lapic_rdmsr(apic, index, &read), 0);
	assert_int_equal(read, index == 0x830 ? value : after(row, (uint32_t)value));
}

static void test_msrs_and_their_bits_are_those_of_x2apic_mode_and_others_fault(void **state)
{
	(void)state;
	for (int mode = DISABLED; mode <= X2APIC; mode++) {
		for (uint32_t index = 0x7f0; index < 0x910; index++) {
			check_wrmsr(mode, index, 0);
			for (unsigned int bit = 0; bit < 64; bit++)
				check_wrmsr(mode, index, 1ull << bit);
		}
	}
}

static void test_msrs_that_can_be_read_are_those_of_x2apic_mode(void **state)
{
	(void)state;
	for (int mode = DISABLED; mode <= X2APIC; mode++) {
		for (uint32_t index = 0; index < 0x1000; index++) {
			const bool exists = mode == X2APIC && index >= 0x800 && index <= 0x8ff;
			const struct row *row =
				exists ? row_of((index - 0x800) * 16) : &rows[0];
			uint64_t value = 0xabcd;

			assert_int_equal(pkvm_host_lapic_rdmsr(apic_up(mode), index, &value),
					 may(row->x2apic, 'r') ? 0 : -22);
			assert_true(may(row->x2apic, 'r') || value == 0);
		}
	}
	for (unsigned int bit = 12; bit < 32; bit++) {
		uint64_t value;

		assert_int_equal(pkvm_host_lapic_rdmsr(apic_up(X2APIC), 0x808 | 1u << bit,
						       &value), -22);
		assert_int_equal(pkvm_host_lapic_wrmsr(apic_up(X2APIC), 0x808 | 1u << bit, 0),
				 -22);
	}
}

/* In xAPIC mode reserved bits, and whole registers, are ignored. */
static void check_mmio(uint32_t offset, uint32_t value)
{
	const struct row *row = row_of(offset);
	struct pkvm_host_lapic *apic = apic_up(XAPIC);
	const struct pkvm_host_lapic before = *apic;

	assert_int_equal(pkvm_host_lapic_mmio_write(apic, offset, 4, value), 0);
	if (!may(row->xapic, 'w'))
		assert_memory_equal(apic, &before, sizeof(before));
	if (row->xapic == 'b' && mmio(apic, offset) != after(row, value))
		fail_msg("offset 0x%x, value 0x%x", (unsigned int)offset, (unsigned int)value);
	if (!may(row->xapic, 'r'))
		assert_int_equal(mmio(apic, offset), 0);
}

static void test_registers_of_the_page_take_their_bits_and_ignore_others(void **state)
{
	(void)state;
	for (uint32_t offset = 0; offset < 0x1000; offset += 16) {
		check_mmio(offset, 0);
		for (unsigned int bit = 0; bit < 32; bit++)
			check_mmio(offset, 1u << bit);
		check_mmio(offset, 0xffffffff);
	}
}

static void refuse_mmio(int mode, uint64_t offset, uint32_t size)
{
	struct pkvm_host_lapic *apic = apic_up(mode);
	const struct pkvm_host_lapic before = *apic;
	uint64_t value = 0xabcd;

	assert_int_equal(pkvm_host_lapic_mmio_read(apic, offset, size, &value), -22);
	assert_int_equal(value, 0);
	assert_int_equal(pkvm_host_lapic_mmio_write(apic, offset, size, 0x51), -22);
	assert_memory_equal(apic, &before, sizeof(before));
}

static void test_page_takes_aligned_32_bits_in_xapic_mode_only(void **state)
{
	(void)state;
	for (uint32_t offset = 0; offset < 0x1000; offset++) {
		for (uint32_t size = 0; size <= 8; size++) {
			if (size != 4 || offset % 16)
				refuse_mmio(XAPIC, offset, size);
		}
		refuse_mmio(DISABLED, offset, 4);
		refuse_mmio(X2APIC, offset, 4);
	}
	for (unsigned int bit = 12; bit < 64; bit++)
		refuse_mmio(XAPIC, 0x80 | 1ull << bit, 4);
	for (unsigned int bit = 4; bit < 32; bit++)
		refuse_mmio(XAPIC, 0x80, 1u << bit | 4);
}

/* The protocol's rule, and not the SDM's: the guest is not made to fault. */
static void test_spiv_12_that_is_not_offered_is_dropped_in_both_modes(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];
	uint64_t value;

	(void)state;
	chips_up(1, 0, 0x11, 1);
	mmio_write(apic, 0xf0, 0x11ff);
	assert_int_equal(mmio(apic, 0xf0), 0x1ff);
	apic->base = X2APIC_BASE;
	assert_int_equal(pkvm_host_lapic_wrmsr(apic, 0x80f, 0x11ff), 0);
	assert_int_equal(pkvm_host_lapic_rdmsr(apic, 0x80f, &value), 0);
	assert_int_equal(value, 0x1ff);
}

static void test_x2apic_ids_are_32_bits_and_give_the_logical_one(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[1];
	uint64_t value;

	(void)state;
	chips_up(1, 0, 0x11, 2);
	apic->base = X2APIC_BASE;
	assert_int_equal(pkvm_host_lapic_rdmsr(apic, 0x80d, &value), 0);
	assert_int_equal(value, 2);
	apic->id = 0x123;
	assert_int_equal(pkvm_host_lapic_rdmsr(apic, 0x80d, &value), 0);
	assert_int_equal(value, 0x120008);
	assert_int_equal(pkvm_host_lapic_rdmsr(apic, 0x802, &value), 0);
	assert_int_equal(value, 0x123);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_msrs_and_their_bits_are_those_of_x2apic_mode_and_others_fault),
		cmocka_unit_test(test_msrs_that_can_be_read_are_those_of_x2apic_mode),
		cmocka_unit_test(test_registers_of_the_page_take_their_bits_and_ignore_others),
		cmocka_unit_test(test_page_takes_aligned_32_bits_in_xapic_mode_only),
		cmocka_unit_test(test_spiv_12_that_is_not_offered_is_dropped_in_both_modes),
		cmocka_unit_test(test_x2apic_ids_are_32_bits_and_give_the_logical_one),
	};

	return cmocka_run_group_tests_name("host lapic reg", tests, NULL, NULL);
}
