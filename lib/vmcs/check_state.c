/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Predicates of the VM-entry rules on the guest's RIP, RFLAGS and SSP, its
 * non-register state and its PDPTEs, in the order of rules_state.inc; the two
 * files are read side by side.
 *
 * SDM sections "Checks on Guest RIP, RFLAGS, and SSP", "Checks on Guest
 * Non-Register State" and "Checks on Guest Page-Directory-Pointer-Table Entries".
 */
#include "check_rule.h"

#define DEBUGCTL_BTF     (1ull << 1)
#define PENDING_BUS_LOCK (1ull << 11)
#define PENDING_ENABLED  (1ull << 12)   /* a breakpoint was met and enabled     */
#define PENDING_BS       (1ull << 14)
#define PENDING_RTM      (1ull << 16)
#define NO_LINK          UINT64_MAX

static bool mode64(const struct pkvm_vmcs_state *s)
{
	return ON_ENTRY(s, IA32E_MODE_GUEST) && (VALUE(s, GUEST_CS_AR_BYTES) & AR_L);
}

RULE(guest, rip, high_bits)
{
	return mode64(s) || !(VALUE(s, GUEST_RIP) >> 32);
}

RULE(guest, rip, width)
{
	return !mode64(s) || pkvm_vmcs_linear(s, VALUE(s, GUEST_RIP));
}

RULE(guest, rflags, reserved_bits)
{
	uint64_t rflags = VALUE(s, GUEST_RFLAGS);

	return !(rflags >> 22) && !(rflags & 0x8028) && (rflags & 0x2);
}

RULE(guest, rflags, vm_in_ia32e_mode)
{
	return !v86(s) || !ON_ENTRY(s, IA32E_MODE_GUEST);
}

RULE(guest, rflags, vm_in_real_mode)
{
	return !v86(s) || (VALUE(s, GUEST_CR0) & CR0_PE);
}

RULE(guest, rflags, if_with_external_interrupt)
{
	return !INJECTS(s, EXTERNAL) ||
	       (VALUE(s, GUEST_RFLAGS) & RFLAGS_IF);
}

RULE(guest, ssp, aligned)
{
	return !ON_ENTRY(s, LOAD_CET) || !bits(VALUE(s, GUEST_SSP), 1, 0);
}

RULE(guest, ssp, width)
{
	return !ON_ENTRY(s, LOAD_CET) || pkvm_vmcs_linear(s, VALUE(s, GUEST_SSP));
}

static bool blocks(const struct pkvm_vmcs_state *s, uint64_t blocking)
{
	return VALUE(s, GUEST_INTERRUPTIBILITY_INFO) & blocking;
}

/* IA32_VMX_MISC bits 6, 7 and 8 report states 1, 2 and 3. */
RULE(guest, activity, unsupported)
{
	uint64_t state = VALUE(s, GUEST_ACTIVITY_STATE);

	if (state == PKVM_VMX_ACTIVITY_ACTIVE)
		return true;
	return state <= PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI && ((s->caps->misc >> (5 + state)) & 1);
}

RULE(guest, activity, hlt_with_ss_dpl)
{
	return VALUE(s, GUEST_ACTIVITY_STATE) != PKVM_VMX_ACTIVITY_HLT ||
	       !AR_DPL(VALUE(s, GUEST_SS_AR_BYTES));
}

RULE(guest, activity, inactive_with_blocking)
{
	return VALUE(s, GUEST_ACTIVITY_STATE) == PKVM_VMX_ACTIVITY_ACTIVE ||
	       !blocks(s, PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS);
}

/* #DB is vector 1, #MC vector 18; "other" with vector 0 is a pending MTF exit. */
RULE(guest, activity, event_in_hlt)
{
	return VALUE(s, GUEST_ACTIVITY_STATE) != PKVM_VMX_ACTIVITY_HLT || !injects(s) ||
	       INJECTS(s, EXTERNAL) || INJECTS(s, NMI) ||
	       (INJECTS(s, HARDWARE_EXCEPTION) &&
		(vector(s) == 1 || vector(s) == 18)) ||
	       (INJECTS(s, OTHER_EVENT) && vector(s) == 0);
}

RULE(guest, activity, event_in_shutdown)
{
	return VALUE(s, GUEST_ACTIVITY_STATE) != PKVM_VMX_ACTIVITY_SHUTDOWN || !injects(s) ||
	       INJECTS(s, NMI) ||
	       (INJECTS(s, HARDWARE_EXCEPTION) && vector(s) == 18);
}

RULE(guest, activity, event_in_wait_for_sipi)
{
	return VALUE(s, GUEST_ACTIVITY_STATE) != PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI || !injects(s);
}

RULE(guest, activity, wait_for_sipi_to_smm)
{
	return VALUE(s, GUEST_ACTIVITY_STATE) != PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI ||
	       !ON_ENTRY(s, TO_SMM);
}

RULE(guest, interruptibility, reserved_bits)
{
	return !bits(VALUE(s, GUEST_INTERRUPTIBILITY_INFO), 31, 5);
}

RULE(guest, interruptibility, sti_and_mov_ss)
{
	return !blocks(s, PKVM_VMX_BLOCKING_BY_STI) || !blocks(s, PKVM_VMX_BLOCKING_BY_MOV_SS);
}

RULE(guest, interruptibility, sti_without_if)
{
	return !blocks(s, PKVM_VMX_BLOCKING_BY_STI) || (VALUE(s, GUEST_RFLAGS) & RFLAGS_IF);
}

