/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Guests that VM entry accepts and two processors, as literals: what the tests
 * of the VM-entry checks start from, with a libc and without.
 */
#ifndef PKVM_TEST_VMCS_STATE_H
#define PKVM_TEST_VMCS_STATE_H

#include "../../lib/vmcs/check.h"

struct change {
	uint16_t field;
	uint64_t value;
};

#define X(NAME, VALUE) { PKVM_VMCS_INDEX_##NAME, VALUE }

/* Changes of what is no field: the second entry of the MSR-load area, IA32_RTIT_CTL. */
enum { FACT_MSR_INDEX = PKVM_VMCS_NR_FIELDS, FACT_MSR_HIGH, FACT_MSR_VALUE, FACT_RTIT_CTL };
#define FACT(NAME, VALUE) { FACT_##NAME, VALUE }

/*
 * The Skylake-class processor of an emulator; its VM-exit and VM-entry controls
 * are those of the SDM's default1 class and every control that the guests below
 * use.
 */
static const struct pkvm_vmx_caps skylake = {
	.basic = 0x00d810000000002b,
	.pinbased_ctls = 0x0000007f00000016,
	.procbased_ctls = 0xf7f9fffe0401e172,
	.exit_ctls = 0x007fffff00036dff,
	.entry_ctls = 0x0000ffff000011ff,
	.true_pinbased_ctls = 0x0000007f00000016,
	.true_procbased_ctls = 0xf7f9fffe04006172,
	.true_exit_ctls = 0x007fffff00036dfb,
	.true_entry_ctls = 0x0000ffff000011fb,
	.procbased_ctls2 = 0x02177fff00000000,
	.misc = 0x600401e0,
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0x3767ff,
	.ept_vpid_cap = 0x00000f0106334141,
	.vmfunc = 1,
	.maxphyaddr = 40,
	.linear_address_bits = 48,
	.efer_supported = true,
	.sgx_supported = true,
	.rtm_supported = true,
};

/* The same with every control, and CR4.CET. */
static const struct pkvm_vmx_caps everything = {
	.basic = 0x00d810000000002b,
	.true_pinbased_ctls = 0xffffffff00000016,
	.true_procbased_ctls = 0xffffffff04006172,
	.true_exit_ctls = 0xffffffff00036dfb,
	.true_entry_ctls = 0xffffffff000011fb,
	.procbased_ctls2 = 0xffffffff00000000,
	.misc = 0x600401e0,
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0xb767ff,
	.ept_vpid_cap = 0x00000f0106334141,
	.vmfunc = 1,
	.maxphyaddr = 40,
	.linear_address_bits = 48,
	.efer_supported = true,
	.sgx_supported = true,
	.rtm_supported = true,
};

