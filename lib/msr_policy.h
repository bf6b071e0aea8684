/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The rows of msr_policy.inc as data, and the rules that they name. */
#ifndef PKVM_LIB_MSR_POLICY_H
#define PKVM_LIB_MSR_POLICY_H

#include <pkvm/abi.h>
#include <stdbool.h>

enum pkvm_msr_host {
	PKVM_MSR_HOST_both,
	PKVM_MSR_HOST_npvm,
	PKVM_MSR_HOST_expected,
	PKVM_MSR_HOST_ignored,
	PKVM_MSR_HOST_emulated
};

enum pkvm_msr_rule {
	PKVM_MSR_RULE_any,
	PKVM_MSR_RULE_canonical,
	PKVM_MSR_RULE_pat,
	PKVM_MSR_RULE_mtrr,
	PKVM_MSR_RULE_mtrr8,
	PKVM_MSR_RULE_address
};

enum pkvm_msr_guest {
	PKVM_MSR_GUEST_inside,
	PKVM_MSR_GUEST_read,
	PKVM_MSR_GUEST_ignore,
	PKVM_MSR_GUEST_forward
};

struct pkvm_msr_row {
	uint32_t first;
	uint32_t last;
	uint64_t mask;
	uint64_t forced;
	uint32_t host;          /* enum pkvm_msr_host  */
	uint32_t rule;          /* enum pkvm_msr_rule  */
	uint32_t guest;         /* enum pkvm_msr_guest */
};

/* The row of an MSR, or NULL. */
const struct pkvm_msr_row *pkvm_msr_row(uint32_t index);

/* Whether a value obeys a row's mask, and its rule. */
bool pkvm_msr_fits_mask(const struct pkvm_msr_row *row, uint64_t value);
bool pkvm_msr_obeys_rule(const struct pkvm_msr_row *row, uint32_t index, uint64_t value);

#endif
