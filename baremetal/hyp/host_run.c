/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's loop: enter, handle the exit. The core's current VMCS and the
 * host's change places around a VMCALL; the core never sees the host's.
 */
#include "../../lib/vmcs/access.h"
#include "../../lib/vmcs/controls.h"
#include "../common/x86.h"
#include "host.h"
#include "panic.h"

#define AR_DPL(RIGHTS) ((unsigned int)(RIGHTS) >> 5 & 3)

/* The convention's words, in the order of their numbers. */
static const uint8_t word_gpr[PKVM_MAX_WORDS] = {
	PKVM_GPR_RBX, PKVM_GPR_RCX, PKVM_GPR_RDX, PKVM_GPR_RSI, PKVM_GPR_RDI,
	PKVM_GPR_R8,  PKVM_GPR_R9,  PKVM_GPR_R10, PKVM_GPR_R11, PKVM_GPR_R12,
};

/* CPL is the DPL of SS. */
static bool may_call(void)
{
	const unsigned int cpl = AR_DPL(pkvm_vmread(PKVM_VMCS_GUEST_SS_AR_BYTES));

	return pkvm_hyp_may_call(cpl, host_in_64bit());
}

static void load(uint64_t vmcs)
{
	if (pkvm_vmcs_load(vmcs))
		pkvm_plat_panic("VMPTRLD failed");
}

static void call_core(struct cpu *cpu, struct pkvm_regs *regs)
{
	if (cpu->guest_vmcs)
		load(cpu->guest_vmcs);
	pkvm_hyp_host_vmcall(cpu->core, regs);
	cpu->guest_vmcs = cpu->vmx.current;
	if (cpu->guest_vmcs == PKVM_VMX_NO_VMCS || cpu->guest_vmcs == cpu->host_vmcs)
		cpu->guest_vmcs = 0;
	if (cpu->vmx.current != cpu->host_vmcs)
		load(cpu->host_vmcs);
}

static void vmcall(struct cpu *cpu)
{
	struct pkvm_regs regs;

	if (!may_call()) {
		host_raise(X86_VECTOR_UD);
		return;
	}
	host_skip();
	regs.rax = cpu->host.gpr[PKVM_GPR_RAX];
	for (unsigned int i = 0; i < PKVM_MAX_WORDS; i++)
		regs.word[i] = cpu->host.gpr[word_gpr[i]];
	call_core(cpu, &regs);
	cpu->host.gpr[PKVM_GPR_RAX] = regs.rax;
	for (unsigned int i = 0; i < PKVM_MAX_WORDS; i++)
		cpu->host.gpr[word_gpr[i]] = regs.word[i];
}

_Noreturn void host_run(struct cpu *cpu)
{
	for (;;) {
		uint32_t reason = 0;
		int outcome;

		host_inject(cpu);
		outcome = pkvm_vmcs_enter(&cpu->host, cpu->host_launched);
		if (!outcome)
			reason = (uint32_t)pkvm_vmread(PKVM_VMCS_VM_EXIT_REASON);
		if (outcome || (reason & PKVM_VMX_REASON_ENTRY_FAILURE))
			panic_entry(outcome);
		cpu->host_launched = true;
		if ((reason & 0xffff) == PKVM_VMX_REASON_VMCALL)
			vmcall(cpu);
		else
			host_exit(cpu, reason & 0xffff);
	}
}
