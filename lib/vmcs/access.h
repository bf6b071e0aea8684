/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VMREAD and VMWRITE for the core: fields that the processor is known to have,
 * on a VMCS that is known to be current. A failure is the hypervisor's own bug.
 */
#ifndef PKVM_LIB_VMCS_ACCESS_H
#define PKVM_LIB_VMCS_ACCESS_H

#include "../platform.h"
#include "vmcs.h"

static inline uint64_t pkvm_vmread(uint32_t encoding)
{
	uint64_t value = 0;

	if (pkvm_vmcs_read(encoding, &value))
		pkvm_plat_panic("VMREAD failed");
	return value;
}

static inline void pkvm_vmwrite(uint32_t encoding, uint64_t value)
{
	if (pkvm_vmcs_write(encoding, value))
		pkvm_plat_panic("VMWRITE failed");
}

/* Sets and clears bits of a control field. */
static inline void pkvm_vmwrite_bits(uint32_t encoding, uint64_t mask, bool set)
{
	const uint64_t value = pkvm_vmread(encoding);

	pkvm_vmwrite(encoding, set ? value | mask : value & ~mask);
}

#endif
