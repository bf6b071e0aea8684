/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * `host run`: the host's run loop with the devices of a small VMM: a serial port
 * that prints, ports that count, an interrupt controller that is a queue.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exit_names.h"
#include "host/run.h"
#include "host/x86_ops.h"
#include "host_op.h"

#define SERIAL_PORT 0x3f8
#define IOAPIC_PAGE 0xfec00000u

static void remember_out(struct host_vcpu *vcpu, uint32_t value)
{
	memmove(vcpu->out + 1, vcpu->out, sizeof(vcpu->out) - sizeof(vcpu->out[0]));
	vcpu->out[0] = value;
}

static void port_out(void *opaque, uint16_t port, uint32_t size, uint32_t value)
{
	struct host_vcpu *vcpu = opaque;

	vcpu->outs++;
	remember_out(vcpu, value);
	host_device_written(vcpu->vcpu.vm, port);
	if (port == SERIAL_PORT && size == 1 && vcpu->text_length < HOST_TEXT)
		vcpu->text[vcpu->text_length++] = (char)value;
}

static uint32_t port_in(void *opaque, uint16_t port, uint32_t size)
{
	struct host_vcpu *vcpu = opaque;

	(void)port;
	(void)size;
	vcpu->ins++;
	return (uint32_t)vcpu->in_value;
}

static int pending_irq(void *opaque, struct pkvm_host_vcpu *of)
{
	const struct host_vcpu *vcpu = opaque;

	(void)of;
	return vcpu->irqs ? vcpu->irq[0] : PKVM_HOST_NO_IRQ;
}

static uint32_t ack_irq(void *opaque, struct pkvm_host_vcpu *of)
{
	struct host_vcpu *vcpu = opaque;
	const uint8_t vector = vcpu->irq[0];

	(void)of;
	memmove(vcpu->irq, vcpu->irq + 1, --vcpu->irqs);
	return vector;
}

/* The guest's end of interrupt, as an x2APIC without memory of its own. */
#define X2APIC_FIRST 0x800u
#define X2APIC_LAST  0x8ffu

static int read_msr(void *opaque, struct pkvm_host_vcpu *of, uint32_t index, uint64_t *value)
{
	(void)opaque;
	(void)of;
	*value = 0;
	return index >= X2APIC_FIRST && index <= X2APIC_LAST ? 0 : PKVM_HOST_NOT_MINE;
}

static int write_msr(void *opaque, struct pkvm_host_vcpu *of, uint32_t index, uint64_t value)
{
	(void)opaque;
	(void)of;
	(void)value;
	return index >= X2APIC_FIRST && index <= X2APIC_LAST ? 0 : PKVM_HOST_NOT_MINE;
}

/* The I/O APIC of a split irqchip is the VMM's. */
static struct pkvm_host_ioapic *ioapic_at(struct host_vcpu *vcpu, uint64_t gpa)
{
	const struct pkvm_host_irqchip *chip = vcpu->vcpu.vm->chip;

	if (!chip || chip->mode != PKVM_IRQCHIP_SPLIT ||
	    (gpa & ~(uint64_t)0xfff) != IOAPIC_PAGE)
		return NULL;
	return &host_vm_of(vcpu->vcpu.vm)->ioapic;
}

static int mmio_read(void *opaque, uint64_t gpa, uint32_t size, uint64_t *value)
{
	struct host_vcpu *vcpu = opaque;

	if (ioapic_at(vcpu, gpa))
		return pkvm_host_ioapic_read(ioapic_at(vcpu, gpa), gpa & 0xfff, size, value);
	*value = vcpu->in_value;
	return 0;
}

static int mmio_write(void *opaque, uint64_t gpa, uint32_t size, uint64_t value)
{
	struct host_vcpu *vcpu = opaque;

	if (ioapic_at(vcpu, gpa))
		return pkvm_host_ioapic_write(ioapic_at(vcpu, gpa), gpa & 0xfff, size, value);
	remember_out(vcpu, (uint32_t)value);
	return 0;
}

/* The broadcast of an EOI that reached user space. */
static void end_of_interrupt(void *opaque, struct pkvm_host_vcpu *of, uint32_t vector)
{
	(void)opaque;
	if (of->vm->chip)
		pkvm_host_ioapic_eoi(&host_vm_of(of->vm)->ioapic, vector, false);
}

static void print_text(struct scenario *s, struct host_vcpu *vcpu)
{
	if (!s->quiet && vcpu->text_length)
		printf("  guest writes: %.*s\n", (int)vcpu->text_length, vcpu->text);
	vcpu->text_length = 0;
}

static void add_exit(struct scenario *s, const struct pkvm_run_exit *exit)
{
	const uint64_t word[EXIT_WORDS] = {exit->word0, exit->word1, exit->word2, exit->word3};

	scenario_result_add(s, "kind", exit->kind);
	for (unsigned int i = 0; i < EXIT_WORDS; i++) {
		const char *name = exit_word_name(exit->kind, word[0], i);

		if (name)
			scenario_result_add(s, name, word[i]);
	}
}

void host_run(const struct host_op *op)
{
	const struct pkvm_host_devices devices = {
		.opaque = op->vcpu, .out = port_out, .in = port_in, .rdmsr = read_msr,
		.wrmsr = write_msr, .mmio_read = mmio_read, .mmio_write = mmio_write,
		.pending_irq = pending_irq, .ack_irq = ack_irq, .eoi = end_of_interrupt,
	};
	static const char *const names[HOST_OUTS] = {"out", "out.1", "out.2"};
	const uint64_t exits = scenario_number(op->s, op->line, "exits", 1000, UINT32_MAX);
	struct host_vcpu *vcpu = op->vcpu;
	const uint64_t outs = vcpu->outs, ins = vcpu->ins;
	const struct pkvm_host_stats before = vcpu->vcpu.stats;
	struct pkvm_host_outcome outcome;

	vcpu->in_value = host_field(op, "in", UINT64_MAX);
	outcome = pkvm_host_run(&vcpu->vcpu, &devices, exits);
	if (outcome.stop == PKVM_HOST_STOP_FAILED && pkvm_error_name(outcome.error))
		op->s->result.error = outcome.error;
	scenario_result_add(op->s, "stop", outcome.stop);
	add_exit(op->s, &outcome.exit);
	scenario_result_add(op->s, "runs", vcpu->vcpu.stats.runs - before.runs);
	scenario_result_add(op->s, "outs", vcpu->outs - outs);
	scenario_result_add(op->s, "ins", vcpu->ins - ins);
	scenario_result_add(op->s, "delivered", vcpu->vcpu.stats.injected - before.injected);
	scenario_result_add(op->s, "user_eois",
			    vcpu->vcpu.stats.user_eois - before.user_eois);
	for (unsigned int i = 0; i < HOST_OUTS; i++)
		scenario_result_add(op->s, names[i], vcpu->out[i]);
	print_text(op->s, vcpu);
}

void host_irq(const struct host_op *op)
{
	const uint8_t vector = (uint8_t)host_field(op, "vector", 255);

	if (op->vcpu->vcpu.lapic) {
		(void)pkvm_host_lapic_accept(op->vcpu->vcpu.lapic, vector, false);
		return;
	}
	if (op->vcpu->irqs == HOST_QUEUE)
		scenario_bad(op->s, op->line, "more than %d interrupts wait", HOST_QUEUE);
	op->vcpu->irq[op->vcpu->irqs++] = vector;
}
