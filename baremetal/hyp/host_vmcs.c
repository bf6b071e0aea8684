/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One VMCS a CPU for the host: what its program starts with, and as few reasons
 * to exit as isolation allows. The host owns the machine: its interrupts, ports,
 * MSRs and control registers are the processor's.
 */
#include "../../lib/ept.h"
#include "../../lib/vmcs/access.h"
#include "../../lib/vmcs/allowed.h"
#include "../boot_info.h"
#include "host.h"
#include "view.h"

#include <pkvm/control_register.h>

#define REVISION PKVM_BITS(30, 0) /* IA32_VMX_BASIC */

/* NMIs carry the hypervisor's requests; with virtual NMIs the host cannot block them. */
#define PIN (PKVM_VMX_PIN_NMI_EXITING | PKVM_VMX_PIN_VIRTUAL_NMIS)
#define CPU (PKVM_VMX_CPU_USE_MSR_BITMAPS | PKVM_VMX_CPU_SECONDARY_CONTROLS)
#define CPU2                                                                                  \
	(PKVM_VMX_CPU2_ENABLE_EPT | PKVM_VMX_CPU2_ENABLE_RDTSCP | PKVM_VMX_CPU2_ENABLE_VPID | \
	 PKVM_VMX_CPU2_UNRESTRICTED_GUEST | PKVM_VMX_CPU2_ENABLE_INVPCID |                    \
	 PKVM_VMX_CPU2_ENABLE_XSAVES)
#define EXIT                                                                         \
	(PKVM_VMX_EXIT_SAVE_DEBUG_CONTROLS | PKVM_VMX_EXIT_HOST_ADDRESS_SPACE_SIZE | \
	 PKVM_VMX_EXIT_SAVE_PAT | PKVM_VMX_EXIT_LOAD_PAT | PKVM_VMX_EXIT_SAVE_EFER | \
	 PKVM_VMX_EXIT_LOAD_EFER)
#define ENTRY                                                                   \
	(PKVM_VMX_ENTRY_LOAD_DEBUG_CONTROLS | PKVM_VMX_ENTRY_IA32E_MODE_GUEST | \
	 PKVM_VMX_ENTRY_LOAD_PAT | PKVM_VMX_ENTRY_LOAD_EFER)

/* No vCPU has this one: theirs count from 1 up. */
#define HOST_VPID 0xffffu

#define CR0_START \
	(PKVM_CR0_PE | PKVM_CR0_MP | PKVM_CR0_ET | PKVM_CR0_NE | PKVM_CR0_WP | PKVM_CR0_PG)
#define CR4_START  (PKVM_CR4_PAE | PKVM_CR4_OSFXSR | PKVM_CR4_OSXMMEXCPT)
#define EFER_START (PKVM_EFER_SCE | PKVM_EFER_LME | PKVM_EFER_LMA | PKVM_EFER_NXE)
#define PAT_START  PKVM_U64(0x0007040600070406)
#define DR6_START  PKVM_U64(0xffff0ff0)
#define DR7_START  PKVM_U64(0x400)

#define CODE_SELECTOR 0x08u
#define DATA_SELECTOR 0x10u
#define AR_CODE64     0xa09bu
#define AR_DATA       0xc093u
#define AR_TSS        0x8bu
#define AR_UNUSABLE   0x10000u
#define LIMIT_FLAT    0xffffffffu
#define LIMIT_TSS     0x67u

#define SEGMENT(FIELD, INDEX) ((uint32_t)PKVM_VMCS_GUEST_ES_##FIELD + 2u * (INDEX))
enum { ES, CS, SS, DS, FS, GS, LDTR, TR };

static _Alignas(PKVM_PAGE_SIZE) uint8_t vmxon_region[MAP_MAX_CPUS][PKVM_PAGE_SIZE];
static _Alignas(PKVM_PAGE_SIZE) uint8_t host_vmcs[MAP_MAX_CPUS][PKVM_PAGE_SIZE];

static void write_controls(void)
{
	const struct pkvm_vmx_caps *caps = pkvm_vmcs_caps();

	pkvm_vmwrite(PKVM_VMCS_PIN_BASED_VM_EXEC_CONTROL,
		     pkvm_vmx_adjust(pkvm_vmx_pin_ctls(caps), PIN));
	pkvm_vmwrite(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL,
		     pkvm_vmx_adjust(pkvm_vmx_cpu_ctls(caps), CPU));
	pkvm_vmwrite(PKVM_VMCS_SECONDARY_VM_EXEC_CONTROL,
		     pkvm_vmx_adjust(caps->procbased_ctls2, CPU2));
	pkvm_vmwrite(PKVM_VMCS_VM_EXIT_CONTROLS,
		     pkvm_vmx_adjust(pkvm_vmx_exit_ctls(caps), EXIT));
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_CONTROLS,
		     pkvm_vmx_adjust(pkvm_vmx_entry_ctls(caps), ENTRY));
	pkvm_vmwrite(PKVM_VMCS_EXCEPTION_BITMAP, 0);
	pkvm_vmwrite(PKVM_VMCS_PAGE_FAULT_ERROR_CODE_MASK, 0);
	pkvm_vmwrite(PKVM_VMCS_PAGE_FAULT_ERROR_CODE_MATCH, 0);
	pkvm_vmwrite(PKVM_VMCS_CR3_TARGET_COUNT, 0);
	pkvm_vmwrite(PKVM_VMCS_VM_EXIT_MSR_STORE_COUNT, 0);
	pkvm_vmwrite(PKVM_VMCS_VM_EXIT_MSR_LOAD_COUNT, 0);
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_MSR_LOAD_COUNT, 0);
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_INTR_INFO_FIELD, 0);
	pkvm_vmwrite(PKVM_VMCS_MSR_BITMAP, host_msr_bitmap());
	pkvm_vmwrite(PKVM_VMCS_EPT_POINTER, view_eptp());
	pkvm_vmwrite(PKVM_VMCS_VMCS_LINK_POINTER, ~(uint64_t)0);
	if (pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_ENABLE_VPID)
		pkvm_vmwrite(PKVM_VMCS_VIRTUAL_PROCESSOR_ID, HOST_VPID);
	if (pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_ENABLE_XSAVES)
		pkvm_vmwrite(PKVM_VMCS_XSS_EXIT_BITMAP, 0);
}

