/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The virtual-APIC page: TPR, PPR, EOI and self-IPI virtualization, and memory
 * accesses to the APIC-access page.
 *
 * SDM: chapter "APIC Virtualization and Virtual Interrupts". A virtual
 * interrupt that these leave pending is recognized at the next instruction
 * boundary from RVI, SVI and VPPR; that part belongs to the entry loop.
 */
#include "model_access.h"

/* Fixed delivery, edge triggered, shorthand self, nothing reserved set. */
#define ICR_SELF_MASK  0xffffb700u
#define ICR_SELF_FIXED 0x00040000u
#define APIC_ICR_HIGH  0x310

uint32_t model_apic_read(const struct model_run *run, unsigned int offset)
{
	return (uint32_t)model_load(MODEL_FIELD(run, VIRTUAL_APIC_PAGE_ADDR) + offset, 4);
}

void model_apic_write(struct model_run *run, unsigned int offset, uint32_t value)
{
	model_store(MODEL_FIELD(run, VIRTUAL_APIC_PAGE_ADDR) + offset, 4, value);
}

/* Section "PPR Virtualization": SVI is the upper byte of the interrupt status. */
static void ppr_virtualization(struct model_run *run)
{
	uint32_t svi = (uint32_t)(MODEL_FIELD(run, GUEST_INTR_STATUS) >> 8 & 0xff);
	uint32_t tpr = model_apic_read(run, APIC_TPR) & 0xff;
	bool by_tpr = (tpr >> 4) >= (svi >> 4);

	model_apic_write(run, APIC_PPR, by_tpr ? tpr : svi & 0xf0);
}

/* Section "TPR Virtualization"; the exit comes after the instruction. */
void model_tpr_virtualization(struct model_run *run, uint32_t tpr)
{
	model_apic_write(run, APIC_TPR, tpr);
	if (model_proc2(run, PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS))
		ppr_virtualization(run);
	else if ((tpr >> 4 & 15) < (MODEL_FIELD(run, TPR_THRESHOLD) & 15))
		run->trap_reason = PKVM_VMX_REASON_TPR_BELOW;
}

static uint32_t highest_in_service(const struct model_run *run)
{
	for (unsigned int word = 8; word-- > 0;) {
		uint32_t bits = model_apic_read(run, APIC_ISR + 16 * word);

		for (unsigned int bit = 32; bit-- > 0;)
			if (bits & 1u << bit)
				return 32 * word + bit;
	}
	return 0;
}

static void vector_bit(struct model_run *run, unsigned int base, unsigned int vector, bool set)
{
	unsigned int offset = base + 16 * (vector / 32);
	uint32_t bit = 1u << vector % 32;
	uint32_t bits = model_apic_read(run, offset);

	model_apic_write(run, offset, set ? bits | bit : bits & ~bit);
}

/* Section "EOI Virtualization". */
void model_eoi_virtualization(struct model_run *run)
{
	uint64_t status = MODEL_FIELD(run, GUEST_INTR_STATUS);
	uint32_t vector = (uint32_t)(status >> 8 & 0xff);
	const uint64_t *exits = &MODEL_FIELD(run, EOI_EXIT_BITMAP0);

	vector_bit(run, APIC_ISR, vector, false);
	MODEL_FIELD(run, GUEST_INTR_STATUS) = (status & 0xff) | highest_in_service(run) << 8;
	ppr_virtualization(run);
	if (exits[vector / 64] >> vector % 64 & 1) {
		run->trap_reason = PKVM_VMX_REASON_VIRTUALIZED_EOI;
		run->trap_qualification = vector;
	}
}

/* Section "Self-IPI Virtualization": RVI becomes the larger of the two. */
void model_self_ipi_virtualization(struct model_run *run, unsigned int vector)
{
	uint64_t status = MODEL_FIELD(run, GUEST_INTR_STATUS);

	vector_bit(run, APIC_IRR, vector, true);
	if (vector > (status & 0xff))
		MODEL_FIELD(run, GUEST_INTR_STATUS) = (status & 0xff00) | vector;
}

