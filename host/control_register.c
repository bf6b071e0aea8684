/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* CR0, CR3, CR4, EFER, DR7, and the cache of registers that are read on demand. */
#include "registers.h"
#include "result.h"
#include "x86_ops.h"

#define CR0_AT_RESET PKVM_U64(0x60000010)

/*
 * What a pVM's host cannot ask for later; an npVM's asks. INIT keeps CR0.CD and
 * CR0.NW, which the host of an npVM asks for too.
 */
void pkvm_host_regs_reset(struct pkvm_host_vcpu *vcpu, bool init_event)
{
	struct pkvm_host_regs *regs = &vcpu->regs;
	const uint64_t kept = regs->cr0 & (PKVM_CR0_CD | PKVM_CR0_NW);
	const bool keep = init_event && regs->avail & 1u << PKVM_REG_CR0;

	*regs = (struct pkvm_host_regs){ 0 };
	if (!pkvm_host_is_protected(vcpu))
		return;
	regs->cr0 = keep ? PKVM_CR0_ET | kept : CR0_AT_RESET;
	regs->avail = 1u << PKVM_REG_CR0 | 1u << PKVM_REG_CR3 | 1u << PKVM_REG_CR4 |
		      1u << PKVM_REG_PDPTR;
}

void pkvm_host_regs_refresh(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_page_regs *block = &vcpu->page->regs;
	struct pkvm_host_regs *regs = &vcpu->regs;

	vcpu->segment_cache.valid = 0;
	vcpu->segment_cache.base_valid = 0;
	regs->cr0 = block->cr0;
	regs->cr3 = block->cr3;
	regs->cr4 = block->cr4;
	regs->efer = block->efer;
	regs->avail = 1u << PKVM_REG_CR0 | 1u << PKVM_REG_CR3 | 1u << PKVM_REG_CR4;
}

/* Remembers a value that the hypervisor took. */
static void remember(struct pkvm_host_vcpu *vcpu, uint32_t reg, uint64_t *to, uint64_t value)
{
	*to = value;
	vcpu->regs.avail |= 1u << reg;
}

static struct pkvm_status send_cr0(struct pkvm_host_vcpu *vcpu, uint64_t cr0)
{
	const struct pkvm_value in = { cr0 };
	const struct pkvm_status status = pkvm_hc_set_cr0(&in);

	if (!status.error)
		remember(vcpu, PKVM_REG_CR0, &vcpu->regs.cr0, cr0 | PKVM_CR0_ET);
	return status;
}

static struct pkvm_status send_cr4(struct pkvm_host_vcpu *vcpu, uint64_t cr4)
{
	const struct pkvm_value in = { cr4 };
	const struct pkvm_status status = pkvm_hc_set_cr4(&in);

	if (!status.error)
		remember(vcpu, PKVM_REG_CR4, &vcpu->regs.cr4, cr4);
	return status;
}

void pkvm_host_set_cr0(struct pkvm_host_vcpu *vcpu, uint64_t cr0)
{
	if (pkvm_host_may(vcpu, PKVM_HC_set_cr0))
		pkvm_host_must(vcpu, PKVM_HC_set_cr0, cr0, send_cr0(vcpu, cr0));
}

int pkvm_host_write_cr0(struct pkvm_host_vcpu *vcpu, uint64_t cr0)
{
	if (!pkvm_host_may(vcpu, PKVM_HC_set_cr0))
		return 0;
	return pkvm_host_result(vcpu, PKVM_HC_set_cr0, cr0, send_cr0(vcpu, cr0));
}

void pkvm_host_set_cr4(struct pkvm_host_vcpu *vcpu, uint64_t cr4)
{
	if (pkvm_host_may(vcpu, PKVM_HC_set_cr4))
		pkvm_host_must(vcpu, PKVM_HC_set_cr4, cr4, send_cr4(vcpu, cr4));
}

int pkvm_host_write_cr4(struct pkvm_host_vcpu *vcpu, uint64_t cr4)
{
	if (!pkvm_host_may(vcpu, PKVM_HC_set_cr4))
		return 0;
	return pkvm_host_result(vcpu, PKVM_HC_set_cr4, cr4, send_cr4(vcpu, cr4));
}

