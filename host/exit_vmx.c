/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* An npVM's exits, by basic exit reason (SDM "VMX Basic Exit Reasons"). */
#include "exception.h"
#include "exit.h"
#include "platform.h"
#include "registers.h"
#include "x86_ops.h"

/* Basic exit reasons. */
enum {
	EXCEPTION_NMI = 0,
	EXTERNAL_INTERRUPT = 1,
	TRIPLE_FAULT = 2,
	INTERRUPT_WINDOW = 7,
	NMI_WINDOW = 8,
	GETSEC = 11,
	HLT = 12,
	INVD = 13,
	RDPMC = 15,
	VMCALL = 18,
	VMCLEAR = 19,
	VMLAUNCH = 20,
	VMRESUME = 24,
	VMXON = 27,
	CR_ACCESS = 28,
	IO_INSTRUCTION = 30,
	RDMSR = 31,
	WRMSR = 32,
	MWAIT = 36,
	MONITOR = 39,
	TPR_BELOW_THRESHOLD = 43,
	APIC_ACCESS = 44,
	VIRTUALIZED_EOI = 45,
	EPT_VIOLATION = 48,
	INVEPT = 50,
	PREEMPTION_TIMER = 52,
	INVVPID = 53,
	WBINVD = 54,
	XSETBV = 55,
	APIC_WRITE = 56
};

/* VM-exit interruption information: the type, NMI as one, and that of #DB. */
#define INTERRUPTION_TYPE PKVM_BITS(10, 8)
#define TYPE_NMI          PKVM_U64(0x200)
#define INFORMATION_DB    PKVM_U64(0x80000301)

/* KVM's "no such hypercall", and "not from user mode". */
#define KVM_ENOSYS 1000
#define KVM_EPERM  1

static enum pkvm_host_stop skip(struct pkvm_host_loop *loop)
{
	pkvm_host_skip_emulated_instruction(loop->vcpu, loop->vcpu->instruction_length);
	return PKVM_HOST_GO;
}

static enum pkvm_host_stop undefined(struct pkvm_host_loop *loop)
{
	pkvm_host_inject_ud(loop->vcpu);
	return PKVM_HOST_GO;
}

/* An NMI is the host's. */
static enum pkvm_host_stop exception_or_nmi(struct pkvm_host_loop *loop)
{
	const uint64_t info = loop->vcpu->page->exit.interruption_information;

	if ((info & INTERRUPTION_TYPE) != TYPE_NMI)
		return pkvm_host_handle_exception(loop);
	pkvm_host_plat_take_interrupts();
	return PKVM_HOST_GO;
}

bool pkvm_host_in_64bit_mode(struct pkvm_host_vcpu *vcpu)
{
	bool db, l;

	if (!(pkvm_host_read_efer(vcpu) & PKVM_EFER_LMA))
		return false;
	pkvm_host_get_cs_db_l_bits(vcpu, &db, &l);
	return l;
}

/* An npVM speaks KVM's hypercalls, of which this host has none. */
static enum pkvm_host_stop vmcall(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	const int64_t error = pkvm_host_get_cpl(vcpu) ? KVM_EPERM : KVM_ENOSYS;
	uint64_t result = (uint64_t)-error;

	if (!pkvm_host_in_64bit_mode(vcpu))
		result &= PKVM_BITS(31, 0);
	vcpu->page->regs.gpr[PKVM_HOST_RAX] = result;
	return skip(loop);
}

/* EDX:EAX, as the instructions that take ECX for an index do. */
static uint64_t edx_eax(const struct pkvm_host_vcpu *vcpu)
{
	const uint64_t *gpr = vcpu->page->regs.gpr;

	return gpr[PKVM_HOST_RDX] << 32 | (gpr[PKVM_HOST_RAX] & PKVM_BITS(31, 0));
}

static enum pkvm_host_stop xsetbv(struct pkvm_host_loop *loop)
{
	const struct pkvm_host_devices *devices = loop->devices;
	struct pkvm_host_vcpu *vcpu = loop->vcpu;

