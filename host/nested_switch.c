/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Gives a vCPU the registers of L2, or those of L1 after an exit. */
#include "exception_vcpu.h"
#include "x86_ops.h"

/* SDM "Loading Host RIP, RSP, SSP, and RFLAGS" and "Loading Host Control Registers, ..." */
#define RFLAGS_AFTER_EXIT PKVM_RFLAGS_FIXED
#define DR7_AFTER_EXIT    PKVM_U64(0x400)
#define RSP               4

uint32_t pkvm_host_nested_guest_debug(const struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_host_exceptions *state = vcpu->exceptions;
	uint32_t flags = 0;

	if (!state || !state->nested.guest_mode)
		return 0;
	if (state->nested.controls.exception_bitmap & PKVM_BIT(PKVM_HOST_VECTOR_DB))
		flags |= PKVM_GUESTDBG_ENABLE | PKVM_GUESTDBG_USE_HW_BP;
	if (state->nested.controls.exception_bitmap & PKVM_BIT(PKVM_HOST_VECTOR_BP))
		flags |= PKVM_GUESTDBG_ENABLE | PKVM_GUESTDBG_USE_SW_BP;
	return flags;
}

static void save(struct pkvm_host_vcpu *vcpu, struct pkvm_host_nested_area *area)
{
	const struct pkvm_page_regs *regs = &vcpu->page->regs;

	area->rip = regs->rip;
	area->rsp = regs->gpr[RSP];
	area->rflags = regs->rflags;
	area->cr3 = pkvm_host_read_cr3(vcpu);
	area->dr7 = regs->dr7;
	pkvm_host_get_idt(vcpu, &area->idt);
}

/* The block's RFLAGS and DR7 are out only: the copies are for who reads them before a run. */
static int load(struct pkvm_host_vcpu *vcpu, const struct pkvm_host_nested_area *area)
{
	const struct pkvm_mmu_pgd pgd = { .valid = PKVM_PGD_CR3, .cr3 = area->cr3 };
	struct pkvm_page_regs *regs = &vcpu->page->regs;
	int error = pkvm_host_write_rflags(vcpu, area->rflags);

	if (!error)
		error = pkvm_host_write_mmu_pgd(vcpu, &pgd);
	if (!error)
		error = pkvm_host_write_dr7(vcpu, area->dr7);
	if (!error)
		error = pkvm_host_write_idt(vcpu, &area->idt);
	if (error)
		return error;
	regs->rip = area->rip;
	regs->gpr[RSP] = area->rsp;
	regs->rflags = area->rflags;
	regs->dr7 = area->dr7;
	pkvm_host_flush_tlb_guest(vcpu);
	pkvm_host_set_interrupt_shadow(vcpu, PKVM_SHADOW_NONE);
	pkvm_host_update_exception_bitmap(vcpu);
	return 0;
}

int pkvm_host_nested_load_l2(struct pkvm_host_vcpu *vcpu)
{
	return load(vcpu, &vcpu->exceptions->nested.guest);
}

int pkvm_host_nested_load_l1(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_host_nested *nested = &vcpu->exceptions->nested;
	struct pkvm_host_nested_area host = nested->host;

	save(vcpu, &nested->guest);
	host.rflags = RFLAGS_AFTER_EXIT;
	host.dr7 = DR7_AFTER_EXIT;
	return load(vcpu, &host);
}
