/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* CR0, CR4 and EFER: judged one by one, written, and read as the guest sees them. */
#include "control_register.h"
#include <pkvm/control_register.h>
#include "vmcs/access.h"
#include "vmcs/controls.h"

#define CR0_ALL                                                                           \
	(PKVM_CR0_PE | PKVM_CR0_MP | PKVM_CR0_EM | PKVM_CR0_TS | PKVM_CR0_ET |            \
	 PKVM_CR0_NE | PKVM_CR0_WP | PKVM_CR0_AM | PKVM_CR0_NW | PKVM_CR0_CD | PKVM_CR0_PG)
#define CR4_KNOWN                                                                         \
	(PKVM_BITS(12, 0) | PKVM_CR4_FSGSBASE | PKVM_CR4_PCIDE | PKVM_CR4_OSXSAVE |       \
	 PKVM_CR4_SMEP | PKVM_CR4_SMAP | PKVM_CR4_PKE)
#define EFER_ALL (PKVM_EFER_SCE | PKVM_EFER_LME | PKVM_EFER_LMA | PKVM_EFER_NXE)

/* Unrestricted guest frees PE and PG from what VMX fixes (SDM "VMX-Fixed Bits in CR0"). */
static uint64_t cr0_fixed_to_1(void)
{
	return pkvm_vmcs_caps()->cr0_fixed0 & ~(PKVM_CR0_PE | PKVM_CR0_PG);
}

uint64_t pkvm_cr0_mask(void)
{
	return cr0_fixed_to_1() | ~pkvm_vmcs_caps()->cr0_fixed1 | PKVM_CR0_PE | PKVM_CR0_PG |
	       PKVM_CR0_ET | PKVM_CR0_NE | PKVM_CR0_CD | PKVM_CR0_NW;
}

/* A machine check with CR4.MCE = 0 shuts the processor down, whoever runs on it. */
static uint64_t cr4_forced_to_1(void)
{
	return pkvm_vmcs_caps()->cr4_fixed0 | PKVM_CR4_MCE;
}

uint64_t pkvm_cr4_mask(void)
{
	return cr4_forced_to_1() | ~pkvm_vmcs_caps()->cr4_fixed1 | ~CR4_KNOWN | PKVM_CR4_VMXE |
	       PKVM_CR4_PAE;
}

bool pkvm_cr0_is_valid(uint64_t value)
{
	if (value & ~CR0_ALL)
		return false;
	if (value & PKVM_CR0_PG && !(value & PKVM_CR0_PE))
		return false;
	return !(value & PKVM_CR0_NW) || value & PKVM_CR0_CD;
}

bool pkvm_cr4_is_valid(uint64_t value)
{
	const uint64_t offered = CR4_KNOWN & ~PKVM_CR4_VMXE & pkvm_vmcs_caps()->cr4_fixed1;

	return !(value & ~offered);
}

bool pkvm_efer_is_valid(uint64_t value)
{
	return !(value & ~EFER_ALL);
}

/* Sets LMA, and the entry control that has to agree with it. */
static void write_efer(uint64_t value, uint64_t cr0)
{
	const bool active = value & PKVM_EFER_LME && cr0 & PKVM_CR0_PG;

	value = active ? value | PKVM_EFER_LMA : value & ~PKVM_EFER_LMA;
	pkvm_vmwrite(PKVM_VMCS_GUEST_IA32_EFER, value);
	pkvm_vmwrite_bits(PKVM_VMCS_VM_ENTRY_CONTROLS, PKVM_VMX_ENTRY_IA32E_MODE_GUEST, active);
}

void pkvm_cr0_apply(uint64_t value)
{
	const uint64_t fixed = (value | cr0_fixed_to_1()) & pkvm_vmcs_caps()->cr0_fixed1;

	pkvm_vmwrite(PKVM_VMCS_GUEST_CR0, fixed | PKVM_CR0_ET);
	pkvm_vmwrite(PKVM_VMCS_CR0_READ_SHADOW, value | PKVM_CR0_ET);
	write_efer(pkvm_vmread(PKVM_VMCS_GUEST_IA32_EFER), value);
}

void pkvm_cr4_apply(uint64_t value)
{
	const uint64_t forced = (value | cr4_forced_to_1()) & pkvm_vmcs_caps()->cr4_fixed1;

	pkvm_vmwrite(PKVM_VMCS_GUEST_CR4, forced);
	pkvm_vmwrite(PKVM_VMCS_CR4_READ_SHADOW, value);
}

void pkvm_efer_apply(uint64_t value)
{
	write_efer(value, pkvm_cr0_view());
}

uint64_t pkvm_cr0_view(void)
{
	const uint64_t mask = pkvm_cr0_mask();

	return (pkvm_vmread(PKVM_VMCS_GUEST_CR0) & ~mask) |
	       (pkvm_vmread(PKVM_VMCS_CR0_READ_SHADOW) & mask);
}

uint64_t pkvm_cr4_view(void)
{
	const uint64_t mask = pkvm_cr4_mask();

	return (pkvm_vmread(PKVM_VMCS_GUEST_CR4) & ~mask) |
	       (pkvm_vmread(PKVM_VMCS_CR4_READ_SHADOW) & mask);
}

uint64_t pkvm_efer_view(void)
{
	return pkvm_vmread(PKVM_VMCS_GUEST_IA32_EFER);
}