/* VMX is not the host's to switch on, nor are the bits that VMX operation fixes. */
static void write_control_registers(void)
{
	const struct pkvm_vmx_caps *caps = pkvm_vmcs_caps();
	const uint64_t unrestricted = PKVM_CR0_PE | PKVM_CR0_PG;

	pkvm_vmwrite(PKVM_VMCS_CR0_GUEST_HOST_MASK, caps->cr0_fixed0 & ~unrestricted);
	pkvm_vmwrite(PKVM_VMCS_CR0_READ_SHADOW, CR0_START);
	pkvm_vmwrite(PKVM_VMCS_CR4_GUEST_HOST_MASK, caps->cr4_fixed0);
	pkvm_vmwrite(PKVM_VMCS_CR4_READ_SHADOW, CR4_START);
	pkvm_vmwrite(PKVM_VMCS_GUEST_CR0, CR0_START | caps->cr0_fixed0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_CR3, MAP_HOST_TABLES);
	pkvm_vmwrite(PKVM_VMCS_GUEST_CR4, CR4_START | caps->cr4_fixed0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IA32_EFER, EFER_START);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IA32_PAT, PAT_START);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IA32_DEBUGCTL, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_DR7, DR7_START);
	pkvm_vmwrite(PKVM_VMCS_GUEST_SYSENTER_CS, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_SYSENTER_ESP, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_SYSENTER_EIP, 0);
}

static void write_segment(uint32_t index, uint32_t selector, uint32_t limit, uint32_t rights)
{
	pkvm_vmwrite(SEGMENT(SELECTOR, index), selector);
	pkvm_vmwrite(SEGMENT(BASE, index), 0);
	pkvm_vmwrite(SEGMENT(LIMIT, index), limit);
	pkvm_vmwrite(SEGMENT(AR_BYTES, index), rights);
}

static void write_segments(void)
{
	for (uint32_t index = ES; index <= GS; index++)
		write_segment(index, DATA_SELECTOR, LIMIT_FLAT, AR_DATA);
	write_segment(CS, CODE_SELECTOR, LIMIT_FLAT, AR_CODE64);
	write_segment(LDTR, 0, 0, AR_UNUSABLE);
	write_segment(TR, 0, LIMIT_TSS, AR_TSS);
	pkvm_vmwrite(PKVM_VMCS_GUEST_GDTR_BASE, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_GDTR_LIMIT, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IDTR_BASE, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IDTR_LIMIT, 0);
}

static void write_start(struct cpu *cpu)
{
	pkvm_vmwrite(PKVM_VMCS_GUEST_RIP, MAP_HOST_PROGRAM);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RSP, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RFLAGS, 2);
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_ACTIVITY_STATE, PKVM_VMX_ACTIVITY_ACTIVE);
	pkvm_vmwrite(PKVM_VMCS_GUEST_PENDING_DBG_EXCEPTIONS, 0);
	cpu->host = (struct pkvm_guest_regs){.dr6 = DR6_START};
	cpu->host.gpr[PKVM_GPR_RDI] = MAP_BOOT_INFO;
	cpu->host.gpr[PKVM_GPR_RSI] = cpu->number;
}

/* A region begins with the revision identifier (SDM "Format of the VMCS Region"). */
static uint64_t region(uint8_t *page)
{
	*(uint32_t *)(void *)page = (uint32_t)(pkvm_vmcs_caps()->basic & REVISION);
	return (uintptr_t)page;
}

void host_start(struct cpu *cpu)
{
	cpu->host_vmcs = region(host_vmcs[cpu->number]);
	if (pkvm_vmcs_cpu_on(region(vmxon_region[cpu->number])))
		pkvm_plat_panic("VMXON failed");
	if (pkvm_vmcs_clear(cpu->host_vmcs) || pkvm_vmcs_load(cpu->host_vmcs))
		pkvm_plat_panic("the host's VMCS cannot be loaded");
	write_controls();
	write_control_registers();
	write_segments();
	write_start(cpu);
	__atomic_store_n(&cpu->in_vmx, true, __ATOMIC_RELEASE);
}
