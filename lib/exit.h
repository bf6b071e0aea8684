/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VM exits: which the hypervisor answers itself, and what the host sees of the
 * others. A handler returns whether the run ends; *out, zero before, then says
 * how.
 */
#ifndef PKVM_LIB_EXIT_H
#define PKVM_LIB_EXIT_H

#include "call.h"

/* Ends the run with a kind and up to three words. */
static inline bool pkvm_leave(struct pkvm_run_exit *out, uint64_t kind, uint64_t word0,
			      uint64_t word1, uint64_t word2)
{
	out->kind = kind;
	out->word0 = word0;
	out->word1 = word1;
	out->word2 = word2;
	return true;
}

/* exit.c: an exit of either kind of VM. */
bool pkvm_exit_handle(struct pkvm_call *call, uint32_t reason, struct pkvm_run_exit *out);

/*
 * exit_npvm.c: an npVM's exit, whole; a #DB that the processor did not take, with what
 * its exit qualification would be.
 */
bool pkvm_exit_forward(const struct pkvm_vcpu *vcpu, uint32_t reason,
		       struct pkvm_run_exit *out);
bool pkvm_exit_forward_debug(const struct pkvm_vcpu *vcpu, uint64_t qualification,
			     struct pkvm_run_exit *out);

/* exit_pvm.c: a pVM's exit, as much of it as the host has to know. */
bool pkvm_exit_pvm(struct pkvm_call *call, uint32_t reason, struct pkvm_run_exit *out);

/* exit_event.c: an exception, an NMI or a machine check. */
bool pkvm_exit_exception(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out);
/* Behind pkvm_skip_instruction(): the trap that it queued, if a debugger takes it. */
bool pkvm_exit_trap(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out);
void pkvm_exit_nmi_unblocking(uint64_t information);

/* exit_io.c: IN and OUT of a pVM, and the host's answer to IN. */
bool pkvm_exit_io(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out);
void pkvm_exit_io_answer(struct pkvm_vcpu *vcpu, uint64_t value);

/* exit_msr.c: RDMSR and WRMSR of a pVM. */
bool pkvm_exit_rdmsr(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out);
bool pkvm_exit_wrmsr(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out);

/* exit_cr.c, exit_xsetbv.c: a pVM's MOV to CR, LMSW and XSETBV. */
bool pkvm_exit_cr(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out);
void pkvm_exit_xsetbv(struct pkvm_vcpu *vcpu);

/* exit_skip.c: CPL of the guest, and whether it is in 64-bit mode. */
unsigned int pkvm_guest_cpl(void);
bool pkvm_guest_in_64bit(void);

/*
 * Completes the instruction that caused the exit: RIP behind it, no blocking by
 * STI or MOV SS any more, a single-step trap if one is due.
 */
void pkvm_skip_instruction(struct pkvm_vcpu *vcpu);

/* Writes EAX, EDX and so on as a 32-bit operation does: upper half zero. */
static inline void pkvm_gpr_write32(struct pkvm_vcpu *vcpu, uint32_t gpr, uint64_t value)
{
	vcpu->regs.gpr[gpr] = value & PKVM_BITS(31, 0);
}

static inline uint32_t pkvm_gpr_read32(const struct pkvm_vcpu *vcpu, uint32_t gpr)
{
	return (uint32_t)vcpu->regs.gpr[gpr];
}

#endif
