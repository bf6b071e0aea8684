/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's VM exits but VMCALL: instructions that always exit are carried out
 * for it, those of VMX do not exist for it, and a page that is not its own is a
 * general-protection fault.
 */
#include "../../lib/vmcs/access.h"
#include "../../lib/vmcs/controls.h"
#include "../common/x86.h"
#include "host.h"
#include "nmi.h"
#include "panic.h"
#include "xstate.h"

#include <pkvm/control_register.h>
#include <pkvm/cpuid.h>

#define LEAF_POWER  6u
#define LEAF_PT     0x14u

#define ECX_DTES64  (1u << 2)
#define ECX_DS_CPL  (1u << 4)
#define ECX_VMX     (1u << 5)
#define ECX_OSXSAVE (1u << 27)
#define EDX_DS      (1u << 21)
#define EAX6_HFI    (1u << 19 | 1u << 23) /* and Thread Director, which needs it */
#define EBX7_PT     (1u << 25)
#define ECX7_OSPKE  (1u << 4)
#define XSS_PT      8u          /* the component of XSAVES                   */

#define REASON_GETSEC 11u

/* Exit qualification of an EPT violation: IRET had unblocked NMIs. */
#define NMI_UNBLOCKING PKVM_BIT(12)

static void set_bits(uint32_t *word, uint32_t bits, bool set)
{
	*word = set ? *word | bits : *word & ~bits;
}

/* A feature whose MSRs the host cannot write is none. */
static void hide(uint32_t leaf, uint32_t subleaf, struct pkvm_cpuid_regs *regs)
{
	if (leaf == PKVM_CPUID_VERSION) {
		set_bits(&regs->ecx, ECX_VMX | ECX_DTES64 | ECX_DS_CPL, false);
		set_bits(&regs->edx, EDX_DS, false);
	}
	if (leaf == LEAF_POWER)
		set_bits(&regs->eax, EAX6_HFI, false);
	if (leaf == PKVM_CPUID_FEATURES && !subleaf)
		set_bits(&regs->ebx, EBX7_PT, false);
	if (leaf == PKVM_CPUID_XSAVE && subleaf == 1)
		set_bits(&regs->ecx, 1u << XSS_PT, false);
	if ((leaf == PKVM_CPUID_XSAVE && subleaf == XSS_PT) || leaf == LEAF_PT)
		*regs = (struct pkvm_cpuid_regs){0};
}

/* Bits that mirror CR4 mirror the host's, not the hypervisor's. */
static void cpuid(struct cpu *cpu)
{
	const uint64_t cr4 = pkvm_vmread(PKVM_VMCS_GUEST_CR4);
	const uint32_t leaf = (uint32_t)cpu->host.gpr[PKVM_GPR_RAX];
	const uint32_t subleaf = (uint32_t)cpu->host.gpr[PKVM_GPR_RCX];
	struct pkvm_cpuid_regs regs;

	pkvm_plat_cpuid(leaf, subleaf, &regs);
	hide(leaf, subleaf, &regs);
	if (leaf == PKVM_CPUID_VERSION)
		set_bits(&regs.ecx, ECX_OSXSAVE, cr4 & PKVM_CR4_OSXSAVE);
	if (leaf == PKVM_CPUID_FEATURES && !subleaf)
		set_bits(&regs.ecx, ECX7_OSPKE, cr4 & PKVM_CR4_PKE);
	cpu->host.gpr[PKVM_GPR_RAX] = regs.eax;
	cpu->host.gpr[PKVM_GPR_RBX] = regs.ebx;
	cpu->host.gpr[PKVM_GPR_RCX] = regs.ecx;
	cpu->host.gpr[PKVM_GPR_RDX] = regs.edx;
	host_skip();
}

static void xsetbv(const struct cpu *cpu)
{
	const uint64_t value = host_edx_eax(cpu);

	if (!(uint32_t)cpu->host.gpr[PKVM_GPR_RCX] && xstate_write_xcr0(value))
		host_skip();
	else
		host_raise(X86_VECTOR_GP);
}

/* INVD would throw away what other CPUs wrote, the hypervisor's data with it. */
static void invd(void)
{
	__asm__ volatile("wbinvd" : : : "memory");
	host_skip();
}

/*
 * The page is the hypervisor's, a guest's, or none of the host's any more. An
 * event whose delivery touched it is lost, which is what a double fault says.
 */
static void ept_violation(void)
{
	const uint64_t vectoring = pkvm_vmread(PKVM_VMCS_IDT_VECTORING_INFO_FIELD);

	if (vectoring & PKVM_VMX_INTR_INFO_VALID)
		host_raise(X86_VECTOR_DF);
	else
		host_raise(X86_VECTOR_GP);
	if ((pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION) & NMI_UNBLOCKING) &&
	    !(vectoring & PKVM_VMX_INTR_INFO_VALID))
		pkvm_vmwrite_bits(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO,
				  PKVM_VMX_BLOCKING_BY_NMI, true);
}

void host_exit(struct cpu *cpu, uint32_t reason)
{
	switch (reason) {
	case PKVM_VMX_REASON_EXCEPTION_OR_NMI:
		(void)nmi_exited();
		break;
	case PKVM_VMX_REASON_NMI_WINDOW:
	case PKVM_VMX_REASON_INIT:
	case PKVM_VMX_REASON_SIPI:
		break;
	case PKVM_VMX_REASON_CPUID:
		cpuid(cpu);
		break;
	case PKVM_VMX_REASON_INVD:
		invd();
		break;
	case PKVM_VMX_REASON_XSETBV:
		xsetbv(cpu);
		break;
	case PKVM_VMX_REASON_RDMSR:
		host_rdmsr();
		break;
	case PKVM_VMX_REASON_WRMSR:
		host_wrmsr(cpu);
		break;
	case PKVM_VMX_REASON_CR_ACCESS:
		/* A fixed bit would change: the processor has no such mode. */
	case PKVM_VMX_REASON_TASK_SWITCH:
		host_raise(X86_VECTOR_GP);
		break;
	case PKVM_VMX_REASON_EPT_VIOLATION:
		ept_violation();
		break;
	case REASON_GETSEC:
	case PKVM_VMX_REASON_VMCLEAR:
	case PKVM_VMX_REASON_VMLAUNCH:
	case PKVM_VMX_REASON_VMPTRLD:
	case PKVM_VMX_REASON_VMPTRST:
	case PKVM_VMX_REASON_VMREAD:
	case PKVM_VMX_REASON_VMRESUME:
	case PKVM_VMX_REASON_VMWRITE:
	case PKVM_VMX_REASON_VMXOFF:
	case PKVM_VMX_REASON_VMXON:
	case PKVM_VMX_REASON_INVEPT:
	case PKVM_VMX_REASON_INVVPID:
		host_raise(X86_VECTOR_UD);
		break;
	case PKVM_VMX_REASON_TRIPLE_FAULT:
		panic_host("triple fault");
	default:
		panic_host("a VM exit that nobody asked for");
	}
}
