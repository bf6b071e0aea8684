/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A run loop of KVM's shape on whatever stage.h is: one vCPU with APICv whose guest
 * does port I/O and halts for a disk, and a host that polls while it is halted. The
 * loop knows parameters.inc; which calls that makes is the host's matter.
 */
#ifndef PKVM_BENCH_WORKLOAD_H
#define PKVM_BENCH_WORKLOAD_H

#include "../host/irqchip.h"
#include "../host/run.h"
#include "../host/x86_ops.h"

enum parameter {
#define PARAMETER(NAME, NPVM, PVM, SOURCE) PARAMETER_##NAME,
#include "parameters.inc"
	NR_PARAMETERS
};

struct workload {
	struct pkvm_host host;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu;
	struct pkvm_host_irqchip chip;
	struct pkvm_host_lapic apic;
	struct pkvm_host_devices devices;
	const uint64_t *value;                  /* of the VM's kind, a second    */
	uint64_t due[NR_PARAMETERS];            /* fractions of an event, in runs */
	uint64_t left;                          /* of a poll's cycles            */
	bool ready;                             /* what user space was told last */
};

/* Up to the guest's first exits; type is PKVM_VM_*. What fails ends the program. */
void workload_begin(struct workload *w, uint64_t type, bool posting);
/* So many passes of the loop, each with one entry. */
void workload_run(struct workload *w, unsigned long runs);
void workload_end(struct workload *w);

#endif
