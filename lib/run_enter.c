/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Entering the guest: translations, events, registers in; the exit's outcome out. */
#include "run_enter.h"
#include "apic.h"
#include "apic/access.h"
#include "event.h"
#include "exit.h"
#include "mmu.h"
#include "msr.h"
#include "run_fpu.h"
#include "run_regs.h"
#include "vmcs/access.h"
#include "vmcs/allowed.h"
#include "vmcs_setup.h"

/* IA32_VMX_EPT_VPID_CAP: types of INVEPT and INVVPID by one context. */
#define INVEPT_SINGLE  PKVM_BIT(25)
#define INVVPID_SINGLE PKVM_BIT(41)

/* ENTRY_FAILED, word0: how the entry failed. */
enum { FAILED_INSTRUCTION, FAILED_AS_EXIT };

static void flush_ept(uint64_t eptp)
{
	const bool single = pkvm_vmcs_caps()->ept_vpid_cap & INVEPT_SINGLE;

	if (pkvm_vmcs_invept(single ? PKVM_INVEPT_SINGLE_CONTEXT : PKVM_INVEPT_ALL_CONTEXTS,
			     single ? eptp : 0))
		pkvm_plat_panic("INVEPT failed");
}

/* Without VPIDs every VM entry and exit flushes by itself. */
static void flush_vpid(void)
{
	const bool single = pkvm_vmcs_caps()->ept_vpid_cap & INVVPID_SINGLE;
	const uint64_t type = single ? PKVM_INVVPID_SINGLE_CONTEXT : PKVM_INVVPID_ALL_CONTEXTS;

	if (!(pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_ENABLE_VPID))
		return;
	if (pkvm_vmcs_invvpid(type, (uint16_t)pkvm_vmread(PKVM_VMCS_VIRTUAL_PROCESSOR_ID), 0))
		pkvm_plat_panic("INVVPID failed");
}

/*
 * What this CPU may still hold of the vCPU is stale when the vCPU ran elsewhere
 * since, when a mapping of the VM went, or when somebody said so.
 */
static void prepare_translations(struct pkvm_vcpu *vcpu)
{
	struct pkvm_vm *vm = vcpu->vm;
	const uint32_t here = pkvm_plat_cpu() + 1;
	uint64_t eptp, generation;
	bool moved;

	pkvm_plat_lock(&vm->lock);
	eptp = pkvm_mmu_eptp(vm);
	generation = vm->ept_generation;
	pkvm_plat_unlock(&vm->lock);
	moved = vcpu->last_cpu != here;
	pkvm_vmwrite(PKVM_VMCS_EPT_POINTER, eptp);
	if (moved || vcpu->ept_generation != generation || (vcpu->flush & PKVM_FLUSH_EPT))
		flush_ept(eptp);
	if (moved || (vcpu->flush & PKVM_FLUSH_VPID))
		flush_vpid();
	vcpu->last_cpu = here;
	vcpu->ept_generation = generation;
	vcpu->flush = 0;
}

/* Never an errno, and never avoided by bending the guest's state. */
static bool entry_failed(int outcome, uint32_t reason, struct pkvm_run_exit *out)
{
	if (outcome)
		return pkvm_leave(out, PKVM_EXIT_ENTRY_FAILED, FAILED_INSTRUCTION,
				  outcome > 0 ? (uint64_t)outcome : 0, 0);
	return pkvm_leave(out, PKVM_EXIT_ENTRY_FAILED, FAILED_AS_EXIT, reason,
			  pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION));
}

/*
 * From here on whoever unmaps waits until the vCPU has left the guest. What was
 * unmapped before that and after the flush shows in the VM's generation; false:
 * flush again.
 */
static bool announce(struct pkvm_vcpu *vcpu)
{
	__atomic_store_n(&vcpu->in_guest, pkvm_plat_cpu() + 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&vcpu->vm->ept_generation, __ATOMIC_SEQ_CST) ==
	    vcpu->ept_generation)
		return true;
	__atomic_store_n(&vcpu->in_guest, 0, __ATOMIC_SEQ_CST);
	return false;
}

