/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Bits of the VMCS's control fields, basic exit reasons and the formats of the
 * fields about events: the numbers of the SDM, once for every user of a VMCS.
 *
 * SDM: chapter "Virtual Machine Control Structures", sections "VM-Execution
 * Control Fields", "VM-Exit Control Fields", "VM-Entry Control Fields",
 * "Guest-State Area"; appendix "VMX Basic Exit Reasons".
 */
#ifndef PKVM_LIB_VMCS_CONTROLS_H
#define PKVM_LIB_VMCS_CONTROLS_H

/* Pin-based VM-execution controls. */
#define PKVM_VMX_PIN_EXTERNAL_INTERRUPT_EXITING 0x00000001u
#define PKVM_VMX_PIN_NMI_EXITING                0x00000008u
#define PKVM_VMX_PIN_VIRTUAL_NMIS               0x00000020u
#define PKVM_VMX_PIN_PREEMPTION_TIMER           0x00000040u
#define PKVM_VMX_PIN_POSTED_INTERRUPTS          0x00000080u

/* Primary processor-based VM-execution controls. */
#define PKVM_VMX_CPU_INTERRUPT_WINDOW_EXITING   0x00000004u
#define PKVM_VMX_CPU_USE_TSC_OFFSETTING         0x00000008u
#define PKVM_VMX_CPU_HLT_EXITING                0x00000080u
#define PKVM_VMX_CPU_INVLPG_EXITING             0x00000200u
#define PKVM_VMX_CPU_MWAIT_EXITING              0x00000400u
#define PKVM_VMX_CPU_RDPMC_EXITING              0x00000800u
#define PKVM_VMX_CPU_RDTSC_EXITING              0x00001000u
#define PKVM_VMX_CPU_CR3_LOAD_EXITING           0x00008000u
#define PKVM_VMX_CPU_CR3_STORE_EXITING          0x00010000u
#define PKVM_VMX_CPU_TERTIARY_CONTROLS          0x00020000u
#define PKVM_VMX_CPU_CR8_LOAD_EXITING           0x00080000u
#define PKVM_VMX_CPU_CR8_STORE_EXITING          0x00100000u
#define PKVM_VMX_CPU_USE_TPR_SHADOW             0x00200000u
#define PKVM_VMX_CPU_NMI_WINDOW_EXITING         0x00400000u
#define PKVM_VMX_CPU_MOV_DR_EXITING             0x00800000u
#define PKVM_VMX_CPU_UNCONDITIONAL_IO_EXITING   0x01000000u
#define PKVM_VMX_CPU_USE_IO_BITMAPS             0x02000000u
#define PKVM_VMX_CPU_MONITOR_TRAP_FLAG          0x08000000u
#define PKVM_VMX_CPU_USE_MSR_BITMAPS            0x10000000u
#define PKVM_VMX_CPU_MONITOR_EXITING            0x20000000u
#define PKVM_VMX_CPU_PAUSE_EXITING              0x40000000u
#define PKVM_VMX_CPU_SECONDARY_CONTROLS         0x80000000u

/* Secondary processor-based VM-execution controls. */
#define PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES  0x00000001u
#define PKVM_VMX_CPU2_ENABLE_EPT                0x00000002u
#define PKVM_VMX_CPU2_DESCRIPTOR_TABLE_EXITING  0x00000004u
#define PKVM_VMX_CPU2_ENABLE_RDTSCP             0x00000008u
#define PKVM_VMX_CPU2_VIRTUALIZE_X2APIC_MODE    0x00000010u
#define PKVM_VMX_CPU2_ENABLE_VPID               0x00000020u
#define PKVM_VMX_CPU2_WBINVD_EXITING            0x00000040u
#define PKVM_VMX_CPU2_UNRESTRICTED_GUEST        0x00000080u
#define PKVM_VMX_CPU2_APIC_REGISTER_VIRT        0x00000100u
#define PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS        0x00000200u
#define PKVM_VMX_CPU2_PAUSE_LOOP_EXITING        0x00000400u
#define PKVM_VMX_CPU2_ENABLE_INVPCID            0x00001000u
#define PKVM_VMX_CPU2_ENABLE_XSAVES             0x00100000u
#define PKVM_VMX_CPU2_USE_TSC_SCALING           0x02000000u

/* Primary VM-exit controls. */
#define PKVM_VMX_EXIT_SAVE_DEBUG_CONTROLS       0x00000004u
#define PKVM_VMX_EXIT_HOST_ADDRESS_SPACE_SIZE   0x00000200u
#define PKVM_VMX_EXIT_LOAD_PERF_GLOBAL_CTRL     0x00001000u
#define PKVM_VMX_EXIT_ACK_INTERRUPT             0x00008000u
#define PKVM_VMX_EXIT_SAVE_PAT                  0x00040000u
#define PKVM_VMX_EXIT_LOAD_PAT                  0x00080000u
#define PKVM_VMX_EXIT_SAVE_EFER                 0x00100000u
#define PKVM_VMX_EXIT_LOAD_EFER                 0x00200000u
#define PKVM_VMX_EXIT_SAVE_PREEMPTION_TIMER     0x00400000u
#define PKVM_VMX_EXIT_CLEAR_BNDCFGS             0x00800000u

/* VM-entry controls. */
#define PKVM_VMX_ENTRY_LOAD_DEBUG_CONTROLS      0x00000004u
#define PKVM_VMX_ENTRY_IA32E_MODE_GUEST         0x00000200u
#define PKVM_VMX_ENTRY_LOAD_PERF_GLOBAL_CTRL    0x00002000u
#define PKVM_VMX_ENTRY_LOAD_PAT                 0x00004000u
#define PKVM_VMX_ENTRY_LOAD_EFER                0x00008000u

