/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Whether a stub may call, and what becomes of the call's status. */
#include "platform.h"
#include "post.h"
#include "result.h"
#include "x86_ops.h"

#define IA32_XSS 0xda0u

/* Refusals that a host expects: they harm nobody, and nobody hears of them. */
static const struct {
	uint64_t call;
	int64_t error;
	uint64_t argument;
} expected[] = {
	/* KVM clears it at vCPU reset; a pVM's is the hypervisor's, and 0 then. */
	{ PKVM_HC_set_msr,                      -PKVM_EPERM,      IA32_XSS },
	/* KVM asks whether the processor offers it or not. */
	{ PKVM_HC_refresh_apicv_exec_ctrl,      -PKVM_EOPNOTSUPP, PKVM_HOST_ANY },
	{ PKVM_HC_hwapic_isr_update,            -PKVM_EOPNOTSUPP, PKVM_HOST_ANY },
	{ PKVM_HC_sync_pir_to_irr,              -PKVM_EOPNOTSUPP, PKVM_HOST_ANY },
	{ PKVM_HC_protected_apic_has_interrupt, -PKVM_EOPNOTSUPP, PKVM_HOST_ANY },
	{ PKVM_HC_write_tsc_multiplier,         -PKVM_EOPNOTSUPP, PKVM_HOST_ANY },
};

static uint32_t policy_of(uint64_t call)
{
	switch (call) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case NUMBER:                                                                 \
		return PKVM_POLICY_##POLICY;
#include <pkvm/hypercalls.inc>
	default:
		return PKVM_POLICY_na;
	}
}

static uint32_t context_of(uint64_t call)
{
	switch (call) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case NUMBER:                                                                 \
		return PKVM_CONTEXT_##CONTEXT;
#include <pkvm/hypercalls.inc>
	default:
		return PKVM_CONTEXT_any;
	}
}

void pkvm_host_catch_up(struct pkvm_host_vcpu *vcpu, uint64_t call)
{
	if (context_of(call) != PKVM_CONTEXT_vcpu)
		return;
	if (vcpu->load_due)
		pkvm_host_vcpu_load_now(vcpu);
	pkvm_host_settle(vcpu);
}

bool pkvm_host_may(const struct pkvm_host_vcpu *vcpu, uint64_t call)
{
	const bool protected_vm = pkvm_host_is_protected(vcpu);

	switch (policy_of(call)) {
	case PKVM_POLICY_before_run:
		return !pkvm_host_is_hidden(vcpu);
	case PKVM_POLICY_npvm_only:
		return !protected_vm;
	case PKVM_POLICY_pvm_only:
		return protected_vm;
	case PKVM_POLICY_pvm_before:
		return protected_vm && !pkvm_host_is_hidden(vcpu);
	default:
		return true;
	}
}

static bool is_listed(uint64_t call, uint64_t argument, int64_t error)
{
	for (unsigned int i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		if (expected[i].call == call && expected[i].error == error &&
		    (expected[i].argument == PKVM_HOST_ANY ||
		     expected[i].argument == argument))
			return true;
	}
	return false;
}

/*
 * The policy's own refusal, which names no word: the guest of a pVM has started
 * this secondary since the host looked.
 */
static bool has_started(const struct pkvm_host_vcpu *vcpu, uint64_t call,
			struct pkvm_status status)
{
	const uint32_t policy = policy_of(call);

	return status.error == -PKVM_EPERM && !status.refused && pkvm_host_is_protected(vcpu) &&
	       (policy == PKVM_POLICY_before_run || policy == PKVM_POLICY_pvm_before);
}

/* True: it succeeded, or was refused as expected. */
static bool is_expected(struct pkvm_host_vcpu *vcpu, uint64_t call, uint64_t argument,
			struct pkvm_status status)
{
	if (!status.error)
		return true;
	if (has_started(vcpu, call, status))
		pkvm_host_hide(vcpu);
	else if (!is_listed(call, argument, status.error))
		return false;
	vcpu->stats.refused++;
	return true;
}

int pkvm_host_take_result(struct pkvm_host_vcpu *vcpu, uint64_t call, uint64_t argument,
			  struct pkvm_status status)
{
	vcpu->stats.calls++;
	(void)is_expected(vcpu, call, argument, status);
	return (int)status.error;
}

bool pkvm_host_judge(struct pkvm_host_vcpu *vcpu, uint64_t call, uint64_t argument,
		     struct pkvm_status status)
{
	if (!is_expected(vcpu, call, argument, status))
		pkvm_host_vm_bugged(vcpu->vm, call, status.error);
	return !status.error;
}

bool pkvm_host_take(struct pkvm_host_vcpu *vcpu, uint64_t call, uint64_t argument,
		    struct pkvm_status status)
{
	vcpu->stats.calls++;
	return pkvm_host_judge(vcpu, call, argument, status);
}

void pkvm_host_vm_bugged(struct pkvm_host_vm *vm, uint64_t call, int64_t status)
{
	const char *name = pkvm_host_call_name(call);

	if (!__atomic_exchange_n(&vm->dead, 1, __ATOMIC_RELAXED))
		pkvm_host_plat_log("a call failed that must not, the VM is dead",
				   name ? name : "unknown", status);
}
