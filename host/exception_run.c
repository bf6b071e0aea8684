/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The run loop's part of the reference of exceptions: what goes into an entry, what
 * an exit cut short, and the changes between L1 and L2.
 */
#include "exception_vcpu.h"
#include "exit.h"
#include "x86_ops.h"

/* VM-exit interruption information */
#define INFO_VECTOR     PKVM_BITS(7, 0)
#define INFO_TYPE       PKVM_BITS(10, 8)
#define INFO_INT1       PKVM_U64(0x500) /* privileged software exception */
#define INFO_ERROR_CODE PKVM_BIT(11)

/* False: the exceptions of this vCPU are none of the host's business. */
static bool has_reference(const struct pkvm_host_vcpu *vcpu)
{
	return vcpu->exceptions && !pkvm_host_is_protected(vcpu);
}

/* After an exit to L1 nothing waits: what did was L2's. */
enum pkvm_host_stop pkvm_host_inject_queued(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	int error;

	if (!has_reference(vcpu))
		return PKVM_HOST_GO;
	switch (pkvm_host_inject_exceptions(vcpu, pkvm_host_exceptions_of(vcpu))) {
	case PKVM_HOST_ENTER_L1:
		error = pkvm_host_nested_load_l1(vcpu);
		return error ? pkvm_host_fail(loop, error) : PKVM_HOST_GO;
	case PKVM_HOST_ENTER_SHUTDOWN:
		return PKVM_HOST_STOP_SHUTDOWN;
	default:
		return PKVM_HOST_GO;
	}
}

/*
 * Whether the hypervisor has an exception of this vCPU: one whose delivery the exit
 * cut short, or one that never went in.
 */
static bool is_held(const struct pkvm_host_loop *loop)
{
	if (loop->exit.kind == PKVM_EXIT_NEED_PAGES || loop->exit.kind == PKVM_EXIT_WAIT_FOR_SIPI)
		return loop->vcpu->exceptions->exception.injected;
	return loop->vcpu->page->regs.exception;
}

/* An interrupt that was taken back before and waits for its window is left in its place. */
void pkvm_host_leave_queued(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	const struct pkvm_cancelled interrupt = vcpu->requeued;
	bool held;

	if (!has_reference(vcpu))
		return;
	held = is_held(loop);
	pkvm_host_leave_exceptions(vcpu->exceptions, held);
	if (!held)
		return;
	pkvm_host_cancel_injection(vcpu);
	pkvm_host_requeue_exception(vcpu->exceptions, &vcpu->requeued);
	vcpu->requeued = interrupt;
}

/* One that L1 intercepts, unless a debugger wants it, which is not here. */
enum pkvm_host_stop pkvm_host_handle_exception(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	const struct pkvm_page_exit *exit = &vcpu->page->exit;
	const uint64_t info = exit->interruption_information;
	struct pkvm_exception in = {
		.vector = info & INFO_VECTOR,
		.has_error_code = !!(info & INFO_ERROR_CODE),
		.error_code = exit->interruption_error,
	};

	if (!has_reference(vcpu) || vcpu->guest_debug & PKVM_GUESTDBG_ENABLE)
		return PKVM_HOST_STOP_UNHANDLED;
	if (pkvm_host_exception_is_soft((uint32_t)in.vector))
		in.length = vcpu->instruction_length;
	if ((info & INFO_TYPE) == INFO_INT1)
		vcpu->page->regs.rip += vcpu->instruction_length;
	if (in.vector == PKVM_HOST_VECTOR_DB) {
		in.has_payload = 1;
		in.payload = loop->exit.word1;
	}
	pkvm_host_raise_exception(vcpu, &in);
	return PKVM_HOST_GO;
}

enum pkvm_host_stop pkvm_host_handle_nested_entry(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	struct pkvm_host_exceptions *state = vcpu->exceptions;
	int error = -PKVM_EINVAL;

	if (state && state->nested.has_vmcs)
		error = pkvm_host_nested_enter(state, &state->nested.controls);
	if (error) {
		pkvm_host_inject_ud(vcpu);
		return PKVM_HOST_GO;
	}
	error = pkvm_host_nested_load_l2(vcpu);
	return error ? pkvm_host_fail(loop, error) : PKVM_HOST_GO;
}
