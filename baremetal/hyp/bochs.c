/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A bug of the emulator's (Bochs 2.7), kept out of the engine: VM entry does not
 * load "blocking by NMI" when it is 0, so that blocking which one guest began is
 * saved by the exits of others, until an IRET in one of them.
 *
 * What was not blocked at an entry without an NMI cannot be blocked at the exit,
 * since NMIs exit: the bit that says otherwise is cleared. The linker puts this
 * around each use of pkvm_vmcs_enter() (--wrap); a processor is not harmed by it.
 */
#include "../../lib/vmcs/access.h"
#include "../../lib/vmcs/controls.h"

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

int __wrap_pkvm_vmcs_enter(struct pkvm_guest_regs *regs, bool resume)
{
	const bool unblocked = enters_unblocked();
	const int outcome = __real_pkvm_vmcs_enter(regs, resume);

	if (!outcome && unblocked &&
	    (read(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO) & PKVM_VMX_BLOCKING_BY_NMI))
		pkvm_vmwrite_bits(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO,
				  PKVM_VMX_BLOCKING_BY_NMI, false);
	return outcome;
}
