/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Bugs of the emulator's (Bochs 2.7), kept out of everything else. The linker puts
 * these functions around each use of those that they are named after (--wrap); a
 * processor is not harmed by them.
 *
 * VM entry does not load "blocking by NMI" when it is 0, so that blocking which
 * one guest began is saved by the exits of others, until an IRET in one of them.
 * What was not blocked at an entry without an NMI cannot be blocked at the exit,
 * since NMIs exit: the bit that says otherwise is cleared.
 *
 * With RFLAGS.TF set, BS is a pending debug exception at the exit of an instruction
 * that was not executed: the next entry would trap before it, or once too often behind
 * what skips it. Only an exit between two instructions can leave one that was not
 * pending at entry (SDM "Saving Non-Register State"): of the others it is cleared.
 *
 * XSAVEC and XSAVES put the upper halves of YMM registers right behind the XMM
 * registers, over the area's header, which XRSTOR then refuses. In the standard
 * format they lie where they should. Only XSAVES knows supervisor state, so that
 * a processor that has some keeps the compacted format.
 */
#include "../../lib/vmcs/access.h"
#include "../../lib/vmcs/controls.h"
#include "cpu.h"

#include <pkvm/cpuid.h>

#define PENDING_BS   PKVM_BIT(14)
#define BASIC_REASON PKVM_BITS(15, 0)

int __real_pkvm_vmcs_enter(struct pkvm_guest_regs *regs, bool resume);
int __wrap_pkvm_vmcs_enter(struct pkvm_guest_regs *regs, bool resume);

static uint64_t read(uint32_t encoding)
{
	uint64_t value = 0;

	return pkvm_vmcs_read(encoding, &value) ? 0 : value;
}

static bool enters_unblocked(void)
{
	const uint64_t info = read(PKVM_VMCS_VM_ENTRY_INTR_INFO_FIELD);

	if ((info & PKVM_VMX_INTR_INFO_VALID) &&
	    (info & PKVM_VMX_INTR_INFO_TYPE) == PKVM_VMX_INTR_TYPE_NMI)
		return false;
	return !(read(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO) & PKVM_VMX_BLOCKING_BY_NMI);
}

static bool has_pending_step(void)
{
	return read(PKVM_VMCS_GUEST_PENDING_DBG_EXCEPTIONS) & PENDING_BS;
}

static bool exits_between_instructions(uint64_t reason)
{
	switch (reason) {
	case PKVM_VMX_REASON_EXCEPTION_OR_NMI:
		return (read(PKVM_VMCS_VM_EXIT_INTR_INFO) & PKVM_VMX_INTR_INFO_TYPE) ==
		       PKVM_VMX_INTR_TYPE_NMI;
	case PKVM_VMX_REASON_MONITOR_TRAP_FLAG:
	case PKVM_VMX_REASON_TPR_BELOW:
	case PKVM_VMX_REASON_VIRTUALIZED_EOI:
	case PKVM_VMX_REASON_PREEMPTION_TIMER:
	case PKVM_VMX_REASON_APIC_WRITE:
		return true;
	default:
		return reason <= PKVM_VMX_REASON_NMI_WINDOW;
	}
}

int __wrap_pkvm_vmcs_enter(struct pkvm_guest_regs *regs, bool resume)
{
	const bool unblocked = enters_unblocked();
	/* The host's program does not step itself, and each of its calls would pay. */
	const bool may_step = regs != &this_cpu()->host && !has_pending_step();
	const int outcome = __real_pkvm_vmcs_enter(regs, resume);

	if (!outcome && may_step && has_pending_step() &&
	    !exits_between_instructions(read(PKVM_VMCS_VM_EXIT_REASON) & BASIC_REASON))
		pkvm_vmwrite_bits(PKVM_VMCS_GUEST_PENDING_DBG_EXCEPTIONS, PENDING_BS, false);
	if (!outcome && unblocked &&
	    (read(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO) & PKVM_VMX_BLOCKING_BY_NMI))
		pkvm_vmwrite_bits(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO,
				  PKVM_VMX_BLOCKING_BY_NMI, false);
	return outcome;
}

void __real_pkvm_plat_xsave(void *area, uint64_t components);
void __wrap_pkvm_plat_xsave(void *area, uint64_t components);
void __real_pkvm_plat_xrstor(const void *area, uint64_t components);
void __wrap_pkvm_plat_xrstor(const void *area, uint64_t components);

/* Without XSAVE no area has a header. Leaf 0xD, 1: ECX and EDX name supervisor state. */
static bool uses_standard_format(void)
{
	struct pkvm_cpuid_regs regs;

	if (!this_cpu()->has_xsave)
		return false;
	pkvm_plat_cpuid(PKVM_CPUID_XSAVE, 1, &regs);
	return !regs.ecx && !regs.edx;
}

void __wrap_pkvm_plat_xsave(void *area, uint64_t components)
{
	const uint32_t low = (uint32_t)components, high = (uint32_t)(components >> 32);

	if (uses_standard_format())
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
	else
		__real_pkvm_plat_xsave(area, components);
}

/* XRSTOR knows both formats: initial state may come in the compacted one. */
void __wrap_pkvm_plat_xrstor(const void *area, uint64_t components)
{
	const uint32_t low = (uint32_t)components, high = (uint32_t)(components >> 32);

	if (uses_standard_format())
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
	else
		__real_pkvm_plat_xrstor(area, components);
}
