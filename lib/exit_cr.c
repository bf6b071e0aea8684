/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A pVM's MOV to CR0, CR4 and CR8, CLTS and LMSW, where they exit.
 *
 * MOV from CR does not: the read shadow answers it. Nor does CR3.
 */
#include "apic.h"
#include "apic/page.h"
#include "control_register.h"
#include "event.h"
#include "exit.h"
#include "mmu.h"
#include "vmcs/access.h"

#include <pkvm/control_register.h>
#include <pkvm/segment.h>

/* Exit qualification (SDM "Exit Qualification for Control-Register Accesses"). */
#define CR_NUMBER(Q) ((Q) & 15)
#define CR_ACCESS(Q) ((Q) >> 4 & 3)
#define CR_GPR(Q)    ((uint32_t)((Q) >> 8 & 15))
#define LMSW_DATA(Q) ((Q) >> 16 & 15)
enum { MOV_TO_CR, MOV_FROM_CR, CLTS, LMSW };

#define CR3_PCID PKVM_BITS(11, 0)

/* The bits of CR0 and CR4 whose change reloads the PDPTEs (SDM "PDPTE Registers"). */
#define CR0_PAGING (PKVM_CR0_CD | PKVM_CR0_NW | PKVM_CR0_PG)
#define CR4_PAGING (PKVM_CR4_PAE | PKVM_CR4_PGE | PKVM_CR4_PSE | PKVM_CR4_SMEP)

/* A PDPTE: present, reserved bits below the address. */
#define PDPTE_P        PKVM_BIT(0)
#define PDPTE_RESERVED (PKVM_BITS(8, 5) | PKVM_BITS(2, 1))

enum outcome { DONE, FAULT, RETRY }; /* RETRY: *out asks for memory */

static uint64_t gpr_read(const struct pkvm_vcpu *vcpu, uint32_t gpr)
{
	uint64_t value = vcpu->regs.gpr[gpr];

	if (gpr == PKVM_GPR_RSP)
		value = pkvm_vmread(PKVM_VMCS_GUEST_RSP);
	return pkvm_guest_in_64bit() ? value : value & PKVM_BITS(31, 0);
}

static bool is_pae_paging(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	return (cr0 & PKVM_CR0_PG) && (cr4 & PKVM_CR4_PAE) && !(efer & PKVM_EFER_LME);
}

/*
 * Reads the four PDPTEs at CR3, each once, and loads them unless one is bad.
 * The page may be one that the pVM shares, so that even these are judged.
 */
static enum outcome load_pdptes(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	const uint64_t cr3 = pkvm_vmread(PKVM_VMCS_GUEST_CR3) & PKVM_BITS(31, 5);
	const uint64_t beyond = ~(uint64_t)0 << pkvm_vmcs_caps()->maxphyaddr;
	const uint64_t *table;
	uint64_t pdpte[4], hpa = 0;
	bool mapped, writable;

	pkvm_plat_lock(&vcpu->vm->lock);
	mapped = pkvm_mmu_lookup(vcpu->vm, cr3 & ~(uint64_t)(PKVM_PAGE_SIZE - 1), &hpa,
				 &writable);
	if (mapped) {
		table = pkvm_plat_private(hpa);
		for (uint32_t i = 0; i < 4; i++)
			pdpte[i] = __atomic_load_n(&table[cr3 % PKVM_PAGE_SIZE / 8 + i],
						   __ATOMIC_RELAXED);
	}
	pkvm_plat_unlock(&vcpu->vm->lock);
	if (!mapped) {
		pkvm_leave(out, PKVM_EXIT_EPT_VIOLATION, cr3 & ~(uint64_t)(PKVM_PAGE_SIZE - 1),
			   1, 0);
		return RETRY;
	}
	for (uint32_t i = 0; i < 4; i++) {
		if ((pdpte[i] & PDPTE_P) && (pdpte[i] & (PDPTE_RESERVED | beyond)))
			return FAULT;
	}
	pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR0, pdpte[0]);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR1, pdpte[1]);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR2, pdpte[2]);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR3, pdpte[3]);
	return DONE;
}

/*
 * What MOV to CR0 judges beside the register itself (SDM "MOV--Move to/from
 * Control Registers").
 */
static bool cr0_fits(uint64_t old, uint64_t value)
{
	const bool set_pg = ~old & value & PKVM_CR0_PG;
	const bool clear_pg = old & ~value & PKVM_CR0_PG;
	const uint64_t cr4 = pkvm_cr4_view();
	const bool code_is_64bit = pkvm_vmread(PKVM_VMCS_GUEST_CS_AR_BYTES) & PKVM_AR_L;

	if (set_pg && (pkvm_efer_view() & PKVM_EFER_LME) &&
	    (!(cr4 & PKVM_CR4_PAE) || code_is_64bit))
		return false;
	return !clear_pg || (!pkvm_guest_in_64bit() && !(cr4 & PKVM_CR4_PCIDE));
}