RULE(guest, interruptibility, external_interrupt)
{
	return !INJECTS(s, EXTERNAL) ||
	       !blocks(s, PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS);
}

RULE(guest, interruptibility, nmi_after_mov_ss)
{
	return !INJECTS(s, NMI) || !blocks(s, PKVM_VMX_BLOCKING_BY_MOV_SS);
}

RULE(guest, interruptibility, smi_outside_smm)
{
	return !blocks(s, PKVM_VMX_BLOCKING_BY_SMI);
}

RULE(guest, interruptibility, smi_on_entry_to_smm)
{
	return !ON_ENTRY(s, TO_SMM) || blocks(s, PKVM_VMX_BLOCKING_BY_SMI);
}

RULE(guest, interruptibility, nmi_after_sti)
{
	return !INJECTS(s, NMI) || !blocks(s, PKVM_VMX_BLOCKING_BY_STI);
}

RULE(guest, interruptibility, nmi_while_blocked)
{
	return !PIN(s, VIRTUAL_NMIS) || !INJECTS(s, NMI) ||
	       !blocks(s, PKVM_VMX_BLOCKING_BY_NMI);
}

RULE(guest, interruptibility, enclave_and_mov_ss)
{
	return !blocks(s, PKVM_VMX_ENCLAVE_INTERRUPTION) ||
	       !blocks(s, PKVM_VMX_BLOCKING_BY_MOV_SS);
}

RULE(guest, interruptibility, enclave_without_sgx)
{
	return !blocks(s, PKVM_VMX_ENCLAVE_INTERRUPTION) || s->caps->sgx_supported;
}

RULE(guest, pending_debug, reserved_bits)
{
	uint64_t pending = VALUE(s, GUEST_PENDING_DBG_EXCEPTIONS);

	return !(pending >> 17) && !(pending & 0xa7f0);
}

RULE(guest, pending_debug, bus_lock_unsupported)
{
	return !(VALUE(s, GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_BUS_LOCK) ||
	       s->caps->bus_lock_supported;
}

/* Whether a single step could have been held back: BS must then tell. */
static bool holds_back_debug(const struct pkvm_vmcs_state *s)
{
	return blocks(s, PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS) ||
	       VALUE(s, GUEST_ACTIVITY_STATE) == PKVM_VMX_ACTIVITY_HLT;
}

static bool single_steps(const struct pkvm_vmcs_state *s)
{
	return (VALUE(s, GUEST_RFLAGS) & RFLAGS_TF) &&
	       !(VALUE(s, GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF);
}

RULE(guest, pending_debug, bs_missing)
{
	return !holds_back_debug(s) || !single_steps(s) ||
	       (VALUE(s, GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_BS);
}

RULE(guest, pending_debug, bs_unexpected)
{
	return !holds_back_debug(s) || single_steps(s) ||
	       !(VALUE(s, GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_BS);
}

RULE(guest, pending_debug, rtm_alone)
{
	uint64_t pending = VALUE(s, GUEST_PENDING_DBG_EXCEPTIONS);

	return !(pending & PENDING_RTM) || pending == (PENDING_RTM | PENDING_ENABLED);
}

RULE(guest, pending_debug, rtm_unsupported)
{
	return !(VALUE(s, GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_RTM) ||
	       s->caps->rtm_supported;
}

RULE(guest, pending_debug, rtm_after_mov_ss)
{
	return !(VALUE(s, GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_RTM) ||
	       !blocks(s, PKVM_VMX_BLOCKING_BY_MOV_SS);
}

static bool linked(const struct pkvm_vmcs_state *s)
{
	return VALUE(s, VMCS_LINK_POINTER) != NO_LINK;
}

RULE(guest, link_pointer, aligned)
{
	return !linked(s) || !bits(VALUE(s, VMCS_LINK_POINTER), 11, 0);
}

RULE(guest, link_pointer, width)
{
	return !linked(s) || pkvm_vmcs_physical(s, VALUE(s, VMCS_LINK_POINTER));
}

RULE(guest, link_pointer, revision)
{
	return !linked(s) || bits(s->linked_revision, 30, 0) == bits(s->caps->basic, 30, 0);
}

RULE(guest, link_pointer, shadow_indicator)
{
	return !linked(s) ||
	       (bits(s->linked_revision, 31, 31) != 0) == CPU2(s, VMCS_SHADOWING);
}

RULE(guest, link_pointer, current_vmcs)
{
	return !linked(s) || VALUE(s, VMCS_LINK_POINTER) != s->current_vmcs;
}

static bool pae_paging(const struct pkvm_vmcs_state *s)
{
	return (VALUE(s, GUEST_CR0) & CR0_PG) && (VALUE(s, GUEST_CR4) & CR4_PAE) &&
	       !ON_ENTRY(s, IA32E_MODE_GUEST);
}

/* SDM table "Format of a PAE Page-Directory-Pointer-Table Entry". */
static bool pdpte(const struct pkvm_vmcs_state *s, uint64_t field, uint64_t in_memory)
{
	uint64_t entry = CPU2(s, ENABLE_EPT) ? field : in_memory;

	return !pae_paging(s) || !(entry & 1) ||
	       (!(entry & 0x1e6) && !(entry >> s->caps->maxphyaddr));
}

#define PDPTE_RULE(i)                                                                     \
	RULE(guest, pdpte##i, reserved_bits)                                              \
	{                                                                                 \
		return pdpte(s, VALUE(s, GUEST_PDPTR##i), s->pdpte[i]);                   \
	}
PDPTE_RULE(0)
PDPTE_RULE(1)
PDPTE_RULE(2)
PDPTE_RULE(3)
