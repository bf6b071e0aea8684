/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where the MSRs of a vCPU live: in the VMCS, in the processor while the guest
 * runs, or in the vCPU alone.
 */
#include "msr_state.h"
#include "control_register.h"
#include "vmcs/access.h"

#include <pkvm/cpuid.h>

#define PAT_AT_RESET      PKVM_U64(0x0007040600070406)
#define MISC_ENABLE_RESET PKVM_U64(0x1801)
#define APIC_BASE_ADDRESS PKVM_U64(0xfee00000)

#define CPUID_EXTENDED_VERSION 0x80000001u
#define EXTENDED_EDX_RDTSCP    (1u << 27)
#define FEATURES_ECX_RDPID     (1u << 22)

/* The VMCS field of an MSR, 0 if it has none. */
static uint32_t vmcs_field(uint32_t index)
{
	switch (index) {
	case 0x174:
		return PKVM_VMCS_GUEST_SYSENTER_CS;
	case 0x175:
		return PKVM_VMCS_GUEST_SYSENTER_ESP;
	case 0x176:
		return PKVM_VMCS_GUEST_SYSENTER_EIP;
	case 0x1d9:
		return PKVM_VMCS_GUEST_IA32_DEBUGCTL;
	case 0x277:
		return PKVM_VMCS_GUEST_IA32_PAT;
	case 0xc0000100:
		return PKVM_VMCS_GUEST_FS_BASE;
	case 0xc0000101:
		return PKVM_VMCS_GUEST_GS_BASE;
	default:
		return 0;
	}
}

/* MSRs that the processor holds while the guest runs, in the order of PKVM_SAVED_*. */
static const uint32_t saved_index[PKVM_NR_SAVED_MSRS] = {
	0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000102, 0xc0000103,
};

static uint64_t *saved_place(struct pkvm_vcpu *vcpu, uint32_t index)
{
	for (unsigned int i = 0; i < PKVM_NR_SAVED_MSRS; i++) {
		if (saved_index[i] == index)
			return &vcpu->msr.saved[i];
	}
	return NULL;
}

static uint64_t *mtrr_place(struct pkvm_vcpu *vcpu, uint32_t index)
{
	struct pkvm_msr_state *msr = &vcpu->msr;

	if (index >= 0x200 && index <= 0x20f)
		return index & 1 ? &msr->mtrr_mask[(index - 0x200) / 2] :
				   &msr->mtrr_base[(index - 0x200) / 2];
	if (index == 0x250)
		return &msr->mtrr_fixed[0];
	if (index == 0x258 || index == 0x259)
		return &msr->mtrr_fixed[1 + index - 0x258];
	if (index >= 0x268 && index <= 0x26f)
		return &msr->mtrr_fixed[3 + index - 0x268];
	return index == 0x2ff ? &msr->mtrr_default : NULL;
}

/* IA32_MCi_CTL is kept, the other three of a bank read as zero. */
static uint64_t *machine_check_place(struct pkvm_vcpu *vcpu, uint32_t index)
{
	switch (index) {
	case 0x179:
		return &vcpu->mcg_cap;
	case 0x17a:
		return &vcpu->mcg_status;
	case 0x17b:
		return &vcpu->mcg_ctl;
	default:
		if (index < 0x400 || index > 0x47f || index % 4)
			return NULL;
		return &vcpu->mc_ctl[(index - 0x400) / 4];
	}
}

static uint64_t *vcpu_place(struct pkvm_vcpu *vcpu, uint32_t index)
{
	uint64_t *place = saved_place(vcpu, index);

	if (!place)
		place = mtrr_place(vcpu, index);
	if (!place)
		place = machine_check_place(vcpu, index);
	if (place)
		return place;
	switch (index) {
	case 0x1b:
		return &vcpu->msr.apic_base;
	case 0x48:
		return &vcpu->msr.spec_ctrl;
	case 0x1a0:
		return &vcpu->msr.misc_enable;
	case 0xda0:
		return &vcpu->msr.xss;
	default:
		return NULL;
	}
}

uint64_t pkvm_msr_state_read(struct pkvm_vcpu *vcpu, uint32_t index)
{
	const uint32_t field = vmcs_field(index);
	const uint64_t *place = vcpu_place(vcpu, index);

	if (field)
		return pkvm_vmread(field);
	if (index == 0xc0000080)
		return pkvm_efer_view();
	return place ? *place : 0;
}

