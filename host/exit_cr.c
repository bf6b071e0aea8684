/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* An npVM's accesses to control registers: MOV to and from CR, CLTS and LMSW. */
#include "exit.h"
#include "lapic.h"
#include "memory.h"
#include "x86_ops.h"

/* SDM "Exit Qualification for Control-Register Accesses" */
#define NUMBER(QUALIFICATION)      ((QUALIFICATION) & 0xf)
#define ACCESS(QUALIFICATION)      ((QUALIFICATION) >> 4 & 0x3)
#define GPR(QUALIFICATION)         ((QUALIFICATION) >> 8 & 0xf)
#define LMSW_SOURCE(QUALIFICATION) ((QUALIFICATION) >> 16 & 0xffff)
enum { MOV_TO, MOV_FROM, CLTS, LMSW };

#define LMSW_BITS     PKVM_BITS(3, 0)   /* PE MP EM TS; PE can only be set */
#define CR3_PCID      PKVM_BITS(11, 0)
#define CR3_PDPT      PKVM_BITS(31, 5)

/*
 * What flushes translations and loads the PDPTEs anew, if PAE paging is in use then
 * (SDM "PDPTE Registers"). PCIDE and IA-32e mode go together, where there are none.
 */
#define CR0_PAGING    (PKVM_CR0_CD | PKVM_CR0_NW | PKVM_CR0_PG)
#define CR4_PAGING                                                                  \
	(PKVM_CR4_PAE | PKVM_CR4_PGE | PKVM_CR4_PSE | PKVM_CR4_PCIDE | PKVM_CR4_SMEP)

/* What needs two registers (SDM "MOV--Move to/from Control Registers"). */
static bool cr0_fits(struct pkvm_host_vcpu *vcpu, uint64_t cr0)
{
	const uint64_t cr4 = pkvm_host_read_cr4(vcpu);
	const uint64_t old = pkvm_host_read_cr0(vcpu);
	bool db, code_is_64bit;

	if (!(cr0 & PKVM_CR0_PG))
		return !(cr4 & PKVM_CR4_PCIDE) && !pkvm_host_in_64bit_mode(vcpu);
	if (old & PKVM_CR0_PG || !(pkvm_host_read_efer(vcpu) & PKVM_EFER_LME))
		return true;
	pkvm_host_get_cs_db_l_bits(vcpu, &db, &code_is_64bit);
	return cr4 & PKVM_CR4_PAE && !code_is_64bit;
}

static bool cr4_fits(struct pkvm_host_vcpu *vcpu, uint64_t cr4)
{
	const uint64_t changed = cr4 ^ pkvm_host_read_cr4(vcpu);
	const bool long_mode = pkvm_host_read_efer(vcpu) & PKVM_EFER_LMA;

	if (long_mode)
		return cr4 & PKVM_CR4_PAE && !(changed & PKVM_CR4_LA57) &&
		       (!(changed & cr4 & PKVM_CR4_PCIDE) ||
			!(pkvm_host_read_cr3(vcpu) & CR3_PCID));
	return !(cr4 & PKVM_CR4_PCIDE);
}

/* PAE paging without IA-32e mode: the four PDPTEs come from the guest's memory. */
static int load_pdptrs(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_mmu_pgd pgd = { .valid = PKVM_PGD_PDPTRS };
	uint64_t entry[4];
	int error;

	if (!(pkvm_host_read_cr0(vcpu) & PKVM_CR0_PG) ||
	    !(pkvm_host_read_cr4(vcpu) & PKVM_CR4_PAE) ||
	    pkvm_host_read_efer(vcpu) & PKVM_EFER_LMA)
		return 0;
	error = pkvm_host_memory_read(vcpu->vm, pkvm_host_read_cr3(vcpu) & CR3_PDPT, entry,
				      sizeof(entry));
	if (error)
		return error;
	pgd.pdptr0 = entry[0];
	pgd.pdptr1 = entry[1];
	pgd.pdptr2 = entry[2];
	pgd.pdptr3 = entry[3];
	return pkvm_host_write_mmu_pgd(vcpu, &pgd);
}

/*
 * The hypervisor judges a register as it takes it, then the PDPTEs under it. If one
 * is bad the old value goes back before the guest runs: #GP changes nothing.
 */
