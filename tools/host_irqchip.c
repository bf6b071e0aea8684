/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Operations of `host` about interrupt controllers: a VM's irqchip, its I/O APIC,
 * its lines, and a vCPU's local APIC.
 */
#include <stddef.h>
#include <stdlib.h>

#include "host/x86_ops.h"
#include "host_op.h"

static const enum pkvm_host_tpr_policy tpr_policies[] = {
	PKVM_HOST_TPR_EVERY_PPR, PKVM_HOST_TPR_EVERY_EXIT, PKVM_HOST_TPR_IF_DELIVERABLE,
};

struct host_vm *host_vm_of(struct pkvm_host_vm *vm)
{
	return (struct host_vm *)((char *)vm - offsetof(struct host_vm, vm));
}

static void count_ack(void *opaque, struct pkvm_host_ioapic *ioapic, uint32_t pin)
{
	struct host_vm *vm = opaque;

	(void)ioapic;
	(void)pin;
	vm->acks++;
}

/* The I/O APIC is the kernel's, or with a split irqchip the VMM's. */
void host_create_irqchip(const struct host_op *op)
{
	const uint32_t version = (uint32_t)scenario_number(op->s, op->line, "version",
							   PKVM_HOST_IOAPIC_82093AA, 0xff);
	struct host_vm *vm = host_vm_of(op->vm);
	struct pkvm_host_ioapic ioapic;
	int error = pkvm_host_ioapic_init(&ioapic, &vm->chip, version);

	if (!error)
		error = pkvm_host_vm_create_irqchip(
			&vm->vm, &vm->chip, (uint32_t)host_field(op, "mode", UINT32_MAX));
	op->s->result.error = error;
	if (error)
		return;
	vm->ioapic = ioapic;
	vm->chip.tpr_policy = tpr_policies[op->s->option[SCENARIO_OPTION_tpr_policy]];
	vm->ioapic.ack = count_ack;
	vm->ioapic.opaque = vm;
	if (pkvm_host_irqchip_has_ioapic(&vm->chip))
		vm->chip.ioapic = &vm->ioapic;
}

void host_x2apic_api(const struct host_op *op)
{
	uint64_t supported;

	op->s->result.error = pkvm_host_vm_x2apic_api(op->vm, host_field(op, "flags", UINT64_MAX),
						      &supported);
	scenario_result_add(op->s, "value", supported);
}

void host_connect_lapic(const struct host_op *op, struct host_vcpu *vcpu)
{
	struct pkvm_host_irqchip *chip = op->vm->chip;

	if (!chip || chip->mode == PKVM_IRQCHIP_NONE)
		return;
	op->s->result.error = pkvm_host_irqchip_add_lapic(chip, &vcpu->lapic, &vcpu->vcpu,
							  vcpu->vcpu.id);
	vcpu->lapic.has_x2apic = scenario_number(op->s, op->line, "x2apic", 1, 1);
	pkvm_host_lapic_set_version(&vcpu->lapic);
}

/* The I/O APIC that an operation is about. */
static struct pkvm_host_ioapic *ioapic_of(const struct host_op *op)
{
	struct pkvm_host_ioapic *ioapic = &host_vm_of(op->vm)->ioapic;

	if (!ioapic->chip)
		scenario_bad(op->s, op->line, "the VM has no I/O APIC; expected host "
			     "create_irqchip before");
	return ioapic;
}

void host_line(const struct host_op *op)
{
	op->s->result.error = pkvm_host_ioapic_set_line(ioapic_of(op),
							(uint32_t)host_field(op, "pin", UINT32_MAX),
							host_field(op, "asserted", 1));
}

void host_device(const struct host_op *op)
{
	struct host_vm *vm = host_vm_of(op->vm);

	(void)ioapic_of(op);
	vm->device_pin = (uint32_t)host_field(op, "pin", PKVM_HOST_IOAPIC_PINS - 1);
	vm->device_port = (uint32_t)host_field(op, "port", UINT16_MAX);
}

/* A device is served when its port is written, and asserts its line no more. */
void host_device_written(struct pkvm_host_vm *of, uint16_t port)
{
	struct host_vm *vm = host_vm_of(of);

	if (port && port == vm->device_port &&
	    pkvm_host_ioapic_set_line(&vm->ioapic, vm->device_pin, false))
		abort();
}

