/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Events that the hypervisor gives to the host: exceptions of instructions that
 * it refuses, NMIs and machine checks that arrived while it did not run.
 *
 * SDM: sections "VM-Entry Controls for Event Injection", "Event Injection".
 */
#include "../../lib/vmcs/access.h"
#include "../../lib/vmcs/controls.h"
#include "../common/x86.h"
#include "host.h"

#include <pkvm/control_register.h>
#include <pkvm/rflags.h>

#define SHADOW       (PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS)
#define PENDING_BS   PKVM_BIT(14)
#define DEBUGCTL_BTF PKVM_BIT(1)
#define AR_L         PKVM_BIT(13)

static void inject(uint32_t info)
{
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_INTR_INFO_FIELD, info | PKVM_VMX_INTR_INFO_VALID);
}

static void end_shadow(void)
{
	const uint64_t blocking = pkvm_vmread(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO);

	if (blocking & SHADOW)
		pkvm_vmwrite(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO,
			     blocking & ~(uint64_t)SHADOW);
}

/*
 * #GP and #DF carry the error code 0, which real mode does not know. A shadow
 * ends with the instruction that faulted in it.
 */
void host_raise(uint32_t vector)
{
	const bool has_code =
		vector != X86_VECTOR_UD && (pkvm_vmread(PKVM_VMCS_GUEST_CR0) & PKVM_CR0_PE);

	end_shadow();
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_EXCEPTION_ERROR_CODE, 0);
	inject(vector | PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION |
	       (has_code ? PKVM_VMX_INTR_INFO_ERROR_CODE : 0));
}

void host_want_nmi_window(struct cpu *cpu)
{
	__atomic_store_n(&cpu->nmi_window, true, __ATOMIC_RELAXED);
	pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, PKVM_VMX_CPU_NMI_WINDOW_EXITING,
			  true);
}

static void close_nmi_window(struct cpu *cpu)
{
	__atomic_store_n(&cpu->nmi_window, false, __ATOMIC_RELAXED);
	pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, PKVM_VMX_CPU_NMI_WINDOW_EXITING,
			  false);
}

static bool nmi_waits(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->host_nmi, __ATOMIC_RELAXED);
}

static bool nmi_can_go(void)
{
	return !(pkvm_vmread(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO) &
		 (SHADOW | PKVM_VMX_BLOCKING_BY_NMI));
}

/* What finds the place occupied, or a shadow, waits for a window. */
static void inject_waiting(struct cpu *cpu)
{
	const uint64_t info = pkvm_vmread(PKVM_VMCS_VM_ENTRY_INTR_INFO_FIELD);
	const bool occupied = info & PKVM_VMX_INTR_INFO_VALID;

	close_nmi_window(cpu);
	if (cpu->host_mc && !occupied) {
		cpu->host_mc = false;
		inject(X86_VECTOR_MC | PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION);
	} else if (nmi_waits(cpu) && !occupied && nmi_can_go()) {
		__atomic_store_n(&cpu->host_nmi, false, __ATOMIC_RELAXED);
		inject(X86_VECTOR_NMI | PKVM_VMX_INTR_TYPE_NMI);
	}
	if (nmi_waits(cpu) || cpu->host_mc)
		host_want_nmi_window(cpu);
}

/* An NMI that arrives behind this asks for the window itself. */
void host_inject(struct cpu *cpu)
{
	if (nmi_waits(cpu) || cpu->host_mc ||
	    __atomic_load_n(&cpu->nmi_window, __ATOMIC_RELAXED))
		inject_waiting(cpu);
}

/* CS.L in IA-32e mode. */
bool host_in_64bit(void)
{
	return (pkvm_vmread(PKVM_VMCS_VM_ENTRY_CONTROLS) & PKVM_VMX_ENTRY_IA32E_MODE_GUEST) &&
	       (pkvm_vmread(PKVM_VMCS_GUEST_CS_AR_BYTES) & AR_L);
}

/* Outside 64-bit mode RIP has 32 bits. */
static uint64_t next_rip(void)
{
	const uint64_t next = pkvm_vmread(PKVM_VMCS_GUEST_RIP) +
			      pkvm_vmread(PKVM_VMCS_VM_EXIT_INSTRUCTION_LEN);

	return host_in_64bit() ? next : next & PKVM_BITS(31, 0);
}

/* A single step ends behind the instruction, although it was not executed. */
void host_skip(void)
{
	pkvm_vmwrite(PKVM_VMCS_GUEST_RIP, next_rip());
	end_shadow();
	if ((pkvm_vmread(PKVM_VMCS_GUEST_RFLAGS) & PKVM_RFLAGS_TF) &&
	    !(pkvm_vmread(PKVM_VMCS_GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF))
		pkvm_vmwrite(PKVM_VMCS_GUEST_PENDING_DBG_EXCEPTIONS, PENDING_BS);
}
