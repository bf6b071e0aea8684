/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Leaks through the processor: what of the guest's stays in it when the host goes on. */
#include "../../../../lib/run_fpu.h"
#include "../../../../lib/vmcs/access.h"
#include "../../../../lib/vmcs/controls.h"
#include "../../../../lib/vmcs/vmx.h"
#include "leak.h"

#define RAX 0
#define RBX 3
#define RBP 5

#define LSTAR 0xc0000082

/* Of the guest that ran last, on whatever CPU. */
static struct pkvm_guest_regs kept;
static uint64_t kept_lstar;

/*
 * What the host finds on the CPU where the guest did not run, and behind calls that
 * are refused: it takes the answers of others at their word.
 */
static void leak_elsewhere(struct pkvm_guest_regs *host)
{
	if (!host->gpr[RAX])
		return;
	if (leak_is("other_gpr"))
		host->gpr[RBP] = kept.gpr[RBP];
	if (leak_is("other_answer"))
		host->gpr[RBX] = kept.gpr[RBP];
	if (leak_is("other_dr0"))
		host->dr[0] = kept.dr[0];
	if (leak_is("other_lstar"))
		(void)pkvm_plat_wrmsr(LSTAR, kept_lstar);
}

/* A register that is neither cleared nor loaded is what the guest left there. */
static void leak_here(struct pkvm_guest_regs *host)
{
	if (leak_is("gpr"))
		host->gpr[RBP] = kept.gpr[RBP];
	if (leak_is("cr2"))
		host->cr2 = kept.cr2;
	if (leak_is("dr0"))
		host->dr[0] = kept.dr[0];
	if (leak_is("dr6"))
		host->dr6 = kept.dr6;
}

/* Behind a call of the host's; its program depends on what CPUID and others tell it. */
static void leak_to_host(struct pkvm_guest_regs *host)
{
	if (!kept.gpr[RBP] || pkvm_vmread(PKVM_VMCS_VM_EXIT_REASON) != PKVM_VMX_REASON_VMCALL)
		return;
	if (this_cpu()->number)
		leak_elsewhere(host);
	else
		leak_here(host);
}

WRAP(int, pkvm_vmx_enter, (struct pkvm_guest_regs *regs, bool resume))
{
	const bool is_host = regs == &this_cpu()->host;
	int outcome;

	if (is_host)
		leak_to_host(regs);
	outcome = __real_pkvm_vmx_enter(regs, resume);
	if (!is_host)
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

WRAP(void, pkvm_pkru_leave, (struct pkvm_vcpu *vcpu, const struct pkvm_run_fpu *host))
{
	__real_pkvm_pkru_leave(vcpu, host);
	if (leak_is("pkru") && pkvm_vcpu_is_protected(vcpu))
		pkvm_plat_write_pkru(vcpu->pkru);
}

/* The host's values are not written back. */
WRAP(void, pkvm_msr_exit, (struct pkvm_vcpu *vcpu, const uint64_t *host))
{
	uint64_t lstar = 0;

	(void)pkvm_plat_rdmsr(LSTAR, &lstar);
	__real_pkvm_msr_exit(vcpu, host);
	kept_lstar = lstar;
	if (leak_is("lstar"))
		(void)pkvm_plat_wrmsr(LSTAR, lstar);
}