/* A 64-bit guest under a Linux host; all that an unrestricted guest may use. */
static const struct change long_mode[] = {
	X(VIRTUAL_PROCESSOR_ID, 1),
	X(PIN_BASED_VM_EXEC_CONTROL, 0x7f),
	X(CPU_BASED_VM_EXEC_CONTROL, 0x962061fa),
	X(SECONDARY_VM_EXEC_CONTROL, 0x020200ba),
	X(VM_EXIT_CONTROLS, 0x7ffffb),
	X(VM_ENTRY_CONTROLS, 0xf3ff),
	X(IO_BITMAP_A, 0x1000), X(IO_BITMAP_B, 0x2000), X(MSR_BITMAP, 0x3000),
	X(VIRTUAL_APIC_PAGE_ADDR, 0x4000), X(TPR_THRESHOLD, 2),
	X(PML_ADDRESS, 0x5000), X(GUEST_PML_INDEX, 511), X(EPT_POINTER, 0x60005e),
	X(TSC_OFFSET, 0xfffffffffff00000), X(TSC_MULTIPLIER, 0x1000000000000),
	X(VM_EXIT_MSR_STORE_COUNT, 2), X(VM_EXIT_MSR_STORE_ADDR, 0x7000),
	X(VM_EXIT_MSR_LOAD_COUNT, 2), X(VM_EXIT_MSR_LOAD_ADDR, 0x7100),
	X(VM_ENTRY_MSR_LOAD_COUNT, 2), X(VM_ENTRY_MSR_LOAD_ADDR, 0x7200),
	X(EXCEPTION_BITMAP, 0x60042), X(PAGE_FAULT_ERROR_CODE_MASK, 1),
	X(CR0_GUEST_HOST_MASK, 0x20), X(CR0_READ_SHADOW, 0x80050033),
	X(CR4_GUEST_HOST_MASK, 0x2000), X(CR4_READ_SHADOW, 0x6b0),
	X(VMX_PREEMPTION_TIMER_VALUE, 1000), X(VM_EXIT_REASON, 12),

	X(HOST_CR0, 0x80050033), X(HOST_CR3, 0x100000), X(HOST_CR4, 0x3626f0),
	X(HOST_CS_SELECTOR, 0x10), X(HOST_SS_SELECTOR, 0x18), X(HOST_TR_SELECTOR, 0x40),
	X(HOST_GS_BASE, 0xffff888000000000), X(HOST_TR_BASE, 0xfffffe0000003000),
	X(HOST_GDTR_BASE, 0xfffffe0000001000), X(HOST_IDTR_BASE, 0xfffffe0000000000),
	X(HOST_IA32_SYSENTER_CS, 0x10), X(HOST_IA32_SYSENTER_ESP, 0xfffffe0000002000),
	X(HOST_IA32_SYSENTER_EIP, 0xffffffff81800000),
	X(HOST_RSP, 0xffffc90000000000), X(HOST_RIP, 0xffffffff81000000),
	X(HOST_IA32_PAT, 0x0407050600070106), X(HOST_IA32_EFER, 0xd01),
	X(HOST_IA32_PERF_GLOBAL_CTRL, 0x70000000f),

	X(GUEST_CR0, 0x80050033), X(GUEST_CR3, 0x2000), X(GUEST_CR4, 0x26b0),
	X(GUEST_DR7, 0x400), X(GUEST_IA32_DEBUGCTL, 1),
	X(GUEST_IA32_PAT, 0x0407050600070106), X(GUEST_IA32_EFER, 0xd01),
	X(GUEST_IA32_PERF_GLOBAL_CTRL, 0x70000000f), X(GUEST_SYSENTER_CS, 0x10),
	X(GUEST_SYSENTER_ESP, 0xffffc90000001000), X(GUEST_SYSENTER_EIP, 0xffffffff81700000),
	X(GUEST_CS_SELECTOR, 0x10), X(GUEST_CS_LIMIT, 0xffffffff), X(GUEST_CS_AR_BYTES, 0xa09b),
	X(GUEST_SS_SELECTOR, 0x18), X(GUEST_SS_LIMIT, 0xffffffff), X(GUEST_SS_AR_BYTES, 0xc093),
	X(GUEST_DS_SELECTOR, 0x18), X(GUEST_DS_LIMIT, 0xffffffff), X(GUEST_DS_AR_BYTES, 0xc093),
	X(GUEST_ES_SELECTOR, 0x18), X(GUEST_ES_LIMIT, 0xffffffff), X(GUEST_ES_AR_BYTES, 0xc093),
	X(GUEST_FS_SELECTOR, 0x18), X(GUEST_FS_LIMIT, 0xffffffff), X(GUEST_FS_AR_BYTES, 0xc093),
	X(GUEST_GS_AR_BYTES, 0x10000), X(GUEST_GS_BASE, 0xffff888000100000),
	X(GUEST_LDTR_AR_BYTES, 0x10000),
	X(GUEST_TR_SELECTOR, 0x40), X(GUEST_TR_LIMIT, 0x67), X(GUEST_TR_AR_BYTES, 0x8b),
	X(GUEST_TR_BASE, 0xfffffe0000013000),
	X(GUEST_GDTR_BASE, 0xfffffe0000011000), X(GUEST_GDTR_LIMIT, 0x7f),
	X(GUEST_IDTR_BASE, 0xfffffe0000010000), X(GUEST_IDTR_LIMIT, 0xfff),
	X(GUEST_RSP, 0xffffc90000004000), X(GUEST_RIP, 0xffffffff81000100),
	X(GUEST_RFLAGS, 0x202), X(VMCS_LINK_POINTER, 0xffffffffffffffff),
};

