/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Predicates of the VM-entry rules on the host-state area, in the order of
 * rules_host.inc; the two files are read side by side.
 *
 * SDM sections "Checks on Host Control Registers, MSRs, and SSP", "Checks on Host
 * Segment and Descriptor-Table Registers" and "Checks Related to Address-Space
 * Size".
 */
#include "check_rule.h"

/* VM exit does not change CD and NW, so they are never checked. */
RULE(host, cr0, fixed_bits)
{
	return pkvm_vmcs_fixed_bits(VALUE(s, HOST_CR0) & ~(CR0_CD | CR0_NW),
				    s->caps->cr0_fixed0 & ~(CR0_CD | CR0_NW),
				    s->caps->cr0_fixed1);
}

RULE(host, cr4, fixed_bits)
{
	return pkvm_vmcs_fixed_bits(VALUE(s, HOST_CR4), s->caps->cr4_fixed0,
				    s->caps->cr4_fixed1);
}

RULE(host, cr4, cet_without_wp)
{
	return !(VALUE(s, HOST_CR4) & CR4_CET) || (VALUE(s, HOST_CR0) & CR0_WP);
}

RULE(host, cr3, width)
{
	return !((VALUE(s, HOST_CR3) & ~CR3_LAM) >> s->caps->maxphyaddr);
}

RULE(host, cr3, lam_unsupported)
{
	return s->caps->lam_supported || !(VALUE(s, HOST_CR3) & CR3_LAM);
}

RULE(host, sysenter_esp, canonical)
{
	return pkvm_vmcs_canonical(s->caps, VALUE(s, HOST_IA32_SYSENTER_ESP));
}

RULE(host, sysenter_eip, canonical)
{
	return pkvm_vmcs_canonical(s->caps, VALUE(s, HOST_IA32_SYSENTER_EIP));
}

RULE(host, perf_global_ctrl, reserved_bits)
{
	return !ON_EXIT(s, LOAD_PERF_GLOBAL_CTRL) ||
	       !(VALUE(s, HOST_IA32_PERF_GLOBAL_CTRL) & PERF_GLOBAL_CTRL_RESERVED);
}

RULE(host, pat, memory_types)
{
	return !ON_EXIT(s, LOAD_PAT) || pkvm_vmcs_pat(VALUE(s, HOST_IA32_PAT));
}

RULE(host, efer, reserved_bits)
{
	return !ON_EXIT(s, LOAD_EFER) ||
	       !(VALUE(s, HOST_IA32_EFER) & ~pkvm_vmcs_efer_bits(s->caps));
}

RULE(host, efer, lma_and_lme)
{
	uint64_t wanted = ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE) ? EFER_LMA | EFER_LME : 0;

	return !ON_EXIT(s, LOAD_EFER) ||
	       (VALUE(s, HOST_IA32_EFER) & (EFER_LMA | EFER_LME)) == wanted;
}

/* SDM section "Control-flow Enforcement Technology (CET) MSRs": IA32_S_CET. */
RULE(host, s_cet, reserved_bits)
{
	return !ON_EXIT(s, LOAD_CET) || !(VALUE(s, HOST_S_CET) & CET_RESERVED);
}

RULE(host, s_cet, suppress_and_tracker)
{
	return !ON_EXIT(s, LOAD_CET) || pkvm_vmcs_cet_tracker(VALUE(s, HOST_S_CET));
}

RULE(host, interrupt_ssp_table, canonical)
{
	return !ON_EXIT(s, LOAD_CET) ||
	       pkvm_vmcs_canonical(s->caps, VALUE(s, HOST_INTR_SSP_TABLE));
}

RULE(host, ssp, aligned)
{
	return !ON_EXIT(s, LOAD_CET) || !bits(VALUE(s, HOST_SSP), 1, 0);
}

RULE(host, pkrs, reserved_bits)
{
	return !ON_EXIT(s, LOAD_PKRS) || !(VALUE(s, HOST_IA32_PKRS) & PKRS_RESERVED);
}

#define SELECTOR_RULE(NAME, name)                                                         \
	RULE(host, name, rpl_and_ti)                                                      \
	{                                                                                 \
		return !bits(VALUE(s, HOST_##NAME##_SELECTOR), 2, 0);                     \
	}
SELECTOR_RULE(CS, cs)
SELECTOR_RULE(SS, ss)
SELECTOR_RULE(DS, ds)
SELECTOR_RULE(ES, es)
SELECTOR_RULE(FS, fs)
SELECTOR_RULE(GS, gs)
SELECTOR_RULE(TR, tr)

RULE(host, cs, null)
{
	return VALUE(s, HOST_CS_SELECTOR);
}

RULE(host, tr, null)
{
	return VALUE(s, HOST_TR_SELECTOR);
}

RULE(host, ss, null)
{
	return ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE) || VALUE(s, HOST_SS_SELECTOR);
}

#define BASE_RULE(NAME, name)                                                             \
	RULE(host, name, canonical)                                                       \
	{                                                                                 \
		return pkvm_vmcs_canonical(s->caps, VALUE(s, HOST_##NAME##_BASE));              \
	}
BASE_RULE(FS, fs)
BASE_RULE(GS, gs)
BASE_RULE(GDTR, gdtr)
BASE_RULE(IDTR, idtr)
BASE_RULE(TR, tr)

RULE(host, address_space, size)
{
	return ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE);
}

RULE(host, address_space, guest_is_wider)
{
	return ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE) || !ON_ENTRY(s, IA32E_MODE_GUEST);
}

RULE(host, cr4, pcide_in_32_bits)
{
	return ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE) || !(VALUE(s, HOST_CR4) & CR4_PCIDE);
}

RULE(host, rip, high_bits)
{
	return ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE) || !(VALUE(s, HOST_RIP) >> 32);
}

/* CET state that a VM exit loads must suit the mode that it ends in. */
static bool loads_cet(const struct pkvm_vmcs_state *s, bool to_64_bits)
{
	return ON_EXIT(s, LOAD_CET) && ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE) == to_64_bits;
}

RULE(host, s_cet, high_bits)
{
	return !loads_cet(s, false) || !(VALUE(s, HOST_S_CET) >> 32);
}

RULE(host, ssp, high_bits)
{
	return !loads_cet(s, false) || !(VALUE(s, HOST_SSP) >> 32);
}

RULE(host, cr4, pae)
{
	return !ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE) || (VALUE(s, HOST_CR4) & CR4_PAE);
}

RULE(host, rip, canonical)
{
	return !ON_EXIT(s, HOST_ADDRESS_SPACE_SIZE) ||
	       pkvm_vmcs_canonical(s->caps, VALUE(s, HOST_RIP));
}

RULE(host, s_cet, canonical)
{
	return !loads_cet(s, true) || pkvm_vmcs_canonical(s->caps, VALUE(s, HOST_S_CET));
}

RULE(host, ssp, canonical)
{
	return !loads_cet(s, true) || pkvm_vmcs_canonical(s->caps, VALUE(s, HOST_SSP));
}
