/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One VM with one vCPU on a machine, made by the host's code, and a VMM for it.
 * A program includes it once.
 */
#ifndef PKVM_TEST_HOST_MACHINE_FIXTURE_H
#define PKVM_TEST_HOST_MACHINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guest/assemble.h"
#include "host/memory.h"
#include "host/run.h"
#include "host/sregs.h"
#include "host/x86_ops.h"
#include "machine/machine.h"

#define CODE    0x1000u
#define HANDLER 0x1800u
#define STACK   0x3000u
#define RAM     0x8000u

/* A VMM with a serial port, one MSR, one interrupt line. */
struct vmm {
	char text[64];
	unsigned int length;
	uint64_t msr;
	int irq;                /* vector that waits, or -1 */
	unsigned int acks;
};

struct world {
	struct machine *machine;
	struct pkvm_host host;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu;
	struct vmm vmm;
	uint64_t private_pages; /* after the system is up */
	uint8_t code[1024];
	struct pkvm_asm assembler;
};

static void device_out(void *opaque, uint16_t port, uint32_t size, uint32_t value)
{
	struct vmm *vmm = opaque;

	assert_int_equal(port, 0x3f8);
	assert_int_equal(size, 1);
	assert_in_range(vmm->length, 0, sizeof(vmm->text) - 2);
	vmm->text[vmm->length++] = (char)value;
}

static uint32_t device_in(void *opaque, uint16_t port, uint32_t size)
{
	(void)opaque;
	assert_int_equal(port, 0x3fd);
	assert_int_equal(size, 1);
	return 'i';
}

static int device_rdmsr(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index,
			uint64_t *value)
{
	struct vmm *vmm = opaque;

	(void)vcpu;
	*value = vmm->msr;
	return index == 0x6e0 ? 0 : PKVM_HOST_NOT_MINE;
}

static int device_wrmsr(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index,
			uint64_t value)
{
	struct vmm *vmm = opaque;

	(void)vcpu;
	if (index != 0x6e0)
		return PKVM_HOST_NOT_MINE;
	vmm->msr = value;
	return 0;
}

static int device_pending(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	(void)vcpu;
	return ((struct vmm *)opaque)->irq;
}

static uint32_t device_ack(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	struct vmm *vmm = opaque;
	const int vector = vmm->irq;

	(void)vcpu;
	vmm->acks++;
	vmm->irq = -1;
	return (uint32_t)vector;
}

static struct pkvm_host_devices devices_of(struct vmm *vmm)
{
	return (struct pkvm_host_devices){
		.opaque = vmm,
		.out = device_out,
		.in = device_in,
		.rdmsr = device_rdmsr,
		.wrmsr = device_wrmsr,
		.pending_irq = device_pending,
		.ack_irq = device_ack,
	};
}

/* Features of which the host of the next machine knows nothing. */
static uint64_t without;

static void boot(struct world *w)
{
	const struct machine_config config = {.ram_size = 16 << 20, .hyp_size = 1 << 20,
					      .seed = 5, .deterministic_tsc = true};
	struct pkvm_memory_region regions[2];

	w->machine = machine_create(&config, NULL);
	assert_non_null(w->machine);
	regions[0] = (struct pkvm_memory_region){0, machine_hyp_base(w->machine),
						 PKVM_REGION_RAM};
	regions[1] = (struct pkvm_memory_region){machine_hyp_base(w->machine), 1 << 20,
						 PKVM_REGION_HYPERVISOR};
	assert_int_equal(pkvm_host_negotiate_without(&w->host, without), 0);
	assert_int_equal(pkvm_host_boot(regions, 2), 0);
	assert_int_equal(pkvm_host_enable_virtualization_cpu(), 0);
	w->private_pages = machine_page_counts(w->machine).private;
	assert_int_equal(machine_page_counts(w->machine).allocated, 0);
}

static inline void create(struct world *w, uint64_t type)
{
	memset(w, 0, sizeof(*w));
	w->vmm.irq = -1;
	boot(w);
	assert_int_equal(pkvm_host_vm_init(&w->vm, &w->host, type, 4), 0);
	assert_int_equal(pkvm_host_vcpu_create(&w->vm, &w->vcpu, 0), 0);
	assert_int_equal(pkvm_host_memory_add(&w->vm, 0, RAM), 0);
	pkvm_asm_begin(&w->assembler, w->code, sizeof(w->code), 16);
}

static void emit(struct world *w, const char *name, unsigned int n, uint64_t a, uint64_t b)
{
	const uint64_t operands[2] = {a, b};

	assert_int_equal(pkvm_asm_op(&w->assembler, name, operands, n), PKVM_ASM_OK);
}

static void load_code(struct world *w, uint64_t gpa)
{
	assert_int_equal(pkvm_asm_finish(&w->assembler), PKVM_ASM_OK);
	assert_int_equal(pkvm_host_memory_write(&w->vm, gpa, w->code, w->assembler.used), 0);
	pkvm_asm_begin(&w->assembler, w->code, sizeof(w->code), 16);
}

/* Real-address mode at CODE, as the processor leaves RESET otherwise. */
static void prepare(struct world *w)
{
	struct pkvm_host_segment cs;

	pkvm_host_vcpu_load(&w->vcpu);
	pkvm_host_vcpu_reset(&w->vcpu, false);
	pkvm_host_get_segment(&w->vcpu, &cs, PKVM_SEG_CS);
	assert_int_equal(cs.base, 0xffff0000);
	cs.base = 0;
	cs.selector = 0;
	pkvm_host_set_segment(&w->vcpu, &cs, PKVM_SEG_CS);
	w->vcpu.page->regs.rip = CODE;
	w->vcpu.page->regs.gpr[4] = STACK;
	assert_int_equal(pkvm_host_vm_finalize(&w->vm), 0);
}

static inline struct pkvm_host_outcome run(struct world *w)
{
	const struct pkvm_host_devices devices = devices_of(&w->vmm);

	return pkvm_host_run(&w->vcpu, &devices, 1000);
}

/* Every page is the host's again, and free. */
static void finish(struct world *w)
{
	const bool dead = pkvm_host_is_dead(&w->vm);

	assert_int_equal(pkvm_host_vm_destroy(&w->vm), 0);
	assert_false(dead);
	assert_int_equal(machine_page_counts(w->machine).private, w->private_pages);
	assert_int_equal(machine_page_counts(w->machine).allocated, 0);
	machine_destroy(w->machine);
}

#endif