/* What differs: an unrestricted guest at the reset vector. */
static const struct change real_mode[] = {
	X(VM_ENTRY_CONTROLS, 0xf1ff), X(GUEST_IA32_EFER, 0),
	X(GUEST_CR0, 0x30), X(GUEST_CR3, 0), X(GUEST_CR4, 0x2000),
	X(GUEST_CS_SELECTOR, 0xf000), X(GUEST_CS_BASE, 0xffff0000),
	X(GUEST_CS_LIMIT, 0xffff), X(GUEST_CS_AR_BYTES, 0x9b),
	X(GUEST_SS_SELECTOR, 0), X(GUEST_SS_LIMIT, 0xffff), X(GUEST_SS_AR_BYTES, 0x93),
	X(GUEST_DS_SELECTOR, 0), X(GUEST_DS_LIMIT, 0xffff), X(GUEST_DS_AR_BYTES, 0x93),
	X(GUEST_ES_SELECTOR, 0), X(GUEST_ES_LIMIT, 0xffff), X(GUEST_ES_AR_BYTES, 0x93),
	X(GUEST_FS_SELECTOR, 0), X(GUEST_FS_LIMIT, 0xffff), X(GUEST_FS_AR_BYTES, 0x93),
	X(GUEST_GS_BASE, 0), X(GUEST_GS_LIMIT, 0xffff), X(GUEST_GS_AR_BYTES, 0x93),
	X(GUEST_LDTR_LIMIT, 0xffff), X(GUEST_LDTR_AR_BYTES, 0x82),
	X(GUEST_TR_SELECTOR, 0), X(GUEST_TR_BASE, 0), X(GUEST_TR_LIMIT, 0xffff),
	X(GUEST_GDTR_BASE, 0), X(GUEST_GDTR_LIMIT, 0xffff),
	X(GUEST_IDTR_BASE, 0), X(GUEST_IDTR_LIMIT, 0xffff),
	X(GUEST_RSP, 0), X(GUEST_RIP, 0xfff0), X(GUEST_RFLAGS, 2),
};

/* What differs: 32-bit PAE paging, without "unrestricted guest". */
static const struct change pae_mode[] = {
	X(SECONDARY_VM_EXEC_CONTROL, 0x0202003a),
	X(VM_ENTRY_CONTROLS, 0xf1ff), X(GUEST_IA32_EFER, 0x800), X(GUEST_CS_AR_BYTES, 0xc09b),
	X(GUEST_RIP, 0x100000), X(GUEST_PDPTR0, 0x3001), X(GUEST_PDPTR1, 0x4001),
};

