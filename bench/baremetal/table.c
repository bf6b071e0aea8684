/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The table of what calls cost: a line for each row of the call tables, or it fails. */
#include "../../baremetal/host/host.h"
#include "bench.h"

static const struct name {
	uint64_t number;
	const char *text;
} names[] = {
	{COUNT_FLOOR, "floor (INVD)"},
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	{NUMBER, #NAME},
#include <pkvm/hypercalls.inc>
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	{NUMBER, "a guest's " #NAME},
#include <pkvm/guest_calls.inc>
};
#define NAMES (sizeof(names) / sizeof(names[0]))

static const char *kind_name(uint64_t kind)
{
	switch (kind) {
	case PKVM_EXIT_NONE:
		return "";
	case PKVM_EXIT_VMX:
		return ", an exit of an npVM";
	case PKVM_EXIT_OUT:
		return ", OUT";
	case PKVM_EXIT_IN:
		return ", IN";
	case PKVM_EXIT_RDMSR:
		return ", RDMSR";
	case PKVM_EXIT_WRMSR:
		return ", WRMSR";
	case PKVM_EXIT_EPT_VIOLATION:
		return ", EPT violation";
	case PKVM_EXIT_HLT:
		return ", HLT";
	case PKVM_EXIT_WAIT_FOR_SIPI:
		return ", waiting for its SIPI";
	default:
		return ", another exit";
	}
}

static void print(const char *name, const struct count_row *row)
{
	uint64_t numbers[6];

	for (unsigned int type = 0; type < 2; type++) {
		const struct count_cell *cell = &row->cell[type];
		const uint64_t n = cell->count < COUNT_SAMPLES ? cell->count : COUNT_SAMPLES;

		numbers[3 * type] = n ? cell->count : PRINT_NOTHING;
		numbers[3 * type + 1] = n ? cell->sample[n / 2] : PRINT_NOTHING;
		numbers[3 * type + 2] = n ? cell->worst : PRINT_NOTHING;
	}
	print_row(name, kind_name(row->kind), numbers, 6);
}

/* The lines of one number; false: there is none. */
static bool print_all(const struct name *name)
{
	unsigned int number;
	const struct count_row *row = count_rows(&number);
	bool found = false;

	for (unsigned int i = 0; i < number; i++) {
		if (row[i].number == name->number) {
			print(name->text, &row[i]);
			found = true;
		}
	}
	if (!found)
		host_print("never counted: ", name->text, "");
	return found;
}

bool table_print(void)
{
	bool complete = true;

	host_print("instructions in VMX root operation, of a run with the guest's;", "", "");
	host_print("of calls that are about no VM in the columns of an npVM:", "", "");
	print_head("call", "      npVM    median     worst       pVM    median     worst");
	for (unsigned int i = 0; i < NAMES; i++)
		complete &= print_all(&names[i]);
	return complete;
}
