/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Bits and numbers of the SDM that the interpreter of guest operations reads.
 *
 * SDM: chapters "System Architecture Overview" and "Interrupt and Exception
 * Handling", section "Virtual APIC State". Those of the VMCS: controls.h; of MSRs:
 * msr.h.
 */
#ifndef PKVM_LIB_VMCS_MODEL_EXEC_BITS_H
#define PKVM_LIB_VMCS_MODEL_EXEC_BITS_H

#include "controls.h"
#include "msr.h"

/* In no other list, because the core never sets or handles them. */
#define PKVM_VMX_CPU2_ENABLE_VMFUNC (1u << 13)
#define PKVM_VMX_REASON_GETSEC      11u

/* Control registers, EFER, RFLAGS */
#define CR0_PE                     (1ull << 0)
#define CR0_TS                     (1ull << 3)
#define CR0_ET                     (1ull << 4)
#define CR0_WP                     (1ull << 16)
#define CR0_NW                     (1ull << 29)
#define CR0_CD                     (1ull << 30)
#define CR0_PG                     (1ull << 31)
#define CR4_TSD                    (1ull << 2)
#define CR4_DE                     (1ull << 3)
#define CR4_PSE                    (1ull << 4)
#define CR4_PAE                    (1ull << 5)
#define CR4_PGE                    (1ull << 7)
#define CR4_PCE                    (1ull << 8)
#define CR4_OSFXSR                 (1ull << 9)
#define CR4_UMIP                   (1ull << 11)
#define CR4_LA57                   (1ull << 12)
#define CR4_VMXE                   (1ull << 13)
#define CR4_SMXE                   (1ull << 14)
#define CR4_PCIDE                  (1ull << 17)
#define CR4_OSXSAVE                (1ull << 18)
#define CR4_SMEP                   (1ull << 20)
#define CR4_SMAP                   (1ull << 21)
#define CR4_PKE                    (1ull << 22)
#define CR0_EM                     (1ull << 2)
#define EFER_SCE                   (1ull << 0)
#define EFER_LME                   (1ull << 8)
#define EFER_LMA                   (1ull << 10)
#define EFER_NXE                   (1ull << 11)
#define RFLAGS_CF                  (1ull << 0)
#define RFLAGS_ALWAYS_1            (1ull << 1)
#define RFLAGS_PF                  (1ull << 2)
#define RFLAGS_AF                  (1ull << 4)
#define RFLAGS_ZF                  (1ull << 6)
#define RFLAGS_SF                  (1ull << 7)
#define RFLAGS_TF                  (1ull << 8)
#define RFLAGS_IF                  (1ull << 9)
#define RFLAGS_DF                  (1ull << 10)
#define RFLAGS_OF                  (1ull << 11)
#define RFLAGS_IOPL                (3ull << 12)
#define RFLAGS_NT                  (1ull << 14)
#define RFLAGS_RF                  (1ull << 16)
#define RFLAGS_VM                  (1ull << 17)
#define RFLAGS_AC                  (1ull << 18)

/* Access rights as the VMCS has them */
#define AR_TYPE                    0x000fu
#define AR_S                       (1u << 4)
#define AR_P                       (1u << 7)
#define AR_L                       (1u << 13)
#define AR_DB                      (1u << 14)
#define AR_G                       (1u << 15)
#define AR_UNUSABLE                (1u << 16)

/* Vectors of exceptions */
#define VECTOR_DB                  1
#define VECTOR_BP                  3
#define VECTOR_OF                  4
#define VECTOR_UD                  6
#define VECTOR_NM                  7
#define VECTOR_DF                  8
#define VECTOR_TS                  10
#define VECTOR_NP                  11
#define VECTOR_SS                  12
#define VECTOR_GP                  13
#define VECTOR_PF                  14

/* DR6 and DR7 */
#define DR6_BD                     (1ull << 13)
#define DR6_BS                     (1ull << 14)
#define DR7_GD                     (1ull << 13)

/* Registers of the virtual-APIC page */
#define APIC_TPR                   0x080
#define APIC_PPR                   0x0a0
#define APIC_EOI                   0x0b0
#define APIC_ISR                   0x100
#define APIC_IRR                   0x200
#define APIC_ICR                   0x300
#define APIC_SELF_IPI              0x3f0

#endif