/* What differs: virtual-8086 mode, without "unrestricted guest". */
#define V86_SEGMENT(S)                                                                    \
	X(GUEST_##S##_SELECTOR, 0x1234), X(GUEST_##S##_BASE, 0x12340),                    \
	X(GUEST_##S##_LIMIT, 0xffff), X(GUEST_##S##_AR_BYTES, 0xf3)
static const struct change v86_mode[] = {
	X(SECONDARY_VM_EXEC_CONTROL, 0x0202003a),
	X(VM_ENTRY_CONTROLS, 0xf1ff), X(GUEST_IA32_EFER, 0), X(GUEST_CR4, 0x2010),
	V86_SEGMENT(CS), V86_SEGMENT(SS), V86_SEGMENT(DS), V86_SEGMENT(ES), V86_SEGMENT(FS),
	V86_SEGMENT(GS), X(GUEST_RIP, 0x100), X(GUEST_RFLAGS, 0x23202),
};

enum guest { LONG, REAL, PAE, V86 };
enum processor { SKYLAKE, EVERYTHING, NO_AD, FREE_ERROR_CODES, NO_ZERO_LENGTH, NO_INACTIVE,
		 REVISION_7, PLAIN, FIVE_LEVELS, NO_EFER, ALL_LINEAR_BITS, NO_SGX, NO_RTM };

struct entry {
	uint64_t value[PKVM_VMCS_NR_FIELDS];
	struct pkvm_vmx_caps caps;
	struct pkvm_vmcs_msr_entry msr[2];
	struct pkvm_vmcs_state state;
};

/* A copy of a state still points to what it was copied from. */
static inline void point(struct entry *e)
{
	e->state.value = e->value;
	e->state.caps = &e->caps;
	e->state.msr_load = e->msr;
	e->state.nr_msr_load = 2;
}

static inline void apply_one(struct entry *e, const struct change *change)
{
	switch (change->field) {
	case FACT_MSR_INDEX:
		e->msr[1].index = (uint32_t)change->value;
		break;
	case FACT_MSR_HIGH:
		e->msr[1].high = (uint32_t)change->value;
		break;
	case FACT_MSR_VALUE:
		e->msr[1].value = change->value;
		break;
	case FACT_RTIT_CTL:
		e->state.rtit_ctl = change->value;
		break;
	default:
		e->value[change->field] = change->value;
	}
}

static inline void apply(struct entry *e, const struct change *change, size_t n)
{
	for (size_t i = 0; i < n; i++)
		apply_one(e, &change[i]);
}

static inline void set_processor(struct pkvm_vmx_caps *caps, enum processor processor)
{
	*caps = processor == EVERYTHING ? everything : skylake;
	if (processor == NO_AD)
		caps->ept_vpid_cap &= ~(1ull << 21);
	if (processor == FREE_ERROR_CODES)
		caps->basic |= 1ull << 56;
	if (processor == NO_ZERO_LENGTH)
		caps->misc &= ~(1ull << 30);
	if (processor == NO_INACTIVE)
		caps->misc &= ~(7ull << 6);
	if (processor == FIVE_LEVELS)
		caps->ept_vpid_cap = 0x00000f0106b34081;
	if (processor == REVISION_7)
		caps->basic = 0x00d8100000000007;
	if (processor == PLAIN)
		caps->basic &= ~(1ull << 55);
	if (processor == ALL_LINEAR_BITS)
		caps->linear_address_bits = 64;
	caps->efer_supported = processor != NO_EFER;
	caps->sgx_supported = processor != NO_SGX;
	caps->rtm_supported = processor != NO_RTM;
	caps->bus_lock_supported = processor == EVERYTHING;
	caps->lam_supported = processor == EVERYTHING;
}

/* A VMCS at 9000H; the one at any link pointer has revision 2BH. */
static inline void set_up(struct entry *e, enum guest guest, enum processor processor)
{
	*e = (struct entry){0};
	set_processor(&e->caps, processor);
	apply(e, long_mode, sizeof(long_mode) / sizeof(long_mode[0]));
	if (guest == REAL)
		apply(e, real_mode, sizeof(real_mode) / sizeof(real_mode[0]));
	if (guest == PAE)
		apply(e, pae_mode, sizeof(pae_mode) / sizeof(pae_mode[0]));
	if (guest == V86)
		apply(e, v86_mode, sizeof(v86_mode) / sizeof(v86_mode[0]));
	point(e);
	e->msr[0].index = 0xc0000102;
	e->msr[1].index = 0x277;
	e->msr[1].value = 0x0007040600070406;
	e->state.vtpr = 0x20;
	e->state.current_vmcs = 0x9000;
	e->state.linked_revision = 0x2b;
}

#endif