int pkvm_host_set_efer(struct pkvm_host_vcpu *vcpu, uint64_t efer)
{
	const struct pkvm_value in = { efer };
	int error;

	if (!pkvm_host_may(vcpu, PKVM_HC_set_efer))
		return 0;
	error = pkvm_host_result(vcpu, PKVM_HC_set_efer, efer, pkvm_hc_set_efer(&in));
	if (!error)
		vcpu->regs.efer = efer;
	return error;
}

void pkvm_host_set_dr7(struct pkvm_host_vcpu *vcpu, uint64_t dr7)
{
	const struct pkvm_value in = { dr7 };

	if (pkvm_host_may(vcpu, PKVM_HC_set_dr7))
		pkvm_host_must(vcpu, PKVM_HC_set_dr7, dr7, pkvm_hc_set_dr7(&in));
}

int pkvm_host_write_dr7(struct pkvm_host_vcpu *vcpu, uint64_t dr7)
{
	const struct pkvm_value in = { dr7 };

	if (!pkvm_host_may(vcpu, PKVM_HC_set_dr7))
		return 0;
	return pkvm_host_result(vcpu, PKVM_HC_set_dr7, dr7, pkvm_hc_set_dr7(&in));
}

static void store(struct pkvm_host_vcpu *vcpu, uint32_t reg, const struct pkvm_words4 *words)
{
	struct pkvm_host_regs *regs = &vcpu->regs;

	switch (reg) {
	case PKVM_REG_RSP:
		vcpu->page->regs.gpr[reg] = words->word0;
		return;
	case PKVM_REG_RIP:
		vcpu->page->regs.rip = words->word0;
		return;
	case PKVM_REG_PDPTR:
		regs->pdptr[1] = words->word1;
		regs->pdptr[2] = words->word2;
		regs->pdptr[3] = words->word3;
		remember(vcpu, reg, &regs->pdptr[0], words->word0);
		return;
	case PKVM_REG_CR0:
		remember(vcpu, reg, &regs->cr0, words->word0);
		return;
	case PKVM_REG_CR3:
		remember(vcpu, reg, &regs->cr3, words->word0);
		return;
	case PKVM_REG_CR4:
		remember(vcpu, reg, &regs->cr4, words->word0);
		return;
	default:
		return;
	}
}

void pkvm_host_cache_reg(struct pkvm_host_vcpu *vcpu, uint32_t reg)
{
	const struct pkvm_cached_reg in = { reg };
	struct pkvm_words4 out;

	if (!pkvm_host_may(vcpu, PKVM_HC_cache_reg))
		return;
	if (pkvm_host_must(vcpu, PKVM_HC_cache_reg, reg, pkvm_hc_cache_reg(&in, &out)))
		store(vcpu, reg, &out);
}

/* False: the host may not know it, or could not be told. */
static bool is_available(struct pkvm_host_vcpu *vcpu, uint32_t reg)
{
	if (pkvm_host_is_hidden(vcpu))
		return false;
	if (!(vcpu->regs.avail & 1u << reg))
		pkvm_host_cache_reg(vcpu, reg);
	return vcpu->regs.avail & 1u << reg;
}

uint64_t pkvm_host_read_cr0(struct pkvm_host_vcpu *vcpu)
{
	return is_available(vcpu, PKVM_REG_CR0) ? vcpu->regs.cr0 : 0;
}

uint64_t pkvm_host_read_cr3(struct pkvm_host_vcpu *vcpu)
{
	return is_available(vcpu, PKVM_REG_CR3) ? vcpu->regs.cr3 : 0;
}

uint64_t pkvm_host_read_cr4(struct pkvm_host_vcpu *vcpu)
{
	return is_available(vcpu, PKVM_REG_CR4) ? vcpu->regs.cr4 : 0;
}

/* LMA is CR0.PG and EFER.LME, as in the hypervisor. */
uint64_t pkvm_host_read_efer(struct pkvm_host_vcpu *vcpu)
{
	const uint64_t efer = vcpu->regs.efer & ~PKVM_EFER_LMA;

	if (pkvm_host_is_hidden(vcpu))
		return 0;
	if (efer & PKVM_EFER_LME && pkvm_host_read_cr0(vcpu) & PKVM_CR0_PG)
		return efer | PKVM_EFER_LMA;
	return efer;
}

uint64_t pkvm_host_read_pdptr(struct pkvm_host_vcpu *vcpu, uint32_t index)
{
	return index < 4 && is_available(vcpu, PKVM_REG_PDPTR) ? vcpu->regs.pdptr[index] : 0;
}