static enum outcome write_cr0(struct pkvm_vcpu *vcpu, uint64_t value, struct pkvm_run_exit *out)
{
	const uint64_t old = pkvm_cr0_view();

	value |= PKVM_CR0_ET;
	if (!pkvm_cr0_is_valid(value) || !cr0_fits(old, value))
		return FAULT;
	if (((old ^ value) & CR0_PAGING) &&
	    is_pae_paging(value, pkvm_cr4_view(), pkvm_efer_view())) {
		const enum outcome outcome = load_pdptes(vcpu, out);

		if (outcome != DONE)
			return outcome;
	}
	pkvm_cr0_apply(value);
	vcpu->flush |= PKVM_FLUSH_VPID;
	return DONE;
}

static bool cr4_fits(uint64_t old, uint64_t value)
{
	const bool is_long = pkvm_efer_view() & PKVM_EFER_LMA;
	const bool set_pcide = ~old & value & PKVM_CR4_PCIDE;

	if (is_long && (!(value & PKVM_CR4_PAE) || ((old ^ value) & PKVM_CR4_LA57)))
		return false;
	return !set_pcide || (is_long && !(pkvm_vmread(PKVM_VMCS_GUEST_CR3) & CR3_PCID));
}

static enum outcome write_cr4(struct pkvm_vcpu *vcpu, uint64_t value, struct pkvm_run_exit *out)
{
	const uint64_t old = pkvm_cr4_view();

	if (!pkvm_cr4_is_valid(value) || !cr4_fits(old, value))
		return FAULT;
	if (((old ^ value) & CR4_PAGING) &&
	    is_pae_paging(pkvm_cr0_view(), value, pkvm_efer_view())) {
		const enum outcome outcome = load_pdptes(vcpu, out);

		if (outcome != DONE)
			return outcome;
	}
	pkvm_cr4_apply(value);
	vcpu->flush |= PKVM_FLUSH_VPID;
	return DONE;
}

/*
 * CR8 exits only where the processor has no TPR shadow. The next entry takes TPR
 * from the shared page, so that the new one has to be there.
 */
static enum outcome access_cr8(struct pkvm_vcpu *vcpu, uint64_t qualification)
{
	const uint32_t gpr = CR_GPR(qualification);
	const uint64_t value = gpr_read(vcpu, gpr);

	if (CR_ACCESS(qualification) == MOV_TO_CR) {
		if (value > 15)
			return FAULT;
		pkvm_apic_reg_write(vcpu, PKVM_APIC_TPR, (uint32_t)value << 4);
		pkvm_apic_leave(vcpu);
	} else if (gpr == PKVM_GPR_RSP) {
		pkvm_vmwrite(PKVM_VMCS_GUEST_RSP, pkvm_apic_reg_read(vcpu, PKVM_APIC_TPR) >> 4);
	} else {
		vcpu->regs.gpr[gpr] = pkvm_apic_reg_read(vcpu, PKVM_APIC_TPR) >> 4;
	}
	return DONE;
}

static enum outcome carry_out(struct pkvm_vcpu *vcpu, uint64_t qualification,
			      struct pkvm_run_exit *out)
{
	const uint64_t cr0 = pkvm_cr0_view();

	/* LMSW sets PE but never clears it. */
	if (CR_ACCESS(qualification) == LMSW)
		return write_cr0(vcpu, (cr0 & ~PKVM_BITS(3, 1)) | LMSW_DATA(qualification),
				 out);
	if (CR_ACCESS(qualification) == CLTS)
		return write_cr0(vcpu, cr0 & ~PKVM_CR0_TS, out);
	if (CR_NUMBER(qualification) == 8)
		return access_cr8(vcpu, qualification);
	if (CR_ACCESS(qualification) == MOV_TO_CR && CR_NUMBER(qualification) == 0)
		return write_cr0(vcpu, gpr_read(vcpu, CR_GPR(qualification)), out);
	if (CR_ACCESS(qualification) == MOV_TO_CR && CR_NUMBER(qualification) == 4)
		return write_cr4(vcpu, gpr_read(vcpu, CR_GPR(qualification)), out);
	return FAULT;
}

bool pkvm_exit_cr(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	switch (carry_out(vcpu, pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION), out)) {
	case DONE:
		pkvm_skip_instruction(vcpu);
		return false;
	case RETRY:
		return true;
	default:
		pkvm_raise_code(vcpu, PKVM_VECTOR_GP, 0);
		return false;
	}
}