static enum model_result apic_exit(struct model_run *run, uint64_t pa, unsigned int access)
{
	uint64_t type = access == MODEL_WRITE ? 1 : 0;

	if (access == MODEL_FETCH)
		type = 2;
	if (run->delivering)
		type = 3;
	*run->exit = (struct model_exit){
		.reason = PKVM_VMX_REASON_APIC_ACCESS,
		.qualification = (pa & 0xfff) | type << 12,
		.guest_linear = run->linear,
		.instruction_length = run->delivering ? run->event.length : run->insn.length,
	};
	return MODEL_EXIT;
}

/* Table of section "Virtualizing Reads from the APIC-Access Page". */
static bool read_is_virtual(const struct model_run *run, unsigned int offset)
{
	if (!model_proc2(run, PKVM_VMX_CPU2_APIC_REGISTER_VIRT))
		return offset == APIC_TPR;
	switch (offset) {
	case 0x020:
	case 0x030:
	case 0x080:
	case 0x0b0:
	case 0x0d0:
	case 0x0e0:
	case 0x0f0:
	case 0x280:
	case 0x300:
	case 0x310:
	case 0x380:
	case 0x3e0:
		return true;
	default:
		return (offset >= 0x100 && offset <= 0x270) ||
		       (offset >= 0x320 && offset <= 0x370);
	}
}

static bool write_is_virtual(const struct model_run *run, unsigned int offset)
{
	if (offset == APIC_TPR)
		return true;
	if (!model_proc2(run, PKVM_VMX_CPU2_APIC_REGISTER_VIRT))
		return model_proc2(run, PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS) &&
		       (offset == APIC_EOI || offset == APIC_ICR);
	switch (offset) {
	case 0x020:
	case 0x0b0:
	case 0x0d0:
	case 0x0e0:
	case 0x0f0:
	case 0x280:
	case 0x300:
	case 0x310:
	case 0x380:
	case 0x3e0:
		return true;
	default:
		return offset >= 0x320 && offset <= 0x370;
	}
}

/* Section "APIC-Write Emulation": what follows a virtualized write. */
static void apic_write_emulation(struct model_run *run, unsigned int offset)
{
	uint32_t value = model_apic_read(run, offset);
	bool vid = model_proc2(run, PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS);

	if (offset == APIC_TPR) {
		model_tpr_virtualization(run, value & 0xff);
	} else if (offset == APIC_EOI && vid) {
		model_apic_write(run, APIC_EOI, 0);
		model_eoi_virtualization(run);
	} else if (offset == APIC_ICR && vid && (value & 0xf0) &&
		   (value & ICR_SELF_MASK) == ICR_SELF_FIXED) {
		model_self_ipi_virtualization(run, value & 0xff);
	} else {
		if (offset == APIC_ICR_HIGH)
			model_apic_write(run, offset, value & 0xff000000u);
		run->trap_reason = PKVM_VMX_REASON_APIC_WRITE;
		run->trap_qualification = offset;
	}
}

/*
 * A data access to the APIC-access page: virtualized (done), or a VM exit. The
 * access must lie within one aligned register's low four bytes.
 */
enum model_result model_apic_access(struct model_run *run, uint64_t pa, unsigned int size,
				    unsigned int access, uint64_t *value, bool *done)
{
	unsigned int offset = (unsigned int)pa & 0xff0;
	unsigned int inside = (unsigned int)pa & 0xf;
	uint64_t at = MODEL_FIELD(run, VIRTUAL_APIC_PAGE_ADDR) + offset + inside;

	if (access == MODEL_FETCH || run->delivering ||
	    !model_proc(run, PKVM_VMX_CPU_USE_TPR_SHADOW) || inside + size > 4)
		return apic_exit(run, pa, access);
	if (access == MODEL_READ) {
		if (!read_is_virtual(run, offset))
			return apic_exit(run, pa, access);
		*value = model_load(at, size);
	} else {
		if (!write_is_virtual(run, offset))
			return apic_exit(run, pa, access);
		model_store(at, size, *value);
		apic_write_emulation(run, offset);
	}
	*done = true;
	return MODEL_OK;
}
