/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Moves registers between the shared page and the guest's private ones. */
#include "run_regs.h"
#include "control_register.h"
#include "shared.h"
#include "vmcs/access.h"

/* DR6 (SDM "Debug Status Register"): writable bits, and those that read as 1. */
#define DR6_WRITABLE (PKVM_BITS(3, 0) | PKVM_BIT(11) | PKVM_BITS(16, 13))
#define DR6_ONE      (PKVM_BITS(31, 17) | PKVM_BITS(10, 4))

/* Words of the block that the host writes: gpr to dr6. */
#define IN_SIZE offsetof(struct pkvm_page_regs, rflags)

/* Of `exception` in the block. */
enum { NO_EXCEPTION, PENDING, INJECTED };

static void gprs_in(struct pkvm_vcpu *vcpu, const struct pkvm_page_regs *from)
{
	for (uint32_t i = 0; i < PKVM_NR_GPRS; i++)
		vcpu->regs.gpr[i] = from->gpr[i];
	pkvm_vmwrite(PKVM_VMCS_GUEST_RSP, from->gpr[PKVM_GPR_RSP]);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RIP, from->rip);
}

static void debug_in(struct pkvm_vcpu *vcpu, const struct pkvm_page_regs *from)
{
	vcpu->regs.cr2 = from->cr2;
	for (uint32_t i = 0; i < 4; i++)
		vcpu->regs.dr[i] = from->dr[i];
	vcpu->regs.dr6 = (from->dr6 & DR6_WRITABLE) | DR6_ONE;
}

void pkvm_run_regs_zero(const struct pkvm_vcpu *vcpu)
{
	pkvm_shared_zero(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(regs),
			 sizeof(struct pkvm_page_regs));
}

void pkvm_run_regs_in(struct pkvm_vcpu *vcpu)
{
	struct pkvm_page_regs block;

	if (pkvm_vcpu_is_protected(vcpu) && vcpu->has_run)
		return;
	pkvm_shared_read(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(regs), &block, IN_SIZE);
	if (pkvm_vcpu_is_protected(vcpu)) {
		block.gpr[PKVM_GPR_R15] = 0;
		pkvm_run_regs_zero(vcpu);
	} else {
		debug_in(vcpu, &block);
	}
	gprs_in(vcpu, &block);
}

static void exception_out(const struct pkvm_event *event, struct pkvm_page_regs *to)
{
	if (!event->kind)
		return;
	to->exception = event->again ? INJECTED : PENDING;
	to->vector = event->vector;
	to->has_error_code = event->has_error_code;
	to->error_code = event->error_code;
	to->has_payload = event->has_payload;
	to->payload = event->payload;
}

void pkvm_run_regs_out(const struct pkvm_vcpu *vcpu)
{
	struct pkvm_page_regs block = {0};

	if (pkvm_vcpu_is_protected(vcpu))
		return;
	for (uint32_t i = 0; i < PKVM_NR_GPRS; i++)
		block.gpr[i] = vcpu->regs.gpr[i];
	block.gpr[PKVM_GPR_RSP] = pkvm_vmread(PKVM_VMCS_GUEST_RSP);
	block.rip = pkvm_vmread(PKVM_VMCS_GUEST_RIP);
	block.cr2 = vcpu->regs.cr2;
	for (uint32_t i = 0; i < 4; i++)
		block.dr[i] = vcpu->regs.dr[i];
	block.dr6 = vcpu->regs.dr6;
	block.rflags = pkvm_vmread(PKVM_VMCS_GUEST_RFLAGS);
	block.cr0 = pkvm_cr0_view();
	block.cr3 = pkvm_vmread(PKVM_VMCS_GUEST_CR3);
	block.cr4 = pkvm_cr4_view();
	block.efer = pkvm_efer_view();
	block.dr7 = pkvm_vmread(PKVM_VMCS_GUEST_DR7);
	exception_out(&vcpu->exception, &block);
	pkvm_shared_write(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(regs), &block,
			  sizeof(block));
}
