/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The run loop. */
#include "exit.h"
#include "x86_ops.h"

/* False: it stays halted. */
static bool wake(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;

	if (vcpu->halted && pkvm_host_can_wake(loop))
		vcpu->halted = false;
	return !vcpu->halted;
}

/* One entry and the exit that ends it. */
static enum pkvm_host_stop enter(struct pkvm_host_loop *loop)
{
	enum pkvm_host_stop stop;
	int error;

	if (!wake(loop))
		return PKVM_HOST_STOP_HALTED;
	stop = pkvm_host_inject_pending(loop);
	if (stop != PKVM_HOST_GO)
		return stop;
	error = pkvm_host_vcpu_run(loop->vcpu, &loop->exit);
	if (error)
		return pkvm_host_fail(loop, error);
	pkvm_host_leave_queued(loop);
	stop = pkvm_host_handle_exit(loop);
	pkvm_host_tell_user_eoi(loop);
	return stop;
}

/* Before the entry a debugger's step is one over what the VMM skipped. */
static enum pkvm_host_stop step(struct pkvm_host_loop *loop)
{
	enum pkvm_host_stop stop = pkvm_host_handle_step(loop);

	if (stop == PKVM_HOST_GO)
		stop = enter(loop);
	return stop == PKVM_HOST_GO ? pkvm_host_handle_step(loop) : stop;
}

/* What was called on the way may have left the VM dead. */
struct pkvm_host_outcome pkvm_host_run(struct pkvm_host_vcpu *vcpu,
				       const struct pkvm_host_devices *devices,
				       uint64_t max_exits)
{
	struct pkvm_host_loop loop = { .vcpu = vcpu, .devices = devices };
	enum pkvm_host_stop stop = PKVM_HOST_GO;

	if (vcpu->cpu == PKVM_HOST_NO_CPU)
		pkvm_host_vcpu_load(vcpu);
	for (uint64_t i = 0; i < max_exits && stop == PKVM_HOST_GO; i++) {
		stop = step(&loop);
		if (pkvm_host_is_dead(vcpu->vm))
			stop = pkvm_host_fail(&loop, -PKVM_HOST_EIO);
	}
	if (stop == PKVM_HOST_GO)
		stop = PKVM_HOST_STOP_EXITS;
	return (struct pkvm_host_outcome){ stop, loop.error, loop.exit };
}

void pkvm_host_queue_nmi(struct pkvm_host_vcpu *vcpu)
{
	__atomic_store_n(&vcpu->nmi_pending, true, __ATOMIC_RELEASE);
}
