/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Predicates of the VM-entry rules on the VM-exit and VM-entry control fields,
 * in the order of rules_exit_entry.inc; the two files are read side by side.
 *
 * SDM sections "VM-Exit Control Fields" and "VM-Entry Control Fields" of "Checks
 * on VMX Controls".
 */
#include "allowed.h"
#include "check_rule.h"

#define RTIT_CTL_TRACE_EN (1ull << 0)

RULE(control, exit, reserved_bits)
{
	return pkvm_vmcs_controls_allowed(VALUE(s, VM_EXIT_CONTROLS),
					  pkvm_vmx_exit_ctls(s->caps));
}

RULE(control, exit, secondary_reserved_bits)
{
	return !ON_EXIT(s, SECONDARY_CONTROLS) ||
	       !(VALUE(s, SECONDARY_VM_EXIT_CONTROLS) & ~s->caps->exit_ctls2);
}

RULE(control, exit, save_timer_without_timer)
{
	return !ON_EXIT(s, SAVE_PREEMPTION_TIMER) || PIN(s, PREEMPTION_TIMER);
}

/* An area of MSR entries is used when its count is not 0. */
#define MSR_AREA_RULES(SUBJECT, COUNT, ADDRESS)                                           \
	RULE(control, SUBJECT, aligned)                                                   \
	{                                                                                 \
		return !VALUE(s, COUNT) || !bits(VALUE(s, ADDRESS), 3, 0);                \
	}                                                                                 \
	RULE(control, SUBJECT, width)                                                     \
	{                                                                                 \
		return pkvm_vmcs_msr_area(s, VALUE(s, ADDRESS), VALUE(s, COUNT));         \
	}

MSR_AREA_RULES(exit_msr_store, VM_EXIT_MSR_STORE_COUNT, VM_EXIT_MSR_STORE_ADDR)
MSR_AREA_RULES(exit_msr_load, VM_EXIT_MSR_LOAD_COUNT, VM_EXIT_MSR_LOAD_ADDR)

RULE(control, entry, reserved_bits)
{
	return pkvm_vmcs_controls_allowed(VALUE(s, VM_ENTRY_CONTROLS),
					  pkvm_vmx_entry_ctls(s->caps));
}

/* Type 7 exists where "monitor trap flag" may be 1. */
RULE(control, event, reserved_type)
{
	return !INJECTS(s, RESERVED) &&
	       (!INJECTS(s, OTHER_EVENT) ||
		(pkvm_vmx_cpu_ctls(s->caps) >> 32 & PKVM_VMX_CPU_MONITOR_TRAP_FLAG));
}

RULE(control, event, nmi_vector)
{
	return !INJECTS(s, NMI) || vector(s) == 2;
}

RULE(control, event, exception_vector)
{
	return !INJECTS(s, HARDWARE_EXCEPTION) || vector(s) <= 31;
}

RULE(control, event, other_vector)
{
	return !INJECTS(s, OTHER_EVENT) || vector(s) == 0;
}

static bool injects_error_code(const struct pkvm_vmcs_state *s)
{
	return injects(s) &&
	       (VALUE(s, VM_ENTRY_INTR_INFO_FIELD) & PKVM_VMX_INTR_INFO_ERROR_CODE);
}

/* #DF, #TS, #NP, #SS, #GP, #PF and #AC. */
static bool has_error_code(uint64_t vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

/*
 * Of the SDM's two wordings of the error-code rules this is the earlier and exact one,
 * "either (a) the "unrestricted guest" VM-execution control is 0; or (b) CR0.PE is set":
 * without the control, CR0.PE = 0 frees no exception from its error code. Later
 * editions name CR0.PE alone; such a guest then fails by its CR0.
 */
static bool real_mode(const struct pkvm_vmcs_state *s)
{
	return CPU2(s, UNRESTRICTED_GUEST) && !(VALUE(s, GUEST_CR0) & CR0_PE);
}

/* IA32_VMX_BASIC[56] frees exceptions from the table of error codes. */
RULE(control, event, error_code_missing)
{
	return !INJECTS(s, HARDWARE_EXCEPTION) || injects_error_code(s) ||
	       !has_error_code(vector(s)) || real_mode(s) || bits(s->caps->basic, 56, 56);
}

RULE(control, event, error_code_of_no_exception)
{
	return !injects_error_code(s) || INJECTS(s, HARDWARE_EXCEPTION);
}

RULE(control, event, error_code_in_real_mode)
{
	return !injects_error_code(s) || !real_mode(s);
}

RULE(control, event, error_code_unexpected)
{
	return !injects_error_code(s) || !INJECTS(s, HARDWARE_EXCEPTION) ||
	       has_error_code(vector(s)) || bits(s->caps->basic, 56, 56);
}

RULE(control, event, reserved_bits)
{
	return !injects(s) || !bits(VALUE(s, VM_ENTRY_INTR_INFO_FIELD), 30, 12);
}

RULE(control, event, error_code_high)
{
	return !injects_error_code(s) || !bits(VALUE(s, VM_ENTRY_EXCEPTION_ERROR_CODE), 31, 16);
}

static bool injects_software(const struct pkvm_vmcs_state *s)
{
	return INJECTS(s, SOFTWARE_INTERRUPT) || INJECTS(s, PRIV_SOFT_EXCEPTION) ||
	       INJECTS(s, SOFTWARE_EXCEPTION);
}

RULE(control, event, instruction_length)
{
	return !injects_software(s) || VALUE(s, VM_ENTRY_INSTRUCTION_LEN) <= 15;
}

RULE(control, event, instruction_length_zero)
{
	return !injects_software(s) || VALUE(s, VM_ENTRY_INSTRUCTION_LEN) ||
	       bits(s->caps->misc, 30, 30);
}

MSR_AREA_RULES(entry_msr_load, VM_ENTRY_MSR_LOAD_COUNT, VM_ENTRY_MSR_LOAD_ADDR)

RULE(control, entry, to_smm)
{
	return !ON_ENTRY(s, TO_SMM);
}

RULE(control, entry, deactivate_dual_monitor)
{
	return !ON_ENTRY(s, DEACTIVATE_DUAL_MONITOR);
}

RULE(control, entry, to_smm_and_deactivate)
{
	return !ON_ENTRY(s, TO_SMM) || !ON_ENTRY(s, DEACTIVATE_DUAL_MONITOR);
}

RULE(control, entry, load_rtit_ctl_while_tracing)
{
	return !ON_ENTRY(s, LOAD_RTIT_CTL) || !(s->rtit_ctl & RTIT_CTL_TRACE_EN);
}
