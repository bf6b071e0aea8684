/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Evaluation and delivery of virtual interrupts, for a guest that runs with the
 * "virtual-interrupt delivery" control.
 *
 * SDM: chapter "APIC Virtualization and Virtual Interrupts", section "Evaluation
 * and Delivery of Virtual Interrupts". RVI and SVI are the two bytes of the
 * guest interrupt status.
 */
#include "model_access.h"
#include "model_enter.h"

/* Offset of the 32-bit register that has the vector's bit in VIRR or VISR. */
static unsigned int register_of(unsigned int base, uint32_t vector)
{
	return base + 16 * (vector / 32);
}

/* VM entry performs PPR virtualization, which TPR virtualization ends with. */
void model_virtual_interrupt_entry(struct model_cpu *cpu)
{
	struct model_run run = {.cpu = cpu};

	if (model_has_cpu2(cpu, PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS))
		model_tpr_virtualization(&run, model_apic_read(&run, APIC_TPR));
}

bool model_virtual_interrupt_pending(struct model_cpu *cpu)
{
	const uint64_t rvi = *model_field(cpu, PKVM_VMCS_INDEX_GUEST_INTR_STATUS) & 0xff;
	struct model_run run = {.cpu = cpu};

	return model_has_cpu2(cpu, PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS) &&
	       rvi >> 4 > (model_apic_read(&run, APIC_PPR) >> 4 & 15);
}

static uint32_t highest_requested(const struct model_run *run)
{
	for (uint32_t vector = 256; vector-- > 0;) {
		if (model_apic_read(run, register_of(APIC_IRR, vector)) >> vector % 32 & 1)
			return vector;
	}
	return 0;
}

/* Requested becomes in service; returns the vector to go through the IDT. */
uint32_t model_virtual_interrupt_accept(struct model_cpu *cpu)
{
	uint64_t *status = model_field(cpu, PKVM_VMCS_INDEX_GUEST_INTR_STATUS);
	struct model_run run = {.cpu = cpu};
	const uint32_t vector = (uint32_t)(*status & 0xff);
	const uint32_t bit = 1u << vector % 32;
	const unsigned int isr = register_of(APIC_ISR, vector);
	const unsigned int irr = register_of(APIC_IRR, vector);

	model_apic_write(&run, isr, model_apic_read(&run, isr) | bit);
	model_apic_write(&run, APIC_PPR, vector & 0xf0);
	model_apic_write(&run, irr, model_apic_read(&run, irr) & ~bit);
	*status = (uint64_t)vector << 8 | highest_requested(&run);
	return vector;
}
