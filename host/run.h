/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The run loop: injects what waits, runs the vCPU, handles its exits by the
 * devices of a VMM, until it has to stop.
 */
#ifndef PKVM_HOST_RUN_H
#define PKVM_HOST_RUN_H

#include "host.h"

/* Answers of pending_irq that are no vector. */
#define PKVM_HOST_NO_IRQ (-1)
#define PKVM_HOST_EXTINT (-2)   /* the controller tells the vector when it is acknowledged */

/* Answer of an MSR hook: not a register of this device. */
#define PKVM_HOST_NOT_MINE 1

/*
 * A VMM's devices. A hook that is NULL is a device that does not exist: writes
 * go nowhere, reads give ones, an MSR or an MMIO access fails.
 */
struct pkvm_host_devices {
	void *opaque;
	void (*out)(void *opaque, uint16_t port, uint32_t size, uint32_t value);
	uint32_t (*in)(void *opaque, uint16_t port, uint32_t size);
	/* 0, PKVM_HOST_NOT_MINE, or negative: #GP(0) */
	int (*rdmsr)(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index,
		     uint64_t *value);
	int (*wrmsr)(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index,
		     uint64_t value);
	/* the status of the guest's call */
	int (*mmio_read)(void *opaque, uint64_t gpa, uint32_t size, uint64_t *value);
	int (*mmio_write)(void *opaque, uint64_t gpa, uint32_t size, uint64_t value);
	/* the vector that waits, PKVM_HOST_NO_IRQ or PKVM_HOST_EXTINT */
	int (*pending_irq)(void *opaque, struct pkvm_host_vcpu *vcpu);
	/* the interrupt is delivered; its vector */
	uint32_t (*ack_irq)(void *opaque, struct pkvm_host_vcpu *vcpu);
	void (*eoi)(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t vector);
	/* a pVM started a secondary: its vCPU is to be run */
	void (*start_cpu)(void *opaque, uint32_t apic_id);
	/* an npVM's XCR0 is the host's to load; false: #GP(0) */
	bool (*xsetbv)(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index,
		       uint64_t value);
};

enum pkvm_host_stop {
	PKVM_HOST_GO,                   /* 0: it did not stop; never returned   */
	PKVM_HOST_STOP_EXITS,           /* as many exits as were asked for      */
	PKVM_HOST_STOP_HALTED,          /* HLT, and no interrupt to wake it     */
	PKVM_HOST_STOP_WAITING,         /* a secondary that nobody has started  */
	PKVM_HOST_STOP_SHUTDOWN,        /* triple fault                         */
	PKVM_HOST_STOP_ENTRY_FAILED,    /* the exit says why                    */
	PKVM_HOST_STOP_NO_MEMORY,       /* an access where no slot is           */
	PKVM_HOST_STOP_UNHANDLED,       /* an exit that this host cannot handle */
	PKVM_HOST_STOP_FAILED           /* a call failed, or memory ran out     */
};

struct pkvm_host_outcome {
	enum pkvm_host_stop stop;
	int error;                      /* with PKVM_HOST_STOP_FAILED           */
	struct pkvm_run_exit exit;      /* the last one                         */
};

/* Runs the vCPU, loaded on this CPU or bound to none, for at most so many exits. */
struct pkvm_host_outcome pkvm_host_run(struct pkvm_host_vcpu *vcpu,
				       const struct pkvm_host_devices *devices,
				       uint64_t max_exits);

/* Makes an NMI pending, from any thread. */
void pkvm_host_queue_nmi(struct pkvm_host_vcpu *vcpu);

#endif
