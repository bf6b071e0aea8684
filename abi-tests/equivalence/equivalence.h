/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Two hosts that are to be the same, driven by the same random numbers: a random
 * guest, what a host does to it, and one number in which all is folded that either
 * host can see: answers, exits, devices, the guest's memory, and from time to time
 * what the hypervisor keeps to itself.
 *
 * Programs on a model and on a processor with VMX link this; each boots its system
 * and says what happens to a condition that does not hold.
 */
#ifndef PKVM_EQUIVALENCE_H
#define PKVM_EQUIVALENCE_H

#include "../../guest/assemble.h"
#include "../../host/irqchip.h"
#include "../../host/post.h"
#include "../../host/run.h"
#include "../../host/x86_ops.h"

#define EQUIVALENCE_CODE    0x1000u
#define EQUIVALENCE_HANDLER 0x1800u
#define EQUIVALENCE_STACK   0x3000u
#define EQUIVALENCE_RAM     0x8000u

/* Sequences from one look at the hypervisor's own memory to the next. */
#define EQUIVALENCE_PERIOD  32u

struct driver {
	const struct pkvm_host *host;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu;
	struct pkvm_host_irqchip chip;
	struct pkvm_host_lapic apic;
	struct pkvm_host_devices devices;
	struct pkvm_asm assembler;
	uint8_t code[1024];
	uint64_t msr;           /* of the VMM's one MSR                         */
	uint32_t acks;          /* interrupts that the VMM's controller gave    */
	int irq;                /* vector that waits there, or -1               */
	bool has_clock;         /* the guest reads and writes its TSC           */
	uint64_t random;
	uint64_t digest;
};

/* Each program's own: ends it when the condition does not hold. */
void equivalence_must(bool holds, const char *what);
/* Each program's own: what private_digest() of the hypervisor is, with this vCPU loaded. */
uint64_t equivalence_private(const struct driver *d);

/*
 * sequence.c: a VM with one vCPU, both by the seed: the VM's kind, and whose the
 * local APIC is. A TSC that does not count alike for both hosts is no clock.
 */
void equivalence_begin(struct driver *d, const struct pkvm_host *host, uint64_t seed,
		       bool has_clock);
/* So many sequences, and what each came to. */
void equivalence_drive(struct driver *d, uint64_t *digest, unsigned int count);
void equivalence_end(struct driver *d);

/* sequence.c: the next random number; folds a value into the digest. */
uint64_t equivalence_random(struct driver *d);
void equivalence_note(struct driver *d, uint64_t value);

/* guest.c: random operations for ever, in real-address mode. */
void equivalence_write_guest(struct driver *d);
/* operate.c: one random operation of the host's. */
void equivalence_operate(struct driver *d);
/* device.c: the VMM's devices. */
void equivalence_devices(struct driver *d);

#endif