void pkvm_msr_state_write(struct pkvm_vcpu *vcpu, uint32_t index, uint64_t value)
{
	const uint32_t field = vmcs_field(index);
	uint64_t *place = vcpu_place(vcpu, index);

	if (field)
		pkvm_vmwrite(field, value);
	else if (index == 0xc0000080)
		pkvm_efer_apply(value);
	else if (place)
		*place = value;
}

/* IA32_TSC_AUX comes with RDTSCP or RDPID (SDM "RDTSCP-Read Time-Stamp Counter"). */
static uint32_t nr_saved(void)
{
	struct pkvm_cpuid_regs regs;

	pkvm_plat_cpuid(CPUID_EXTENDED_VERSION, 0, &regs);
	if (regs.edx & EXTENDED_EDX_RDTSCP)
		return PKVM_NR_SAVED_MSRS;
	pkvm_plat_cpuid(PKVM_CPUID_BASIC, 0, &regs);
	if (regs.eax < PKVM_CPUID_FEATURES)
		return PKVM_SAVED_TSC_AUX;
	pkvm_plat_cpuid(PKVM_CPUID_FEATURES, 0, &regs);
	return regs.ecx & FEATURES_ECX_RDPID ? PKVM_NR_SAVED_MSRS : PKVM_SAVED_TSC_AUX;
}

/*
 * A pVM always runs in x2APIC mode; the BSP flag follows the vCPU's id. INIT
 * keeps every MSR but EFER and the bases, which are reset with the VMCS.
 */
void pkvm_msr_reset(struct pkvm_vcpu *vcpu, bool init)
{
	struct pkvm_msr_state *msr = &vcpu->msr;

	if (init)
		return;
	*msr = (struct pkvm_msr_state){0};
	msr->nr_saved = nr_saved();
	msr->misc_enable = MISC_ENABLE_RESET;
	msr->apic_base = APIC_BASE_ADDRESS | PKVM_BIT(11);
	if (vcpu->vm->protected_vm)
		msr->apic_base |= PKVM_BIT(10);
	if (!vcpu->id)
		msr->apic_base |= PKVM_BIT(8);
}

void pkvm_msr_reset_vmcs(void)
{
	pkvm_vmwrite(PKVM_VMCS_GUEST_IA32_PAT, PAT_AT_RESET);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IA32_DEBUGCTL, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_SYSENTER_CS, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_SYSENTER_ESP, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_SYSENTER_EIP, 0);
}

static uint64_t swap_msr(uint32_t index, uint64_t value)
{
	uint64_t old = 0;

	if (!pkvm_plat_rdmsr(index, &old) || !pkvm_plat_wrmsr(index, value))
		pkvm_plat_panic("the processor refused a judged value of an MSR");
	return old;
}

void pkvm_msr_enter(const struct pkvm_vcpu *vcpu, uint64_t host[PKVM_NR_SAVED_MSRS])
{
	for (unsigned int i = 0; i < vcpu->msr.nr_saved; i++)
		host[i] = swap_msr(saved_index[i], vcpu->msr.saved[i]);
}

void pkvm_msr_exit(struct pkvm_vcpu *vcpu, const uint64_t host[PKVM_NR_SAVED_MSRS])
{
	for (unsigned int i = 0; i < vcpu->msr.nr_saved; i++)
		vcpu->msr.saved[i] = swap_msr(saved_index[i], host[i]);
}

/* Bits of the bitmap (SDM "MSR-Bitmap Address"): low and high reads, then writes. */
static void pass_through(uint8_t *bitmap, uint32_t index)
{
	const uint32_t high = index >= 0xc0000000 ? 1024 : 0;
	const uint32_t bit = index & 0x1fff;

	bitmap[high + bit / 8] &= (uint8_t)~(1u << bit % 8);
	bitmap[2048 + high + bit / 8] &= (uint8_t)~(1u << bit % 8);
}

void pkvm_msr_bitmap_init(void *bitmap)
{
	static const uint32_t free_index[] = {0x174, 0x175, 0x176, 0xc0000100, 0xc0000101};
	uint8_t *bytes = bitmap;

	for (unsigned int i = 0; i < PKVM_PAGE_SIZE; i++)
		bytes[i] = 0xff;
	for (unsigned int i = 0; i < sizeof(free_index) / sizeof(free_index[0]); i++)
		pass_through(bytes, free_index[i]);
	for (unsigned int i = 0; i < PKVM_NR_SAVED_MSRS; i++)
		pass_through(bytes, saved_index[i]);
}
