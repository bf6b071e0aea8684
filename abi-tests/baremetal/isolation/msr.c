/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Every MSR that the host can read; those that a guest has too hold the host's values. */
#include "look.h"

#define RANGE 0x2000u
static const uint32_t first[] = {0, 0xc0000000};
#define RANGES (sizeof(first) / sizeof(first[0]))

static uint64_t readable[RANGES][RANGE / 64];

/* Values that differ from each other and from what the guest has there. */
static const struct {
	uint32_t index;
	uint64_t value;
} own[] = {
	{0x174, 0x1230},
	{0x175, 0x1111000},
	{0x176, 0x2222000},
	{0xc0000081, 0x0010000800000000},
	{0xc0000082, 0x3333000},
	{0xc0000083, 0x4444000},
	{0xc0000084, 0x700},
	{0xc0000100, 0x5555000},
	{0xc0000102, 0x6666000},
};
#define NR_OWN (sizeof(own) / sizeof(own[0]))

void msrs_prepare(void)
{
	for (unsigned int i = 0; i < NR_OWN; i++)
		EXPECT(host_wrmsr(own[i].index, own[i].value));
}

static void look_at_range(unsigned int range, bool all)
{
	uint64_t value;

	for (uint32_t i = 0; i < RANGE; i++) {
		uint64_t *word = &readable[range][i / 64];

		if (!all && !(*word >> i % 64 & 1))
			continue;
		if (host_rdmsr(first[range] + i, &value)) {
			*word |= PKVM_BIT(i % 64);
			expect_no_marker(MSRS, "number", first[range] + i, value);
		} else {
			looked_at(MSRS, 1);
		}
	}
}

void look_at_msrs(bool all)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < NR_OWN; i++) {
		EXPECT(host_rdmsr(own[i].index, &value));
		expect_same(MSRS, "number", own[i].index, value, own[i].value);
	}
	for (unsigned int range = 0; range < RANGES; range++)
		look_at_range(range, all);
}
