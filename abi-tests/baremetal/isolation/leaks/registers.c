/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Leaks through the processor: what of the guest's stays in it when the host goes on. */
#include "../../../../lib/run_fpu.h"
#include "../../../../lib/vmcs/vmx.h"
#include "leak.h"

#define RBP 5

/* Of the guest that ran last. */
static struct pkvm_guest_regs kept;

/* A register that is neither cleared nor loaded is what the guest left there. */
WRAP(int, pkvm_vmx_enter, (struct pkvm_guest_regs *regs, bool resume))
{
	int outcome;

	if (regs == &this_cpu()->host && kept.gpr[RBP]) {
		if (leak_is("gpr"))
			regs->gpr[RBP] = kept.gpr[RBP];
		if (leak_is("cr2"))
			regs->cr2 = kept.cr2;
		if (leak_is("dr0"))
			regs->dr[0] = kept.dr[0];
		if (leak_is("dr6"))
			regs->dr6 = kept.dr6;
	}
	outcome = __real_pkvm_vmx_enter(regs, resume);
	if (regs != &this_cpu()->host)
		kept = *regs;
	return outcome;
}

/* Components of the area that was saved come back. */
static void restore(struct pkvm_vcpu *vcpu, uint64_t components)
{
	pkvm_plat_xrstor(pkvm_plat_private(vcpu->fpstate), components);
}

WRAP(void, pkvm_fpu_save, (struct pkvm_vcpu *vcpu, const struct pkvm_run_fpu *host))
{
	uint32_t mxcsr;

	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	__real_pkvm_fpu_save(vcpu, host);
	if (leak_is("fpu"))
		restore(vcpu, host->components);
	if (leak_is("x87"))
		restore(vcpu, 1);
	if (leak_is("xmm"))
		restore(vcpu, 2);
	if (leak_is("ymm"))
		restore(vcpu, 4);
	if (leak_is("zmm"))
		restore(vcpu, 0xe0);
	if (leak_is("mxcsr"))
		__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
}

/* The host's values are not written back. */
WRAP(void, pkvm_msr_exit, (struct pkvm_vcpu *vcpu, const uint64_t *host))
{
	uint64_t lstar = 0;

	(void)pkvm_plat_rdmsr(0xc0000082, &lstar);
	__real_pkvm_msr_exit(vcpu, host);
	if (leak_is("lstar"))
		(void)pkvm_plat_wrmsr(0xc0000082, lstar);
}
