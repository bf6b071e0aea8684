/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a host does with its vCPU between two runs. */
#include "equivalence.h"

static void interrupt(struct driver *d, uint32_t vector)
{
	if (d->vcpu.lapic)
		(void)pkvm_host_lapic_accept(&d->apic, vector, equivalence_random(d) % 2);
	else
		d->irq = (int)vector;
}

/* Every question whose answer the summary holds. */
static void ask(struct driver *d)
{
	struct pkvm_host_vcpu *vcpu = &d->vcpu;
	bool db, l;

	equivalence_note(d, (uint64_t)pkvm_host_interrupt_allowed(vcpu,
								  equivalence_random(d) % 2));
	equivalence_note(d, (uint64_t)pkvm_host_nmi_allowed(vcpu, equivalence_random(d) % 2));
	equivalence_note(d, pkvm_host_get_nmi_mask(vcpu));
	equivalence_note(d, pkvm_host_get_if_flag(vcpu));
	equivalence_note(d, pkvm_host_get_rflags(vcpu));
	equivalence_note(d, pkvm_host_get_interrupt_shadow(vcpu));
	equivalence_note(d, (uint64_t)pkvm_host_get_cpl(vcpu));
	equivalence_note(d, (uint64_t)pkvm_host_get_cpl_no_cache(vcpu));
	equivalence_note(d, (uint64_t)pkvm_host_sync_pir_to_irr(vcpu));
	pkvm_host_get_cs_db_l_bits(vcpu, &db, &l);
	equivalence_note(d, (uint64_t)db << 1 | l);
}

static void inject(struct driver *d, uint32_t vector)
{
	static const struct pkvm_exception ud = {.vector = 6};
	const struct pkvm_irq irq = {vector, 0, 0};
	struct pkvm_host_vcpu *vcpu = &d->vcpu;

	/* What cancel_injection took back comes first. */
	if (vcpu->requeued.kind != PKVM_EVENT_NONE)
		return;
	switch (equivalence_random(d) % 4) {
	case 0:
		equivalence_note(d, (uint64_t)pkvm_host_inject_irq_if_allowed(vcpu, vector));
		break;
	case 1:
		if (pkvm_host_interrupt_allowed(vcpu, true) > 0)
			pkvm_host_inject_irq(vcpu, &irq);
		break;
	case 2:
		if (pkvm_host_nmi_allowed(vcpu, true) > 0)
			pkvm_host_inject_nmi(vcpu);
		break;
	default:
		if (pkvm_host_interrupt_allowed(vcpu, true) != -PKVM_EBUSY)
			pkvm_host_inject_exception(vcpu, &ud);
	}
}

void equivalence_operate(struct driver *d)
{
	struct pkvm_host_vcpu *vcpu = &d->vcpu;
	const uint64_t value = equivalence_random(d);
	const uint32_t vector = 0x20 + (uint32_t)(value % 0xe0);

	switch (equivalence_random(d) % 16) {
	case 0: case 1: case 2:
		interrupt(d, vector);
		break;
	case 3:
		pkvm_host_queue_nmi(vcpu);
		break;
	case 4:
		pkvm_host_write_tsc_offset(vcpu, value);
		break;
	case 5:
		pkvm_host_write_tsc_multiplier(vcpu, value | 1);
		break;
	case 6:
		pkvm_host_load_eoi_exitmap(vcpu, (uint64_t[4]){value, value >> 1, 0, 1});
		break;
	case 7:
		pkvm_host_hwapic_isr_update(vcpu, value % 4 ? -1 : (int)vector);
		break;
	case 8:
		pkvm_host_set_interrupt_shadow(vcpu, value % 8 ? 0 : 1);
		break;
	case 9:
		pkvm_host_set_nmi_mask(vcpu, value % 8 == 0);
		break;
	case 10:
		pkvm_host_cancel_injection(vcpu);
		equivalence_note(d, vcpu->requeued.kind << 8 | vcpu->requeued.vector);
		break;
	case 11:
		(value % 2 ? pkvm_host_enable_irq_window : pkvm_host_enable_nmi_window)(vcpu);
		break;
	case 12:
		pkvm_host_vcpu_put(vcpu);
		pkvm_host_vcpu_load(vcpu);
		break;
	case 13:
		inject(d, vector);
		break;
	default:
		ask(d);
	}
}
