/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Predicates of the VM-entry rules on the guest's control registers, debug
 * registers and MSRs, in the order of rules_guest.inc; the two files are read
 * side by side.
 *
 * SDM section "Checks on Guest Control Registers, Debug Registers, and MSRs".
 */
#include "check_rule.h"

RULE(guest, cr0, fixed_bits)
{
	uint64_t ignored = CR0_CD | CR0_NW;

	if (CPU2(s, UNRESTRICTED_GUEST))
		ignored |= CR0_PE | CR0_PG;
	return pkvm_vmcs_fixed_bits(VALUE(s, GUEST_CR0) & ~ignored,
				    s->caps->cr0_fixed0 & ~ignored, s->caps->cr0_fixed1);
}

RULE(guest, cr0, pg_without_pe)
{
	return !(VALUE(s, GUEST_CR0) & CR0_PG) || (VALUE(s, GUEST_CR0) & CR0_PE);
}

RULE(guest, cr4, fixed_bits)
{
	return pkvm_vmcs_fixed_bits(VALUE(s, GUEST_CR4), s->caps->cr4_fixed0,
				    s->caps->cr4_fixed1);
}

RULE(guest, cr4, cet_without_wp)
{
	return !(VALUE(s, GUEST_CR4) & CR4_CET) || (VALUE(s, GUEST_CR0) & CR0_WP);
}

RULE(guest, debugctl, reserved_bits)
{
	return !ON_ENTRY(s, LOAD_DEBUG_CONTROLS) ||
	       !(VALUE(s, GUEST_IA32_DEBUGCTL) & DEBUGCTL_RESERVED);
}

RULE(guest, debugctl, bus_lock_unsupported)
{
	return !ON_ENTRY(s, LOAD_DEBUG_CONTROLS) || s->caps->bus_lock_supported ||
	       !(VALUE(s, GUEST_IA32_DEBUGCTL) & DEBUGCTL_BUS_LOCK);
}

RULE(guest, cr0, pg_in_ia32e_mode)
{
	return !ON_ENTRY(s, IA32E_MODE_GUEST) || (VALUE(s, GUEST_CR0) & CR0_PG);
}

RULE(guest, cr4, pae_in_ia32e_mode)
{
	return !ON_ENTRY(s, IA32E_MODE_GUEST) || (VALUE(s, GUEST_CR4) & CR4_PAE);
}

RULE(guest, cr4, pcide_outside_ia32e_mode)
{
	return ON_ENTRY(s, IA32E_MODE_GUEST) || !(VALUE(s, GUEST_CR4) & CR4_PCIDE);
}

RULE(guest, cr3, width)
{
	return !((VALUE(s, GUEST_CR3) & ~CR3_LAM) >> s->caps->maxphyaddr);
}

RULE(guest, cr3, lam_unsupported)
{
	return s->caps->lam_supported || !(VALUE(s, GUEST_CR3) & CR3_LAM);
}

RULE(guest, dr7, high_bits)
{
	return !ON_ENTRY(s, LOAD_DEBUG_CONTROLS) || !(VALUE(s, GUEST_DR7) >> 32);
}

RULE(guest, sysenter_esp, canonical)
{
	return pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_SYSENTER_ESP));
}

RULE(guest, sysenter_eip, canonical)
{
	return pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_SYSENTER_EIP));
}

RULE(guest, s_cet, reserved_bits)
{
	return !ON_ENTRY(s, LOAD_CET) || !(VALUE(s, GUEST_S_CET) & CET_RESERVED);
}

RULE(guest, s_cet, suppress_and_tracker)
{
	return !ON_ENTRY(s, LOAD_CET) || pkvm_vmcs_cet_tracker(VALUE(s, GUEST_S_CET));
}

RULE(guest, s_cet, canonical)
{
	return !ON_ENTRY(s, LOAD_CET) || pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_S_CET));
}

RULE(guest, interrupt_ssp_table, canonical)
{
	return !ON_ENTRY(s, LOAD_CET) ||
	       pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_INTR_SSP_TABLE));
}

RULE(guest, perf_global_ctrl, reserved_bits)
{
	return !ON_ENTRY(s, LOAD_PERF_GLOBAL_CTRL) ||
	       !(VALUE(s, GUEST_IA32_PERF_GLOBAL_CTRL) & PERF_GLOBAL_CTRL_RESERVED);
}

RULE(guest, pat, memory_types)
{
	return !ON_ENTRY(s, LOAD_PAT) || pkvm_vmcs_pat(VALUE(s, GUEST_IA32_PAT));
}

RULE(guest, efer, reserved_bits)
{
	return !ON_ENTRY(s, LOAD_EFER) ||
	       !(VALUE(s, GUEST_IA32_EFER) & ~pkvm_vmcs_efer_bits(s->caps));
}

RULE(guest, efer, lma)
{
	bool lma = VALUE(s, GUEST_IA32_EFER) & EFER_LMA;

	return !ON_ENTRY(s, LOAD_EFER) || lma == ON_ENTRY(s, IA32E_MODE_GUEST);
}

RULE(guest, efer, lme_with_paging)
{
	bool lma = VALUE(s, GUEST_IA32_EFER) & EFER_LMA;
	bool lme = VALUE(s, GUEST_IA32_EFER) & EFER_LME;

	return !ON_ENTRY(s, LOAD_EFER) || !(VALUE(s, GUEST_CR0) & CR0_PG) || lma == lme;
}

RULE(guest, bndcfgs, reserved_bits)
{
	return !ON_ENTRY(s, LOAD_BNDCFGS) || !(VALUE(s, GUEST_BNDCFGS) & BNDCFGS_RESERVED);
}

RULE(guest, bndcfgs, canonical)
{
	return !ON_ENTRY(s, LOAD_BNDCFGS) ||
	       pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_BNDCFGS));
}

RULE(guest, rtit_ctl, reserved_bits)
{
	return !ON_ENTRY(s, LOAD_RTIT_CTL) ||
	       !(VALUE(s, GUEST_IA32_RTIT_CTL) & RTIT_CTL_RESERVED);
}

RULE(guest, uinv, high_bits)
{
	return !ON_ENTRY(s, LOAD_UINV) || !bits(VALUE(s, GUEST_UINV), 15, 8);
}

RULE(guest, lbr_ctl, reserved_bits)
{
	return !ON_ENTRY(s, LOAD_LBR_CTL) ||
	       !(VALUE(s, GUEST_IA32_LBR_CTL) & LBR_CTL_RESERVED);
}

RULE(guest, pkrs, reserved_bits)
{
	return !ON_ENTRY(s, LOAD_PKRS) || !(VALUE(s, GUEST_IA32_PKRS) & PKRS_RESERVED);
}