void host_notify(const struct host_op *op)
{
	ioapic_of(op)->notified |=
		1u << host_field(op, "pin", PKVM_HOST_IOAPIC_PINS - 1);
}

void host_ioapic(const struct host_op *op)
{
	const uint64_t pin = host_field(op, "pin", PKVM_HOST_IOAPIC_PINS - 1);
	const struct host_vm *vm = host_vm_of(op->vm);
	const uint64_t entry = ioapic_of(op)->entry[pin];

	scenario_result_add(op->s, "vector", entry & PKVM_HOST_IOAPIC_VECTOR);
	scenario_result_add(op->s, "level", !!(entry & PKVM_HOST_IOAPIC_LEVEL));
	scenario_result_add(op->s, "masked", !!(entry & PKVM_HOST_IOAPIC_MASKED));
	scenario_result_add(op->s, "remote_irr", !!(entry & PKVM_HOST_IOAPIC_REMOTE_IRR));
	scenario_result_add(op->s, "asserted", vm->ioapic.line >> pin & 1);
	scenario_result_add(op->s, "sent", vm->ioapic.sent);
	scenario_result_add(op->s, "acks", vm->acks);
}

/* The local APIC that an operation is about. */
static struct pkvm_host_lapic *lapic_of(const struct host_op *op)
{
	if (!op->vcpu->vcpu.lapic)
		scenario_bad(op->s, op->line, "the vCPU has no local APIC of the host; expected "
			     "host create_irqchip before host vcpu_create");
	return op->vcpu->vcpu.lapic;
}

/* The highest vector in IRR or ISR as they are saved, with APICv and without; or -1. */
static uint64_t highest(const struct pkvm_host_lapic_state *state, uint32_t offset)
{
	return (uint64_t)(int64_t)pkvm_host_highest_vector(&state->reg[offset / 4], 4);
}

void host_lapic(const struct host_op *op)
{
	const struct pkvm_host_lapic *apic = lapic_of(op);
	struct pkvm_host_lapic_state state;

	pkvm_host_lapic_get_state(apic, &state);
	scenario_result_add(op->s, "tpr", pkvm_host_lapic_tpr(apic));
	scenario_result_add(op->s, "ppr", state.reg[PKVM_HOST_APIC_PPR / 4]);
	scenario_result_add(op->s, "version", PKVM_HOST_APIC(apic, LVR));
	scenario_result_add(op->s, "spiv", PKVM_HOST_APIC(apic, SPIV));
	scenario_result_add(op->s, "irr", highest(&state, PKVM_HOST_APIC_IRR));
	scenario_result_add(op->s, "isr", highest(&state, PKVM_HOST_APIC_ISR));
	scenario_result_add(op->s, "pending", (uint64_t)(int64_t)pkvm_host_lapic_pending(apic));
	scenario_result_add(op->s, "user_eois", op->vcpu->vcpu.stats.user_eois);
}

static void set_vector(const struct host_op *op, const char *name, uint32_t offset,
		       struct pkvm_host_lapic_state *state)
{
	const uint64_t vector = host_field(op, name, 255);

	if (scenario_text_field(op->line, name))
		state->reg[(offset + vector / 32 * 16) / 4] |= 1u << vector % 32;
}

/* As a VMM does that migrates a vCPU: all is read, some of it changed, all written. */
void host_set_lapic(const struct host_op *op)
{
	struct pkvm_host_lapic *apic = lapic_of(op);
	struct pkvm_host_lapic_state state;

	pkvm_host_lapic_get_state(apic, &state);
	if (scenario_text_field(op->line, "tpr"))
		state.reg[PKVM_HOST_APIC_TPR / 4] = (uint32_t)host_field(op, "tpr", 0xff);
	if (scenario_text_field(op->line, "spiv"))
		state.reg[PKVM_HOST_APIC_SPIV / 4] = (uint32_t)host_field(op, "spiv", UINT32_MAX);
	set_vector(op, "irr", PKVM_HOST_APIC_IRR, &state);
	set_vector(op, "isr", PKVM_HOST_APIC_ISR, &state);
	op->s->result.error = pkvm_host_lapic_set_state(apic, &state);
}

void host_refresh_apicv(const struct host_op *op)
{
	op->vcpu->vcpu.apicv_active = host_field(op, "active", 1);
	pkvm_host_refresh_apicv_exec_ctrl(&op->vcpu->vcpu);
}
