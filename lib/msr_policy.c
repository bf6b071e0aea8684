/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The rows of msr_policy.inc as data, and the rules that they name. */
#include "msr_policy.h"
#include "canonical.h"

static const struct pkvm_msr_row rows[] = {
#define PKVM_MSR(NAME, FIRST, LAST, HOST, MASK, FORCED, RULE, GUEST)                  \
	{FIRST, LAST, MASK, FORCED, PKVM_MSR_HOST_##HOST, PKVM_MSR_RULE_##RULE,       \
	 PKVM_MSR_GUEST_##GUEST},
#include <pkvm/msr_policy.inc>
};

const struct pkvm_msr_row *pkvm_msr_row(uint32_t index)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (index >= rows[i].first && index <= rows[i].last)
			return &rows[i];
	}
	return NULL;
}

bool pkvm_msr_fits_mask(const struct pkvm_msr_row *row, uint64_t value)
{
	return !(value & ~(row->mask | row->forced));
}

/* UC, WC, WT, WP, WB (SDM "Memory Types and Their Properties"). */
static bool is_mtrr_type(uint64_t type)
{
	return type == 0 || type == 1 || (type >= 4 && type <= 6);
}

/* The same, and UC- (SDM "Page Attribute Table"). */
static bool is_pat_type(uint64_t type)
{
	return is_mtrr_type(type) || type == 7;
}

static bool eight_types(uint64_t value, bool pat)
{
	for (unsigned int i = 0; i < 64; i += 8) {
		const uint64_t type = value >> i & 0xff;

		if (pat ? !is_pat_type(type) : !is_mtrr_type(type))
			return false;
	}
	return true;
}

/*
 * IA32_MTRR_PHYSBASEn (even) holds a memory type in [7:0], IA32_MTRR_PHYSMASKn
 * (odd) the valid bit 11; both an address within the physical width.
 */
static bool is_variable_mtrr(uint32_t index, uint64_t value)
{
	const uint64_t low = index & 1 ? PKVM_BIT(11) : 0xff;
	const uint64_t address = PKVM_BITS(pkvm_vmcs_caps()->maxphyaddr - 1, 12);

	if (value & ~(low | address))
		return false;
	return index & 1 || is_mtrr_type(value & 0xff);
}

bool pkvm_msr_obeys_rule(const struct pkvm_msr_row *row, uint32_t index, uint64_t value)
{
	switch (row->rule) {
	case PKVM_MSR_RULE_canonical:
		return pkvm_is_canonical(value);
	case PKVM_MSR_RULE_pat:
		return eight_types(value, true);
	case PKVM_MSR_RULE_mtrr:
		return is_mtrr_type(value & 0xff);
	case PKVM_MSR_RULE_mtrr8:
		return eight_types(value, false);
	case PKVM_MSR_RULE_address:
		return is_variable_mtrr(index, value);
	default:
		return true;
	}
}
