/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The local APIC: requests, priorities, service, and end of interrupt. */
#include "irqchip.h"
#include "x86_ops.h"

/* IA32_APIC_BASE */
#define BASE_AT_RESET PKVM_U64(0xfee00800)
#define BASE_EXTD     PKVM_BIT(10)
#define BASE_ENABLE   PKVM_BIT(11)

/* SDM "Local APIC State After Power-Up or Reset" */
#define SPIV_AT_RESET 0xffu
#define DFR_AT_RESET  0xffffffffu
#define LVT_MASKED    0x10000u

#define FIRST_VECTOR       16u  /* those below are illegal to an APIC     */
#define LAST_VECTOR        255u
#define RECEIVED_ILLEGAL   0x40u /* ESR [6]                               */
#define PRIORITY_CLASS     0xf0u

static uint64_t base_of(const struct pkvm_host_lapic *apic)
{
	return apic->vcpu ? apic->vcpu->apic_base : apic->base;
}

bool pkvm_host_lapic_is_enabled(const struct pkvm_host_lapic *apic)
{
	return base_of(apic) & BASE_ENABLE;
}

bool pkvm_host_lapic_is_x2apic(const struct pkvm_host_lapic *apic)
{
	return pkvm_host_lapic_is_enabled(apic) && base_of(apic) & BASE_EXTD;
}

bool pkvm_host_lapic_is_virtual(const struct pkvm_host_lapic *apic)
{
	return apic->vcpu && apic->vcpu->apicv_active;
}

/* SDM "Logical x2APIC ID" */
uint32_t pkvm_host_lapic_ldr(const struct pkvm_host_lapic *apic)
{
	if (!pkvm_host_lapic_is_x2apic(apic))
		return PKVM_HOST_APIC(apic, LDR);
	return apic->id >> 4 << 16 | 1u << (apic->id & 0xf);
}

void pkvm_host_lapic_reset(struct pkvm_host_lapic *apic)
{
	for (uint32_t i = 0; i < sizeof(apic->reg) / sizeof(apic->reg[0]); i++)
		apic->reg[i] = 0;
	for (uint32_t at = PKVM_HOST_APIC_LVT_FIRST; at <= PKVM_HOST_APIC_LVT_LAST; at += 16)
		apic->reg[at / 16] = LVT_MASKED;
	PKVM_HOST_APIC(apic, SPIV) = SPIV_AT_RESET;
	PKVM_HOST_APIC(apic, DFR) = DFR_AT_RESET;
	if (apic->vcpu) {
		apic->vcpu->page->apic.tpr = 0;
		pkvm_host_lapic_forget_posted(apic);
	}
	apic->base = BASE_AT_RESET;
	apic->errors = 0;
	apic->user_eoi = PKVM_HOST_NO_VECTOR;
	apic->evaluate = true;
	pkvm_host_lapic_set_version(apic);
}

uint32_t pkvm_host_lapic_ppr(uint32_t tpr, uint32_t isrv)
{
	if ((tpr & PRIORITY_CLASS) >= (isrv & PRIORITY_CLASS))
		return tpr & 0xff;
	return isrv & PRIORITY_CLASS;
}

static bool read_bit(const struct pkvm_host_lapic *apic, uint32_t offset, uint32_t vector)
{
	return apic->reg[offset / 16 + vector / 32] >> vector % 32 & 1;
}

int pkvm_host_highest_vector(const uint32_t *reg, uint32_t apart)
{
	for (uint32_t i = 8; i-- > 0;) {
		const uint32_t bits = reg[i * apart];

		if (bits)
			return (int)(i * 32 + 31) - __builtin_clz(bits);
	}
	return PKVM_HOST_NO_VECTOR;
}

int pkvm_host_lapic_highest(const struct pkvm_host_lapic *apic, uint32_t offset)
{
	return pkvm_host_highest_vector(&apic->reg[offset / 16], 1);
}

static int in_service(const struct pkvm_host_lapic *apic)
{
	uint32_t irr[8], isr[8];

	if (!pkvm_host_lapic_is_virtual(apic))
		return pkvm_host_lapic_highest(apic, PKVM_HOST_APIC_ISR);
	pkvm_host_lapic_shown(apic, irr, isr);
	return pkvm_host_highest_vector(isr, 1);
}

static void write_bit(struct pkvm_host_lapic *apic, uint32_t offset, uint32_t vector, bool set)
{
	uint32_t *reg = &apic->reg[offset / 16 + vector / 32];
	const uint32_t bit = 1u << vector % 32;

	*reg = set ? *reg | bit : *reg & ~bit;
}

