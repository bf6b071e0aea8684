/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What this hypervisor has beyond the one that it is: the linker puts these
 * functions around its own (--wrap).
 */
#include "../../../lib/gate.h"
#include "../../equivalence/private.h"
#include "state.h"

static uint64_t lost = ~UINT64_C(0);

void __real_pkvm_hyp_host_vmcall(struct pkvm_cpu *cpu, struct pkvm_regs *regs);
void __wrap_pkvm_hyp_host_vmcall(struct pkvm_cpu *cpu, struct pkvm_regs *regs);
void __real_pkvm_hyp_posted_call(struct pkvm_cpu *cpu, uint32_t slot, struct pkvm_regs *regs);
void __wrap_pkvm_hyp_posted_call(struct pkvm_cpu *cpu, uint32_t slot, struct pkvm_regs *regs);

void __wrap_pkvm_hyp_host_vmcall(struct pkvm_cpu *cpu, struct pkvm_regs *regs)
{
	if (regs->rax == STATE_CALL && cpu->current) {
		regs->rax = 0;
		regs->word[0] = private_digest(cpu->hyp, cpu->current);
	} else if (regs->rax == STATE_LOSE) {
		regs->rax = 0;
		lost = regs->word[0];
	} else {
		__real_pkvm_hyp_host_vmcall(cpu, regs);
	}
}

void __wrap_pkvm_hyp_posted_call(struct pkvm_cpu *cpu, uint32_t slot, struct pkvm_regs *regs)
{
	if (slot != lost) {
		__real_pkvm_hyp_posted_call(cpu, slot, regs);
		return;
	}
	regs->rax = 0;
	regs->word[0] = 0;
}
