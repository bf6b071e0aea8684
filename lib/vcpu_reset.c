/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* RESET, INIT and SIPI of a vCPU. */
#include "apic.h"
#include "call.h"
#include "control_register.h"
#include "event.h"
#include "msr.h"
#include "run_regs.h"
#include "summary.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"
#include "vmcs_setup.h"

#include <pkvm/control_register.h>
#include <pkvm/cpuid.h>
#include <pkvm/rflags.h>

#define CR0_AT_RESET PKVM_U64(0x60000010)
#define DR6_AT_RESET PKVM_U64(0xffff0ff0)
#define DR7_AT_RESET PKVM_U64(0x400)
#define RIP_AT_RESET PKVM_U64(0xfff0)
#define CS_AT_RESET  0xf000u
#define CS_BASE      PKVM_U64(0xffff0000)
#define LIMIT        0xffffu

/* Access rights: present, read/write, accessed; the LDT; a busy 32-bit TSS. */
#define AR_DATA 0x93u
#define AR_LDT  0x82u
#define AR_TSS  0x8bu

#define XCR0_AT_RESET PKVM_U64(1)

/* EDX without a CPUID table that tells family, model and stepping. */
#define PROCESSOR_SIGNATURE 0x600u

/* The distance between the fields of two segment registers, ES first. */
#define SEGMENT(FIELD, INDEX) ((uint32_t)PKVM_VMCS_GUEST_ES_##FIELD + 2u * (INDEX))
enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

static void write_segment(uint32_t index, uint32_t selector, uint64_t base, uint32_t rights)
{
	pkvm_vmwrite(SEGMENT(SELECTOR, index), selector);
	pkvm_vmwrite(SEGMENT(BASE, index), base);
	pkvm_vmwrite(SEGMENT(LIMIT, index), LIMIT);
	pkvm_vmwrite(SEGMENT(AR_BYTES, index), rights);
}

static void reset_segments(void)
{
	for (uint32_t index = ES; index <= GS; index++)
		write_segment(index, 0, 0, AR_DATA);
	write_segment(CS, CS_AT_RESET, CS_BASE, AR_DATA);
	write_segment(LDTR, 0, 0, AR_LDT);
	write_segment(TR, 0, 0, AR_TSS);
	pkvm_vmwrite(PKVM_VMCS_GUEST_GDTR_BASE, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_GDTR_LIMIT, LIMIT);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IDTR_BASE, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IDTR_LIMIT, LIMIT);
}

/* INIT keeps CD and NW; paging is off, so that EFER comes first. */
static void reset_control_registers(bool init)
{
	const uint64_t kept = PKVM_CR0_CD | PKVM_CR0_NW;
	uint64_t cr0 = CR0_AT_RESET;

	if (init)
		cr0 = (cr0 & ~kept) | (pkvm_cr0_view() & kept);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IA32_EFER, 0);
	pkvm_cr0_apply(cr0);
	pkvm_cr4_apply(0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_CR3, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR0, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR1, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR2, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PDPTR3, 0);
}

/* Nothing is pending, blocked or awaited. */
static void reset_events(struct pkvm_vcpu *vcpu)
{
	vcpu->exception = (struct pkvm_event){0};
	vcpu->interrupt = (struct pkvm_event){0};
	vcpu->answer = PKVM_ANSWER_NONE;
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_ACTIVITY_STATE, PKVM_VMX_ACTIVITY_ACTIVE);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PENDING_DBG_EXCEPTIONS, 0);
	pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, PKVM_EVENT_WINDOWS, false);
}

static uint64_t signature(const struct pkvm_vcpu *vcpu)
{
	const struct pkvm_cpuid_entry *version = NULL;

	if (vcpu->cpuid_size)
		version = pkvm_cpuid_find(pkvm_plat_private(vcpu->cpuid),
					  (uint32_t)vcpu->cpuid_count, PKVM_CPUID_VERSION, 0);
	return version ? version->eax : PROCESSOR_SIGNATURE;
}

void pkvm_vcpu_reset_state(struct pkvm_vcpu *vcpu, bool init)
{
	vcpu->regs = (struct pkvm_guest_regs){.dr6 = DR6_AT_RESET};
	vcpu->regs.gpr[PKVM_GPR_RDX] = signature(vcpu);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RSP, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RIP, RIP_AT_RESET);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RFLAGS, PKVM_RFLAGS_FIXED);
	pkvm_vmwrite(PKVM_VMCS_GUEST_DR7, DR7_AT_RESET);
	reset_segments();
	reset_control_registers(init);
	reset_events(vcpu);
	pkvm_apic_reset(vcpu);
	pkvm_msr_reset(vcpu, init);
	vcpu->flush |= PKVM_FLUSH_VPID;
	if (init)
		return;
	pkvm_msr_reset_vmcs();
	vcpu->xcr0 = XCR0_AT_RESET;
}

void pkvm_vcpu_start_at(uint64_t address)
{
	write_segment(CS, (uint32_t)(address >> 4), address, AR_DATA);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RIP, 0);
}

static void set_start(struct pkvm_vcpu *vcpu, uint32_t start)
{
	pkvm_plat_lock(&vcpu->lock);
	__atomic_store_n(&vcpu->start, start, __ATOMIC_RELAXED);
	pkvm_plat_unlock(&vcpu->lock);
}

/*
 * Changes the whole guest state and the page's register block and APIC part. After INIT a
 * vCPU other than the BSP waits for its SIPI.
 */
int64_t pkvm_hyp_vcpu_reset(struct pkvm_call *call, const struct pkvm_flag *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	pkvm_vcpu_reset_state(vcpu, in->value);
	pkvm_apic_write_mode(vcpu);
	set_start(vcpu, in->value && vcpu->id ? PKVM_START_WAITING : PKVM_START_RUNNABLE);
	pkvm_run_regs_out(vcpu);
	pkvm_apic_leave(vcpu);
	pkvm_summary_publish(vcpu);
	return 0;
}

/* Changes CS and RIP, also the RIP of the page's register block. */
int64_t pkvm_hyp_deliver_sipi(struct pkvm_call *call, const struct pkvm_vector *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	pkvm_vcpu_start_at(in->vector << PKVM_PAGE_SHIFT);
	set_start(vcpu, PKVM_START_RUNNABLE);
	pkvm_run_regs_out(vcpu);
	pkvm_summary_publish(vcpu);
	return 0;
}
