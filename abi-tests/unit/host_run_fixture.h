/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A VMM whose devices note what they are asked, and a run loop that gets the
 * exits that a test wants. A program includes it once.
 */
#ifndef PKVM_TEST_HOST_RUN_FIXTURE_H
#define PKVM_TEST_HOST_RUN_FIXTURE_H

#include "host_fixture.h"
#include "host/memory.h"
#include "host/run.h"

static struct {
	uint64_t address;
	uint64_t value;
	uint32_t size;
	uint32_t started;
	uint32_t vector;
	int status;
	int irq;
	unsigned int acks;
} vmm;

static int mmio_read(void *opaque, uint64_t gpa, uint32_t size, uint64_t *value)
{
	(void)opaque;
	vmm.address = gpa;
	vmm.size = size;
	*value = 0xabcd;
	return vmm.status;
}

static int mmio_write(void *opaque, uint64_t gpa, uint32_t size, uint64_t value)
{
	(void)opaque;
	vmm.address = gpa;
	vmm.size = size;
	vmm.value = value;
	return vmm.status;
}

static void port_out(void *opaque, uint16_t port, uint32_t size, uint32_t value)
{
	(void)opaque;
	vmm.address = port;
	vmm.size = size;
	vmm.value = value;
}

static uint32_t port_in(void *opaque, uint16_t port, uint32_t size)
{
	(void)opaque;
	vmm.address = port;
	vmm.size = size;
	return 0x11223344;
}

static void start_cpu(void *opaque, uint32_t apic_id)
{
	(void)opaque;
	vmm.started = apic_id;
}

static void eoi(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t vector)
{
	(void)opaque;
	(void)vcpu;
	vmm.vector = vector;
}

static int pending_irq(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	(void)opaque;
	(void)vcpu;
	return vmm.irq;
}

static uint32_t ack_irq(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	(void)opaque;
	(void)vcpu;
	vmm.acks++;
	vmm.irq = PKVM_HOST_NO_IRQ;
	return 0x51;
}

static const struct pkvm_host_devices devices = {
	.out = port_out, .in = port_in, .mmio_read = mmio_read, .mmio_write = mmio_write,
	.pending_irq = pending_irq, .ack_irq = ack_irq, .eoi = eoi, .start_cpu = start_cpu,
};
static const struct pkvm_host_devices no_devices;

/* One exit, with its kind and words. */
static inline struct pkvm_host_outcome run_once(const struct pkvm_host_devices *with,
						uint64_t kind, uint64_t word0,
						uint64_t word1, uint64_t word2,
						uint64_t word3)
{
	const struct fake_answer exit = {0, {kind, word0, word1, word2, word3}};

	fake.runs = &exit;
	fake.nr_runs = 1;
	fake.calls = 0;
	return pkvm_host_run(&fake_vcpu, with, 1);
}

static void reset(bool protected_vm)
{
	fake_reset(protected_vm);
	memset(&vmm, 0, sizeof(vmm));
	vmm.irq = PKVM_HOST_NO_IRQ;
}

#endif
