/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Judges single values that several VM-entry rules speak of: control words,
 * addresses, control registers, the PAT.
 */
#include "check_rule.h"

/* SDM appendix "VMX Capability Reporting Facility". */
bool pkvm_vmcs_controls_allowed(uint64_t value, uint64_t capability)
{
	uint64_t must_be_1 = capability & 0xffffffff;
	uint64_t may_be_1 = capability >> 32;

	return (value & must_be_1) == must_be_1 && !(value & ~may_be_1);
}

/* Bit 48 of IA32_VMX_BASIC limits the addresses in a VMCS to 32 bits. */
bool pkvm_vmcs_physical(const struct pkvm_vmcs_state *s, uint64_t address)
{
	unsigned int width = s->caps->maxphyaddr;

	if (bits(s->caps->basic, 48, 48))
		width = 32;
	return !(address >> width);
}

/* With 64 linear-address bits there is none beyond them. */
bool pkvm_vmcs_linear(const struct pkvm_vmcs_state *s, uint64_t address)
{
	unsigned int width = s->caps->linear_address_bits;

	return width >= 64 || address >> width == 0 ||
	       address >> width == UINT64_MAX >> width;
}

bool pkvm_vmcs_canonical(const struct pkvm_vmx_caps *caps, uint64_t address)
{
	unsigned int sign = caps->linear_address_bits - 1;

	return address >> sign == 0 || address >> sign == UINT64_MAX >> sign;
}

/* An entry has 16 bytes; the sum may need more bits than an address has. */
bool pkvm_vmcs_msr_area(const struct pkvm_vmcs_state *s, uint64_t address, uint64_t count)
{
	uint64_t last = address + count * 16 - 1;

	if (!count)
		return true;
	return last >= address && pkvm_vmcs_physical(s, address) && pkvm_vmcs_physical(s, last);
}

/* SDM appendix sections "VMX-Fixed Bits in CR0" and "VMX-Fixed Bits in CR4". */
bool pkvm_vmcs_fixed_bits(uint64_t value, uint64_t fixed0, uint64_t fixed1)
{
	return (value & fixed0) == fixed0 && !(value & ~fixed1);
}

/* Memory types UC, WC, WT, WP, WB and UC-; 2 and 3 are reserved. */
bool pkvm_vmcs_pat(uint64_t value)
{
	for (unsigned int i = 0; i < 8; i++) {
		uint64_t type = (value >> (i * 8)) & 0xff;

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

/* SDM section "Control-flow Enforcement Technology (CET) MSRs": IA32_U_CET, IA32_S_CET. */
bool pkvm_vmcs_cet_tracker(uint64_t value)
{
	return bits(value, 11, 10) != 3;
}

/* Without the MSR every bit of it is reserved. */
uint64_t pkvm_vmcs_efer_bits(const struct pkvm_vmx_caps *caps)
{
	return caps->efer_supported ? EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE : 0;
}