/* Guest interruptibility state. */
#define PKVM_VMX_BLOCKING_BY_STI                0x00000001u
#define PKVM_VMX_BLOCKING_BY_MOV_SS             0x00000002u
#define PKVM_VMX_BLOCKING_BY_SMI                0x00000004u
#define PKVM_VMX_BLOCKING_BY_NMI                0x00000008u

/* Guest activity state. */
#define PKVM_VMX_ACTIVITY_ACTIVE                0u
#define PKVM_VMX_ACTIVITY_HLT                   1u
#define PKVM_VMX_ACTIVITY_SHUTDOWN              2u
#define PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI         3u

/* Interruption information, of VM entry, VM exit and IDT vectoring alike. */
#define PKVM_VMX_INTR_INFO_VECTOR               0x000000ffu  /* [7:0]   */
#define PKVM_VMX_INTR_INFO_TYPE                 0x00000700u  /* [10:8]  */
#define PKVM_VMX_INTR_INFO_ERROR_CODE           0x00000800u  /* [11]    */
#define PKVM_VMX_INTR_INFO_NMI_UNBLOCKING       0x00001000u  /* [12] exit only */
#define PKVM_VMX_INTR_INFO_VALID                0x80000000u  /* [31]    */

#define PKVM_VMX_INTR_TYPE_EXTERNAL             0x00000000u
#define PKVM_VMX_INTR_TYPE_NMI                  0x00000200u
#define PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION   0x00000300u
#define PKVM_VMX_INTR_TYPE_SOFTWARE_INTERRUPT   0x00000400u
#define PKVM_VMX_INTR_TYPE_PRIV_SOFT_EXCEPTION  0x00000500u  /* INT1 */
#define PKVM_VMX_INTR_TYPE_SOFTWARE_EXCEPTION   0x00000600u  /* INT3, INTO */
#define PKVM_VMX_INTR_TYPE_OTHER_EVENT          0x00000700u

/* Exit reason field: bit 31 tells that VM entry failed. */
#define PKVM_VMX_REASON_ENTRY_FAILURE           0x80000000u

/* Basic exit reasons. */
#define PKVM_VMX_REASON_EXCEPTION_OR_NMI        0u
#define PKVM_VMX_REASON_EXTERNAL_INTERRUPT      1u
#define PKVM_VMX_REASON_TRIPLE_FAULT            2u
#define PKVM_VMX_REASON_INIT                    3u
#define PKVM_VMX_REASON_SIPI                    4u
#define PKVM_VMX_REASON_INTERRUPT_WINDOW        7u
#define PKVM_VMX_REASON_NMI_WINDOW              8u
#define PKVM_VMX_REASON_TASK_SWITCH             9u
#define PKVM_VMX_REASON_CPUID                   10u
#define PKVM_VMX_REASON_HLT                     12u
#define PKVM_VMX_REASON_INVD                    13u
#define PKVM_VMX_REASON_INVLPG                  14u
#define PKVM_VMX_REASON_RDPMC                   15u
#define PKVM_VMX_REASON_RDTSC                   16u
#define PKVM_VMX_REASON_VMCALL                  18u
#define PKVM_VMX_REASON_VMCLEAR                 19u
#define PKVM_VMX_REASON_VMLAUNCH                20u
#define PKVM_VMX_REASON_VMPTRLD                 21u
#define PKVM_VMX_REASON_VMPTRST                 22u
#define PKVM_VMX_REASON_VMREAD                  23u
#define PKVM_VMX_REASON_VMRESUME                24u
#define PKVM_VMX_REASON_VMWRITE                 25u
#define PKVM_VMX_REASON_VMXOFF                  26u
#define PKVM_VMX_REASON_VMXON                   27u
#define PKVM_VMX_REASON_CR_ACCESS               28u
#define PKVM_VMX_REASON_MOV_DR                  29u
#define PKVM_VMX_REASON_IO_INSTRUCTION          30u
#define PKVM_VMX_REASON_RDMSR                   31u
#define PKVM_VMX_REASON_WRMSR                   32u
#define PKVM_VMX_REASON_INVALID_GUEST           33u
#define PKVM_VMX_REASON_MSR_LOADING             34u
#define PKVM_VMX_REASON_MWAIT                   36u
#define PKVM_VMX_REASON_MONITOR_TRAP_FLAG       37u
#define PKVM_VMX_REASON_MONITOR                 39u
#define PKVM_VMX_REASON_PAUSE                   40u
#define PKVM_VMX_REASON_TPR_BELOW               43u
#define PKVM_VMX_REASON_APIC_ACCESS             44u
#define PKVM_VMX_REASON_VIRTUALIZED_EOI         45u
#define PKVM_VMX_REASON_GDTR_IDTR               46u
#define PKVM_VMX_REASON_LDTR_TR                 47u
#define PKVM_VMX_REASON_EPT_VIOLATION           48u
#define PKVM_VMX_REASON_EPT_MISCONFIG           49u
#define PKVM_VMX_REASON_INVEPT                  50u
#define PKVM_VMX_REASON_RDTSCP                  51u
#define PKVM_VMX_REASON_PREEMPTION_TIMER        52u
#define PKVM_VMX_REASON_INVVPID                 53u
#define PKVM_VMX_REASON_WBINVD                  54u
#define PKVM_VMX_REASON_XSETBV                  55u
#define PKVM_VMX_REASON_APIC_WRITE              56u
#define PKVM_VMX_REASON_INVPCID                 58u
#define PKVM_VMX_REASON_VMFUNC                  59u

#endif