/* What the processor holds for the guest comes out before anything is handled. */
static int enter(struct pkvm_vcpu *vcpu, struct pkvm_run_fpu *host)
{
	uint64_t host_msrs[PKVM_NR_SAVED_MSRS];
	int outcome;

	pkvm_apic_enter(vcpu);
	pkvm_msr_enter(vcpu, host_msrs);
	pkvm_pkru_enter(vcpu, host);
	vcpu->has_run = 1;
	outcome = pkvm_vmcs_enter(&vcpu->regs, vcpu->launched);
	__atomic_store_n(&vcpu->in_guest, 0, __ATOMIC_SEQ_CST);
	pkvm_pkru_leave(vcpu, host);
	pkvm_msr_exit(vcpu, host_msrs);
	pkvm_apic_leave(vcpu);
	return outcome;
}

static bool enter_once(struct pkvm_call *call, struct pkvm_run_fpu *host,
		       struct pkvm_run_exit *out)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	struct pkvm_vcpu_area *area = pkvm_plat_private(vcpu->area);
	struct pkvm_injection injection;
	uint32_t reason = 0;
	uint64_t exited, epoch;
	bool ended;
	int outcome;

	do
		prepare_translations(vcpu);
	while (!announce(vcpu));
	pkvm_event_enter(vcpu, &injection);
	outcome = enter(vcpu, host);
	exited = pkvm_plat_tsc();
	epoch = pkvm_trace_epoch(call->hyp);
	if (!outcome)
		reason = (uint32_t)pkvm_vmread(PKVM_VMCS_VM_EXIT_REASON);
	if (outcome || (reason & PKVM_VMX_REASON_ENTRY_FAILURE)) {
		pkvm_event_leave(vcpu, &injection, false);
		return entry_failed(outcome, reason, out);
	}
	vcpu->launched = 1;
	pkvm_event_leave(vcpu, &injection, true);
	ended = pkvm_exit_handle(call, reason & 0xffff, out);
	if (epoch)
		pkvm_trace_exit(&area->tail.trace, epoch, reason & 0xffff,
				pkvm_plat_tsc() - exited);
	return ended;
}

/*
 * Pages that the pool lacks for what an entry needs: the root of the second-level
 * tables, which no mapping may have made yet, and the APIC-access page.
 */
static uint64_t missing_pages(struct pkvm_vcpu *vcpu)
{
	struct pkvm_vm *vm = vcpu->vm;
	uint64_t missing = 1;

	pkvm_plat_lock(&vm->lock);
	if (!vm->ept_root)
		vm->ept_root = pkvm_pool_take(vm);
	if (vm->ept_root)
		missing = pkvm_apic_access_prepare(vcpu);
	pkvm_plat_unlock(&vm->lock);
	return missing;
}

void pkvm_run_until_exit(struct pkvm_call *call, struct pkvm_run_exit *out)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	const uint64_t missing = missing_pages(vcpu);
	struct pkvm_run_fpu host;

	if (missing) {
		pkvm_leave(out, PKVM_EXIT_NEED_PAGES, missing, 0, 0);
		return;
	}
	pkvm_run_regs_in(vcpu);
	if (pkvm_vmx_pin_allowed() & PKVM_VMX_PIN_PREEMPTION_TIMER)
		pkvm_vmwrite(PKVM_VMCS_VMX_PREEMPTION_TIMER_VALUE,
			     PKVM_RUN_QUANTUM >> (pkvm_vmcs_caps()->misc & 31));
	pkvm_fpu_load(vcpu, &host);
	while (!enter_once(call, &host, out))
		;
	pkvm_fpu_save(vcpu, &host);
	pkvm_run_regs_out(vcpu);
}
