/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the parts of the run loop share: the exit being handled, and who handles it. */
#ifndef PKVM_HOST_EXIT_H
#define PKVM_HOST_EXIT_H

#include "run.h"

struct pkvm_host_loop {
	struct pkvm_host_vcpu *vcpu;
	const struct pkvm_host_devices *devices;
	struct pkvm_run_exit exit;
	int error;
};

/* exit.c: an exit of either kind of VM; PKVM_HOST_GO goes on running. */
enum pkvm_host_stop pkvm_host_handle_exit(struct pkvm_host_loop *loop);
/* Backs a page and maps it, or donates pages for page tables. */
enum pkvm_host_stop pkvm_host_handle_fault(struct pkvm_host_loop *loop, uint64_t gpa);
enum pkvm_host_stop pkvm_host_fail(struct pkvm_host_loop *loop, int error);

void pkvm_host_tell_eoi(struct pkvm_host_loop *loop, uint32_t vector);
void pkvm_host_tell_user_eoi(struct pkvm_host_loop *loop);

/*
 * exit_mmio.c: an access to a device in guest-physical memory. Of a pVM it is a
 * guest call; an npVM's instruction is decoded and carried out here.
 */
PKVM_MUST_CHECK int pkvm_host_mmio_read(struct pkvm_host_loop *loop, uint64_t gpa,
					uint32_t size, uint64_t *value);
PKVM_MUST_CHECK int pkvm_host_mmio_write(struct pkvm_host_loop *loop, uint64_t gpa,
					 uint32_t size, uint64_t value);
enum pkvm_host_stop pkvm_host_handle_apic_access(struct pkvm_host_loop *loop);
enum pkvm_host_stop pkvm_host_handle_npvm_fault(struct pkvm_host_loop *loop);

/* exit_vmx.c: an npVM's, by basic exit reason. */
enum pkvm_host_stop pkvm_host_handle_vmx(struct pkvm_host_loop *loop);
/* A debugger's step over an instruction that was skipped, here or by the VMM. */
enum pkvm_host_stop pkvm_host_handle_step(struct pkvm_host_loop *loop);
bool pkvm_host_in_64bit_mode(struct pkvm_host_vcpu *vcpu);

/* exit_cr.c: an npVM's MOV to and from CR, CLTS and LMSW. */
enum pkvm_host_stop pkvm_host_handle_cr(struct pkvm_host_loop *loop);

/* exit_io.c */
void pkvm_host_port_out(struct pkvm_host_loop *loop, uint16_t port, uint32_t size,
			uint64_t value);
uint64_t pkvm_host_port_in(struct pkvm_host_loop *loop, uint16_t port, uint32_t size);
enum pkvm_host_stop pkvm_host_handle_io(struct pkvm_host_loop *loop);
/* exit_outs.c: OUTS, whose operand may not be there */
enum pkvm_host_stop pkvm_host_handle_outs(struct pkvm_host_loop *loop);

/*
 * exception_run.c: with vcpu->exceptions. Before an entry, after an exit, and an
 * exception that was the exit.
 */
enum pkvm_host_stop pkvm_host_inject_queued(struct pkvm_host_loop *loop);
void pkvm_host_leave_queued(struct pkvm_host_loop *loop);
enum pkvm_host_stop pkvm_host_handle_exception(struct pkvm_host_loop *loop);
/* L1's VMLAUNCH or VMRESUME. */
enum pkvm_host_stop pkvm_host_handle_nested_entry(struct pkvm_host_loop *loop);

/* exit_msr.c: either kind's RDMSR and WRMSR, answered. */
void pkvm_host_handle_rdmsr(struct pkvm_host_loop *loop, uint32_t index);
void pkvm_host_handle_wrmsr(struct pkvm_host_loop *loop, uint32_t index, uint64_t value);

/* exit_guest_call.c: a pVM's forwarded guest call. */
enum pkvm_host_stop pkvm_host_handle_guest_call(struct pkvm_host_loop *loop);

/* inject.c */
enum pkvm_host_stop pkvm_host_inject_pending(struct pkvm_host_loop *loop);
bool pkvm_host_can_wake(struct pkvm_host_loop *loop);
void pkvm_host_inject_ud(struct pkvm_host_vcpu *vcpu);
void pkvm_host_inject_gp(struct pkvm_host_vcpu *vcpu);

#endif