static int write_cr0(struct pkvm_host_vcpu *vcpu, uint64_t cr0)
{
	const uint64_t old = pkvm_host_read_cr0(vcpu);
	int error = cr0_fits(vcpu, cr0) ? pkvm_host_write_cr0(vcpu, cr0) : -PKVM_EINVAL;

	if (error)
		return error;
	if ((old ^ cr0) & PKVM_CR0_PG)
		pkvm_host_flush_tlb_guest(vcpu);
	if ((old ^ cr0) & CR0_PAGING)
		error = load_pdptrs(vcpu);
	if (error)
		pkvm_host_set_cr0(vcpu, old);
	return error;
}

static int write_cr4(struct pkvm_host_vcpu *vcpu, uint64_t cr4)
{
	const uint64_t old = pkvm_host_read_cr4(vcpu);
	int error = cr4_fits(vcpu, cr4) ? pkvm_host_write_cr4(vcpu, cr4) : -PKVM_EINVAL;

	if (error || !((old ^ cr4) & CR4_PAGING))
		return error;
	pkvm_host_flush_tlb_guest(vcpu);
	error = load_pdptrs(vcpu);
	if (error)
		pkvm_host_set_cr4(vcpu, old);
	return error;
}

/* Whoever has the local APIC judges what TPR makes deliverable. */
static int write_cr8(struct pkvm_host_vcpu *vcpu, uint64_t cr8)
{
	if (vcpu->lapic)
		return pkvm_host_lapic_set_cr8(vcpu->lapic, cr8);
	if (cr8 > PKVM_HOST_CR8_MAX)
		return -PKVM_EINVAL;
	vcpu->page->apic.tpr = cr8 << PKVM_HOST_TPR_CLASS_SHIFT;
	return 0;
}

static int mov_to(struct pkvm_host_vcpu *vcpu, uint64_t qualification)
{
	uint64_t value = vcpu->page->regs.gpr[GPR(qualification)];

	if (!pkvm_host_in_64bit_mode(vcpu))
		value &= PKVM_BITS(31, 0);
	switch (NUMBER(qualification)) {
	case 0:
		return write_cr0(vcpu, value);
	case 4:
		return write_cr4(vcpu, value);
	case 8:
		return write_cr8(vcpu, value);
	default:
		return -PKVM_EOPNOTSUPP;
	}
}

/* CR0 and CR4 are read without an exit. */
static int mov_from(struct pkvm_host_vcpu *vcpu, uint64_t qualification)
{
	uint64_t *gpr = &vcpu->page->regs.gpr[GPR(qualification)];

	switch (NUMBER(qualification)) {
	case 3:
		*gpr = pkvm_host_read_cr3(vcpu);
		return 0;
	case 8:
		*gpr = vcpu->page->apic.tpr >> PKVM_HOST_TPR_CLASS_SHIFT;
		return 0;
	default:
		return -PKVM_EOPNOTSUPP;
	}
}

static int lmsw(struct pkvm_host_vcpu *vcpu, uint64_t source)
{
	const uint64_t cr0 = pkvm_host_read_cr0(vcpu);
	const uint64_t kept = cr0 & (~LMSW_BITS | PKVM_CR0_PE);

	return write_cr0(vcpu, kept | (source & LMSW_BITS));
}

static int access_cr(struct pkvm_host_vcpu *vcpu, uint64_t qualification)
{
	switch (ACCESS(qualification)) {
	case MOV_TO:
		return mov_to(vcpu, qualification);
	case MOV_FROM:
		return mov_from(vcpu, qualification);
	case CLTS:
		return write_cr0(vcpu, pkvm_host_read_cr0(vcpu) & ~PKVM_CR0_TS);
	default:
		return lmsw(vcpu, LMSW_SOURCE(qualification));
	}
}

enum pkvm_host_stop pkvm_host_handle_cr(struct pkvm_host_loop *loop)
{
	const int error = access_cr(loop->vcpu, loop->exit.word1);

	if (error == -PKVM_EOPNOTSUPP)
		return PKVM_HOST_STOP_UNHANDLED;
	if (error)
		pkvm_host_inject_gp(loop->vcpu);
	else
		pkvm_host_skip_emulated_instruction(loop->vcpu,
						    loop->vcpu->instruction_length);
	return PKVM_HOST_GO;
}
