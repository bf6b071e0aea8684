/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Saves and restores special registers. */
#include "exception_vcpu.h"
#include "sregs.h"
#include "lapic.h"
#include "x86_ops.h"


static bool uses_pdptrs(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	return cr0 & PKVM_CR0_PG && cr4 & PKVM_CR4_PAE && !(efer & PKVM_EFER_LME);
}

static void get_segments(struct pkvm_host_vcpu *vcpu, struct pkvm_host_sregs *sregs)
{
	pkvm_host_get_segment(vcpu, &sregs->cs, PKVM_SEG_CS);
	pkvm_host_get_segment(vcpu, &sregs->ds, PKVM_SEG_DS);
	pkvm_host_get_segment(vcpu, &sregs->es, PKVM_SEG_ES);
	pkvm_host_get_segment(vcpu, &sregs->fs, PKVM_SEG_FS);
	pkvm_host_get_segment(vcpu, &sregs->gs, PKVM_SEG_GS);
	pkvm_host_get_segment(vcpu, &sregs->ss, PKVM_SEG_SS);
	pkvm_host_get_segment(vcpu, &sregs->tr, PKVM_SEG_TR);
	pkvm_host_get_segment(vcpu, &sregs->ldt, PKVM_SEG_LDTR);
}

void pkvm_host_get_sregs(struct pkvm_host_vcpu *vcpu, struct pkvm_host_sregs *sregs)
{
	*sregs = (struct pkvm_host_sregs){ .apic_base = vcpu->apic_base };
	sregs->cr8 = vcpu->page->apic.tpr >> PKVM_HOST_TPR_CLASS_SHIFT & PKVM_HOST_CR8_MAX;
	if (pkvm_host_is_hidden(vcpu))
		return;
	get_segments(vcpu, sregs);
	pkvm_host_get_idt(vcpu, &sregs->idt);
	pkvm_host_get_gdt(vcpu, &sregs->gdt);
	sregs->cr0 = pkvm_host_read_cr0(vcpu);
	sregs->cr2 = vcpu->page->regs.cr2;
	if (vcpu->exceptions)
		pkvm_host_get_exception_sregs(pkvm_host_exceptions_of(vcpu), sregs);
	sregs->cr3 = pkvm_host_read_cr3(vcpu);
	sregs->cr4 = pkvm_host_read_cr4(vcpu);
	sregs->efer = pkvm_host_read_efer(vcpu);
	sregs->pdptrs_valid = uses_pdptrs(sregs->cr0, sregs->cr4, sregs->efer);
	for (uint32_t i = 0; i < 4 && sregs->pdptrs_valid; i++)
		sregs->pdptrs[i] = pkvm_host_read_pdptr(vcpu, i);
}

static int set_tables(struct pkvm_host_vcpu *vcpu, const struct pkvm_host_sregs *sregs)
{
	int error = pkvm_host_write_idt(vcpu, &sregs->idt);

	if (!error)
		error = pkvm_host_write_gdt(vcpu, &sregs->gdt);
	return error;
}

static int set_cr3(struct pkvm_host_vcpu *vcpu, const struct pkvm_host_sregs *sregs)
{
	const struct pkvm_mmu_pgd pgd = { .valid = PKVM_PGD_CR3, .cr3 = sregs->cr3 };

	if (vcpu->exceptions)
		pkvm_host_set_exception_sregs(pkvm_host_exceptions_of(vcpu), sregs);
	else if (!pkvm_host_is_hidden(vcpu))
		vcpu->page->regs.cr2 = sregs->cr2;
	return pkvm_host_write_mmu_pgd(vcpu, &pgd);
}

static int set_control_registers(struct pkvm_host_vcpu *vcpu,
				 const struct pkvm_host_sregs *sregs)
{
	int error = set_cr3(vcpu, sregs);

	if (!error)
		error = pkvm_host_set_efer(vcpu, sregs->efer);
	if (!error)
		error = pkvm_host_write_cr0(vcpu, sregs->cr0);
	if (!error)
		error = pkvm_host_write_cr4(vcpu, sregs->cr4);
	return error;
}

static int set_pdptrs(struct pkvm_host_vcpu *vcpu, const struct pkvm_host_sregs *sregs)
{
	const struct pkvm_mmu_pgd pgd = {
		.valid = PKVM_PGD_PDPTRS,
		.pdptr0 = sregs->pdptrs[0],
		.pdptr1 = sregs->pdptrs[1],
		.pdptr2 = sregs->pdptrs[2],
		.pdptr3 = sregs->pdptrs[3],
	};

	if (!sregs->pdptrs_valid || !uses_pdptrs(sregs->cr0, sregs->cr4, sregs->efer))
		return 0;
	return pkvm_host_write_mmu_pgd(vcpu, &pgd);
}

static int set_segments(struct pkvm_host_vcpu *vcpu, const struct pkvm_host_sregs *sregs)
{
	const struct {
		const struct pkvm_host_segment *segment;
		uint32_t index;
	} order[] = {
		{ &sregs->cs, PKVM_SEG_CS }, { &sregs->ds, PKVM_SEG_DS },
		{ &sregs->es, PKVM_SEG_ES }, { &sregs->fs, PKVM_SEG_FS },
		{ &sregs->gs, PKVM_SEG_GS }, { &sregs->ss, PKVM_SEG_SS },
		{ &sregs->tr, PKVM_SEG_TR }, { &sregs->ldt, PKVM_SEG_LDTR },
	};
	int error = 0;

	for (unsigned int i = 0; i < sizeof(order) / sizeof(order[0]) && !error; i++)
		error = pkvm_host_write_segment(vcpu, order[i].segment, order[i].index);
	return error;
}

/* CR8 is last: the TPR threshold has to fit what everything before it made of the vCPU. */
int pkvm_host_set_sregs(struct pkvm_host_vcpu *vcpu, const struct pkvm_host_sregs *sregs)
{
	int error = 0;

	if (sregs->cr8 > PKVM_HOST_CR8_MAX)
		return -PKVM_EINVAL;
	if (!pkvm_host_is_protected(vcpu))
		error = pkvm_host_set_apic_base(vcpu, sregs->apic_base, false);
	if (!error)
		error = set_tables(vcpu, sregs);
	if (!error)
		error = set_control_registers(vcpu, sregs);
	if (!error)
		error = set_pdptrs(vcpu, sregs);
	if (!error)
		error = set_segments(vcpu, sregs);
	if (!error && vcpu->lapic)
		error = pkvm_host_lapic_restore_cr8(vcpu->lapic, sregs->cr8);
	else if (!error)
		vcpu->page->apic.tpr = sregs->cr8 << PKVM_HOST_TPR_CLASS_SHIFT;
	return error;
}
