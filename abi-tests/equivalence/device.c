/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The VMM: a port of random numbers, one MSR, an interrupt controller of one line. */
#include "equivalence.h"

#define MSR 0x6e0u

static void out(void *opaque, uint16_t port, uint32_t size, uint32_t value)
{
	equivalence_note(opaque, (uint64_t)port << 32 | size << 8 | (value & 0xff));
}

static uint32_t in(void *opaque, uint16_t port, uint32_t size)
{
	return (uint32_t)equivalence_random(opaque) + port + size;
}

static int rdmsr(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index, uint64_t *value)
{
	const struct driver *d = opaque;

	(void)vcpu;
	*value = d->msr;
	return index == MSR ? 0 : PKVM_HOST_NOT_MINE;
}

static int wrmsr(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index, uint64_t value)
{
	struct driver *d = opaque;

	(void)vcpu;
	equivalence_note(d, index ^ value);
	if (index != MSR)
		return PKVM_HOST_NOT_MINE;
	d->msr = value;
	return 0;
}

static int pending(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	const struct driver *d = opaque;

	(void)vcpu;
	return d->irq;
}

static uint32_t ack(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	struct driver *d = opaque;
	const int vector = d->irq;

	(void)vcpu;
	d->acks++;
	d->irq = -1;
	return (uint32_t)vector;
}

void equivalence_devices(struct driver *d)
{
	d->devices = (struct pkvm_host_devices){
		.opaque = d, .out = out, .in = in, .rdmsr = rdmsr, .wrmsr = wrmsr,
		.pending_irq = pending, .ack_irq = ack,
	};
}
