/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One operation of the directive `host` while it is played, and what the files
 * of such operations share.
 */
#ifndef PKVM_TOOLS_HOST_OP_H
#define PKVM_TOOLS_HOST_OP_H

#include "host/exception_vcpu.h"
#include "host/host.h"
#include "host/irqchip.h"
#include "scenario.h"

#define HOST_QUEUE 64           /* interrupts that wait for a vCPU           */
#define HOST_OUTS  3            /* values of OUT that are remembered         */
#define HOST_TEXT  256          /* what a guest wrote to its first serial port */

/* A vCPU with its devices. */
struct host_vcpu {
	struct pkvm_host_vcpu vcpu;
	uint8_t irq[HOST_QUEUE];
	unsigned int irqs;
	struct pkvm_host_lapic lapic;   /* connected if its VM has an irqchip */
	struct pkvm_host_exceptions exceptions;
	uint64_t outs;
	uint64_t ins;
	uint32_t out[HOST_OUTS];        /* values of the last OUTs, latest first */
	uint64_t in_value;      /* for every IN                              */
	char text[HOST_TEXT];
	size_t text_length;
	struct host_vcpu *next;
};

struct host_vm {
	struct pkvm_host_vm vm;
	struct pkvm_host_irqchip chip;
	struct pkvm_host_ioapic ioapic; /* the kernel's or the VMM's          */
	uint64_t acks;                  /* acknowledge notifiers that ran     */
	uint32_t device_pin;            /* of a device that lowers its line   */
	uint32_t device_port;           /* when this port is written; 0: none */
	struct host_vm *next;
};

/* The host of a scenario: what its operations have made, latest first. */
struct host_side {
	struct pkvm_host host;
	struct host_vm *vms;
	struct host_vcpu *vcpus;
};

struct host_op {
	struct scenario *s;
	const struct text_line *line;
	struct host_side *side;
	struct pkvm_host_vm *vm;        /* NULL: it is about none            */
	struct host_vcpu *vcpu;
	const char *prefix;             /* of constants in its fields        */
};

/* A field's value, 0 when it is not given. */
uint64_t host_field(const struct host_op *op, const char *name, uint64_t limit);

/*
 * host_life.c, host_state.c, host_sregs.c,
 * host_run.c, host_irqchip.c: rows that need more than a stub
 */
void host_start(const struct host_op *op);
void host_vm_init(const struct host_op *op);
void host_vcpu_create(const struct host_op *op);
void host_write(const struct host_op *op);
void host_read(const struct host_op *op);
void host_set_segment(const struct host_op *op);
void host_get_segment(const struct host_op *op);
void host_set_table(const struct host_op *op, bool idt);
void host_get_table(const struct host_op *op, bool idt);
void host_get_msr(const struct host_op *op);
void host_cancel(const struct host_op *op);
void host_set_cpuid(const struct host_op *op);
void host_run(const struct host_op *op);
void host_irq(const struct host_op *op);
void host_create_irqchip(const struct host_op *op);
void host_x2apic_api(const struct host_op *op);
void host_line(const struct host_op *op);
void host_notify(const struct host_op *op);
void host_device(const struct host_op *op);
void host_ioapic(const struct host_op *op);
void host_lapic(const struct host_op *op);
void host_set_lapic(const struct host_op *op);
void host_refresh_apicv(const struct host_op *op);
/* host_irqchip.c: the devices of an irqchip in user space, and a new vCPU's local APIC */
struct host_vm *host_vm_of(struct pkvm_host_vm *vm);
void host_device_written(struct pkvm_host_vm *vm, uint16_t port);
void host_connect_lapic(const struct host_op *op, struct host_vcpu *vcpu);
void host_get_sregs(const struct host_op *op);
void host_set_sregs(const struct host_op *op);
/* host_exception.c, host_nested.c: exceptions of a vCPU, and its L1 and L2 */
void host_connect_exceptions(const struct host_op *op, struct host_vcpu *vcpu);
void host_queue_exception(const struct host_op *op);
void host_get_events(const struct host_op *op);
void host_set_events(const struct host_op *op);
void host_get_debugregs(const struct host_op *op);
void host_set_debugregs(const struct host_op *op);
void host_copy_out(const struct host_op *op);
void host_nested_vmcs(const struct host_op *op);
void host_nested(const struct host_op *op);

#endif