	if (devices->xsetbv &&
	    devices->xsetbv(devices->opaque, vcpu,
			    (uint32_t)vcpu->page->regs.gpr[PKVM_HOST_RCX], edx_eax(vcpu)))
		return skip(loop);
	pkvm_host_inject_gp(vcpu);
	return PKVM_HOST_GO;
}

static enum pkvm_host_stop msr(struct pkvm_host_loop *loop, bool write)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	const uint32_t index = (uint32_t)vcpu->page->regs.gpr[PKVM_HOST_RCX];

	if (write)
		pkvm_host_handle_wrmsr(loop, index, edx_eax(vcpu));
	else
		pkvm_host_handle_rdmsr(loop, index);
	return PKVM_HOST_GO;
}

/* Instructions that this host carries out, or refuses as a processor without them. */
static enum pkvm_host_stop instruction(struct pkvm_host_loop *loop)
{
	switch (loop->exit.word0) {
	case HLT:
		loop->vcpu->halted = true;
		return skip(loop);
	case INVD:
	case WBINVD:
		return skip(loop);
	case VMCALL:
		return vmcall(loop);
	case CR_ACCESS:
		return pkvm_host_handle_cr(loop);
	case IO_INSTRUCTION:
		return pkvm_host_handle_io(loop);
	case RDMSR:
	case WRMSR:
		return msr(loop, loop->exit.word0 == WRMSR);
	case XSETBV:
		return xsetbv(loop);
	case RDPMC:
		pkvm_host_inject_gp(loop->vcpu);
		return PKVM_HOST_GO;
	case GETSEC:
	case MWAIT:
	case MONITOR:
	case INVEPT:
	case INVVPID:
		return undefined(loop);
	case VMLAUNCH:
	case VMRESUME:
		return pkvm_host_handle_nested_entry(loop);
	default:
		if (loop->exit.word0 >= VMCLEAR && loop->exit.word0 <= VMXON)
			return undefined(loop);
		return PKVM_HOST_STOP_UNHANDLED;
	}
}

enum pkvm_host_stop pkvm_host_handle_vmx(struct pkvm_host_loop *loop)
{
	switch (loop->exit.word0) {
	case EXCEPTION_NMI:
		return exception_or_nmi(loop);
	case EXTERNAL_INTERRUPT:
		pkvm_host_plat_take_interrupts();
		return PKVM_HOST_GO;
	case TRIPLE_FAULT:
		return PKVM_HOST_STOP_SHUTDOWN;
	case EPT_VIOLATION:
		return pkvm_host_handle_npvm_fault(loop);
	case APIC_ACCESS:
		return pkvm_host_handle_apic_access(loop);
	case VIRTUALIZED_EOI:
		pkvm_host_tell_eoi(loop, (uint32_t)loop->exit.word1 & 0xff);
		return PKVM_HOST_GO;
	case INTERRUPT_WINDOW:
	case NMI_WINDOW:
	case TPR_BELOW_THRESHOLD:
	case APIC_WRITE:
	case PREEMPTION_TIMER:
		/* The next entry injects what can go now. */
		return PKVM_HOST_GO;
	default:
		return instruction(loop);
	}
}

/*
 * The debugger has it as the #DB exit of an instruction that the guest executes; behind
 * HLT the processor is active.
 */
enum pkvm_host_stop pkvm_host_handle_step(struct pkvm_host_loop *loop)
{
	if (!loop->vcpu->stepped)
		return PKVM_HOST_GO;
	loop->vcpu->stepped = false;
	loop->vcpu->halted = false;
	loop->vcpu->page->exit = (struct pkvm_page_exit){
		.interruption_information = INFORMATION_DB,
	};
	loop->exit = (struct pkvm_run_exit){
		.kind = PKVM_EXIT_VMX,
		.word0 = EXCEPTION_NMI,
		.word1 = PKVM_HOST_DR6_BS,
		.sequence = loop->exit.sequence,
	};
	return PKVM_HOST_STOP_UNHANDLED;
}
