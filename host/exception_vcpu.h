/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A vCPU with the reference of exceptions: what the host's own code raises, and
 * what a VMM saves and restores.
 *
 * Without the reference (vcpu->exceptions is NULL) an exception goes to the
 * hypervisor at once, which keeps it until the next entry. A pVM's exceptions are
 * the hypervisor's: nothing is queued for one, and nothing of it told.
 */
#ifndef PKVM_HOST_EXCEPTION_VCPU_H
#define PKVM_HOST_EXCEPTION_VCPU_H

#include "exception.h"

/* Connects the reference, which lives as long as the vCPU does. */
void pkvm_host_add_exceptions(struct pkvm_host_vcpu *vcpu, struct pkvm_host_exceptions *state);

/* The reference, knowing what the VM's capability and the last run made of it. */
struct pkvm_host_exceptions *pkvm_host_exceptions_of(struct pkvm_host_vcpu *vcpu);

/* INIT or RESET: nothing waits, and L2 is left. */
void pkvm_host_forget_exceptions(struct pkvm_host_vcpu *vcpu);

/* What the host finds when it carries out or skips an instruction. */
void pkvm_host_raise_exception(struct pkvm_host_vcpu *vcpu, const struct pkvm_exception *in);

/* What cancel_injection took back: its delivery was begun. */
void pkvm_host_requeue_exception(struct pkvm_host_exceptions *state,
				 const struct pkvm_cancelled *event);

/* Whether a halted vCPU has to go on. */
bool pkvm_host_exception_waits(const struct pkvm_host_vcpu *vcpu);

/*
 * As a VMM's ioctls, in any order and with pkvm_host_get_sregs() and
 * pkvm_host_set_sregs(); exception_save.c has the rule. The vCPU has a reference.
 * Of one that the host may not touch event state is empty and cannot be changed,
 * and debug registers are -EINVAL. What DR7 cannot be is -EINVAL too, and then
 * nothing is restored.
 */
void pkvm_host_save_events(struct pkvm_host_vcpu *vcpu, struct pkvm_host_vcpu_events *events);
PKVM_MUST_CHECK int pkvm_host_restore_events(struct pkvm_host_vcpu *vcpu,
					     const struct pkvm_host_vcpu_events *events);
PKVM_MUST_CHECK int pkvm_host_save_debugregs(struct pkvm_host_vcpu *vcpu,
					     struct pkvm_host_debugregs *debugregs);
PKVM_MUST_CHECK int pkvm_host_restore_debugregs(struct pkvm_host_vcpu *vcpu,
						const struct pkvm_host_debugregs *debugregs);
/* What goes with an exit to the VMM. */
void pkvm_host_copy_out(struct pkvm_host_vcpu *vcpu, struct pkvm_host_copy_out *out);

#endif
