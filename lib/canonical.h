/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Canonical linear addresses (SDM "Canonical Addressing"). */
#ifndef PKVM_LIB_CANONICAL_H
#define PKVM_LIB_CANONICAL_H

#include "vmcs/vmcs.h"

/* Whether the bits above the processor's linear-address width repeat its top bit. */
static inline bool pkvm_is_canonical(uint64_t address)
{
	const uint32_t unused = 64 - pkvm_vmcs_caps()->linear_address_bits;
	const uint64_t top = address >> (63 - unused);

	return top == 0 || top == ~(uint64_t)0 >> (63 - unused);
}

#endif
