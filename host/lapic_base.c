/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* IA32_APIC_BASE: the mode of a local APIC, and changes of it. */
#include "irqchip.h"
#include "x86_ops.h"

#define BASE_BSP       PKVM_BIT(8)
#define BASE_MODE      PKVM_BITS(11, 10)
#define BASE_EXTD      PKVM_BIT(10)
#define BASE_ENABLE    PKVM_BIT(11)
#define BASE_ADDRESS   PKVM_BITS(35, 12)        /* every processor has so many bits */
#define BASE_SUPPORTED (BASE_BSP | BASE_MODE | BASE_ADDRESS)

/*
 * SDM "x2APIC State Transitions": x2APIC mode is entered from xAPIC mode and left
 * by disabling the APIC only.
 */
static bool is_transition(uint64_t from, uint64_t to)
{
	from &= BASE_MODE;
	to &= BASE_MODE;
	if (from == BASE_MODE)
		return to != BASE_ENABLE;
	return from || to != BASE_MODE;
}

/* The hypervisor ends it with x2APIC mode. */
static void end_apicv(struct pkvm_host_vcpu *vcpu)
{
	vcpu->apicv_active = false;
	if (vcpu->lapic)
		pkvm_host_lapic_from_apicv(vcpu->lapic);
}

int pkvm_host_set_apic_base(struct pkvm_host_vcpu *vcpu, uint64_t base, bool guest)
{
	if (base & ~BASE_SUPPORTED || (base & BASE_MODE) == BASE_EXTD ||
	    (guest && !is_transition(vcpu->apic_base, base)))
		return -PKVM_EINVAL;
	if (base == vcpu->apic_base)
		return 0;
	vcpu->apic_base = base;
	if (vcpu->apicv_active && (base & BASE_MODE) != BASE_MODE)
		end_apicv(vcpu);
	pkvm_host_set_virtual_apic_mode(vcpu);
	if (vcpu->lapic)
		vcpu->lapic->evaluate = true;
	return 0;
}
