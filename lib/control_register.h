/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * CR0, CR4 and EFER as the guest sees them, for the host's calls and for the
 * guest's own MOV to CR. What VMX fixes is forced in the VMCS field and hidden
 * by guest/host mask and read shadow.
 *
 * The hypervisor owns CR0.PE, PG, ET, NE, CD and NW, CR4.VMXE, PAE and MCE, and every
 * bit that the processor fixes: a guest that changes one of them exits.
 */
#ifndef PKVM_LIB_CONTROL_REGISTER_H
#define PKVM_LIB_CONTROL_REGISTER_H

#include "vcpu.h"

/* Judges one register alone, as the SDM's MOV to CR or WRMSR would. */
bool pkvm_cr0_is_valid(uint64_t value);
bool pkvm_cr4_is_valid(uint64_t value);
bool pkvm_efer_is_valid(uint64_t value);

/* Write the loaded vCPU's field, mask and shadow; LMA follows PG and LME. */
void pkvm_cr0_apply(uint64_t value);
void pkvm_cr4_apply(uint64_t value);
void pkvm_efer_apply(uint64_t value);

/* The loaded vCPU's registers as its guest sees them. */
uint64_t pkvm_cr0_view(void);
uint64_t pkvm_cr4_view(void);
uint64_t pkvm_efer_view(void);

/* Guest/host masks; written once when the VMCS is made. */
uint64_t pkvm_cr0_mask(void);
uint64_t pkvm_cr4_mask(void);

#endif
