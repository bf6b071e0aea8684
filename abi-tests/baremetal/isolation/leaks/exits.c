/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Leaks through what an exit tells, and through the vCPU's page. */
#include "../../../../lib/exit.h"
#include "../../../../lib/shared.h"
#include "../../../../lib/vmcs/access.h"
#include "../../../../lib/vmcs/controls.h"
#include "leak.h"

#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3

WRAP(bool, pkvm_exit_io, (struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out))
{
	const bool leaves = __real_pkvm_exit_io(vcpu, out);

	if (out->kind == PKVM_EXIT_OUT ? leak_is("out") : leak_is("in"))
		out->word2 = vcpu->regs.gpr[RAX];
	return leaves;
}

WRAP(bool, pkvm_exit_wrmsr, (struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out))
{
	const bool leaves = __real_pkvm_exit_wrmsr(vcpu, out);

	if (leaves && leak_is("wrmsr")) {
		out->word1 = vcpu->regs.gpr[RAX];
		out->word2 = vcpu->regs.gpr[RDX];
	}
	return leaves;
}

/* More than the fact: what the guest had in its hands. */
static void tell_more(const uint64_t gpr[16], struct pkvm_run_exit *out)
{
	if (out->kind == PKVM_EXIT_TPR_BELOW_THRESHOLD && leak_is("tpr_below"))
		out->word0 = gpr[RAX];
	if (out->kind == PKVM_EXIT_EOI && leak_is("eoi"))
		out->word0 |= gpr[RCX];
	if (out->kind == PKVM_EXIT_APIC_WRITE && leak_is("apic_write"))
		out->word1 = gpr[RAX];
	if (out->kind == PKVM_EXIT_NEED_PAGES && leak_is("need_pages"))
		out->word1 = gpr[RBX];
	if (out->kind == PKVM_EXIT_GUEST_CALL && leak_is("start_cpu") &&
	    out->word0 == PKVM_GC_start_cpu)
		out->word2 = gpr[RCX];
}

/* The address to the byte; a guest call's input at its full width. */
WRAP(bool, pkvm_exit_pvm, (struct pkvm_call *call, uint32_t reason, struct pkvm_run_exit *out))
{
	const bool leaves = __real_pkvm_exit_pvm(call, reason, out);

	if (out->kind == PKVM_EXIT_EPT_VIOLATION && leak_is("ept_violation"))
		out->word0 = pkvm_vmread(PKVM_VMCS_GUEST_PHYSICAL_ADDRESS);
	if (out->kind == PKVM_EXIT_GUEST_CALL && leak_is("guest_call"))
		out->word3 = call->vcpu->regs.gpr[RDX];
	tell_more(call->vcpu->regs.gpr, out);
	return leaves;
}

/* The register block as an npVM gets it. */
WRAP(void, pkvm_run_regs_out, (const struct pkvm_vcpu *vcpu))
{
	__real_pkvm_run_regs_out(vcpu);
	if (leak_is(vcpu->id ? "second_block" : "block_written"))
		pkvm_shared_write(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(regs),
				  vcpu->regs.gpr, sizeof(vcpu->regs.gpr));
}

/* What the host wrote into the block stays there. */
WRAP(void, pkvm_shared_zero, (struct pkvm_shared *to, size_t offset, size_t size))
{
	if (!leak_is("block_kept") || offset != PKVM_PAGE_AT(regs))
		__real_pkvm_shared_zero(to, offset, size);
}

/* A word of the summary that is an npVM's alone. */
WRAP(void, pkvm_summary_publish, (struct pkvm_vcpu *vcpu))
{
	__real_pkvm_summary_publish(vcpu);
	if (leak_is("summary"))
		pkvm_shared_put(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(summary.rflags),
				pkvm_vmread(PKVM_VMCS_GUEST_RFLAGS));
}
