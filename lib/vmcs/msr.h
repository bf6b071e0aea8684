/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Numbers of the MSRs that VM entry, VM exit and the model's instructions know
 * by name, and the entries of MSR areas.
 *
 * SDM: chapter "Model-Specific Registers (MSRs)", table "Format of an MSR Entry".
 */
#ifndef PKVM_LIB_VMCS_MSR_H
#define PKVM_LIB_VMCS_MSR_H

#include <stdint.h>

#define MSR_TSC                    0x010
#define MSR_APIC_BASE              0x01b
#define MSR_BIOS_UPDT_TRIG         0x079
#define MSR_SMM_MONITOR_CTL        0x09b
#define MSR_SMBASE                 0x09e
#define MSR_CORE_CAPABILITIES      0x0cf
#define MSR_MTRRCAP                0x0fe
#define MSR_ARCH_CAPABILITIES      0x10a
#define MSR_SYSENTER_CS            0x174
#define MSR_SYSENTER_ESP           0x175
#define MSR_SYSENTER_EIP           0x176
#define MSR_DEBUGCTL               0x1d9
#define MSR_PAT                    0x277
#define MSR_PERF_CAPABILITIES      0x345
#define MSR_PERF_GLOBAL_CTRL       0x38f
#define MSR_VMX_BASIC              0x480   /* the first capability MSR of VMX   */
#define MSR_VMX_EXIT_CTLS2         0x493   /* the last one                      */
#define MSR_RTIT_CTL               0x570
#define MSR_DS_AREA                0x600
#define MSR_U_CET                  0x6a0
#define MSR_S_CET                  0x6a2
#define MSR_INTERRUPT_SSP_TABLE    0x6a8
#define MSR_PKRS                   0x6e1
#define MSR_X2APIC                 0x800   /* to 8FFH */
#define MSR_X2APIC_TPR             0x808
#define MSR_X2APIC_EOI             0x80b
#define MSR_X2APIC_SELF_IPI        0x83f
#define MSR_BNDCFGS                0xd90
#define MSR_LBR_CTL                0x14ce
#define MSR_EFER                   0xc0000080u
#define MSR_LSTAR                  0xc0000082u
#define MSR_CSTAR                  0xc0000083u
#define MSR_FMASK                  0xc0000084u
#define MSR_FS_BASE                0xc0000100u
#define MSR_GS_BASE                0xc0000101u
#define MSR_KERNEL_GS_BASE         0xc0000102u
#define MSR_TSC_AUX                0xc0000103u

struct pkvm_vmcs_msr_entry {
	uint32_t index;         /* bits 31:0                                    */
	uint32_t high;          /* bits 63:32: must be 0                        */
	uint64_t value;         /* bits 127:64                                  */
};

#endif