uint32_t pkvm_host_lapic_current_ppr(const struct pkvm_host_lapic *apic)
{
	const int isr = in_service(apic);

	return pkvm_host_lapic_ppr(pkvm_host_lapic_tpr(apic), isr < 0 ? 0 : (uint32_t)isr);
}

bool pkvm_host_lapic_accept(struct pkvm_host_lapic *apic, uint32_t vector, bool level)
{
	if (vector > LAST_VECTOR || !pkvm_host_lapic_is_enabled(apic) ||
	    !(PKVM_HOST_APIC(apic, SPIV) & PKVM_HOST_APIC_SPIV_ENABLE))
		return false;
	if (vector < FIRST_VECTOR) {
		apic->errors |= RECEIVED_ILLEGAL;
		return false;
	}
	write_bit(apic, PKVM_HOST_APIC_TMR, vector, level);
	if (pkvm_host_lapic_is_virtual(apic))
		pkvm_host_lapic_post(apic, vector);
	else
		write_bit(apic, PKVM_HOST_APIC_IRR, vector, true);
	apic->evaluate = true;
	return true;
}

/* With APICv active the processor looks for itself. */
int pkvm_host_lapic_pending(const struct pkvm_host_lapic *apic)
{
	const int irr = pkvm_host_lapic_highest(apic, PKVM_HOST_APIC_IRR);
	const uint32_t ppr = pkvm_host_lapic_current_ppr(apic);

	if (irr < 0 || pkvm_host_lapic_is_virtual(apic) || !pkvm_host_lapic_is_enabled(apic) ||
	    ((uint32_t)irr & PRIORITY_CLASS) <= (ppr & PRIORITY_CLASS))
		return PKVM_HOST_NO_VECTOR;
	return irr;
}

/* APICv: the page tells an npVM's IRR and ISR; of a pVM the hypervisor answers. */
bool pkvm_host_lapic_has_interrupt(struct pkvm_host_lapic *apic)
{
	uint32_t ppr;
	int irr;

	if (!pkvm_host_lapic_is_virtual(apic))
		return pkvm_host_lapic_pending(apic) >= 0;
	irr = pkvm_host_sync_pir_to_irr(apic->vcpu);
	if (pkvm_host_is_protected(apic->vcpu))
		return irr >= 0 && pkvm_host_protected_apic_has_interrupt(apic->vcpu);
	pkvm_host_lapic_settle(apic);
	ppr = pkvm_host_lapic_current_ppr(apic);
	return irr >= 0 && ((uint32_t)irr & PRIORITY_CLASS) > (ppr & PRIORITY_CLASS);
}

int pkvm_host_lapic_ack(struct pkvm_host_lapic *apic)
{
	const int vector = pkvm_host_lapic_pending(apic);

	if (vector < 0)
		return vector;
	write_bit(apic, PKVM_HOST_APIC_IRR, (uint32_t)vector, false);
	write_bit(apic, PKVM_HOST_APIC_ISR, (uint32_t)vector, true);
	pkvm_host_lapic_update_ppr(apic);
	return vector;
}

/*
 * To the I/O APIC here for every vector, because of its notifiers; to user space
 * for a level alone, and not when it is suppressed.
 */
static void broadcast_eoi(struct pkvm_host_lapic *apic, uint32_t vector)
{
	const struct pkvm_host_irqchip *chip = apic->chip;
	const bool level = read_bit(apic, PKVM_HOST_APIC_TMR, vector);
	const bool suppressed = pkvm_host_lapic_suppresses_eoi(apic);

	if (pkvm_host_irqchip_has_ioapic(chip)) {
		if (chip->ioapic)
			pkvm_host_ioapic_eoi(chip->ioapic, vector, suppressed || !level);
	} else if (level && !suppressed) {
		apic->user_eoi = (int)vector;
	}
}

void pkvm_host_lapic_eoi(struct pkvm_host_lapic *apic)
{
	const int vector = pkvm_host_lapic_highest(apic, PKVM_HOST_APIC_ISR);

	if (vector < 0)
		return;
	write_bit(apic, PKVM_HOST_APIC_ISR, (uint32_t)vector, false);
	pkvm_host_lapic_update_ppr(apic);
	broadcast_eoi(apic, (uint32_t)vector);
	apic->evaluate = true;
}

void pkvm_host_lapic_eoi_exit(struct pkvm_host_lapic *apic, uint32_t vector)
{
	broadcast_eoi(apic, vector & LAST_VECTOR);
	apic->evaluate = true;
}
