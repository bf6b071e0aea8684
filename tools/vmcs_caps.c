/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The processors of `pkvm vmcs`: the one that `check` assumes where its input
 * names no capability, and the two between which an unknown one must be.
 */
#include <inttypes.h>
#include <string.h>

#include "vmcs.h"

/*
 * What public listings of such processors agree on, with the features of servers:
 * docs/vmcs.md tells from where. The plain control MSRs have the default1 class as
 * must-be-1 (SDM appendix "VMX Capability Reporting Facility").
 */
const struct pkvm_vmx_caps vmcs_skylake = {
	.basic = 0x00da040000000004,
	.pinbased_ctls = 0x000000ff00000016,
	.procbased_ctls = 0xfff9fffe0401e172,
	.exit_ctls = 0x01ffffff00036dff,
	.entry_ctls = 0x0003ffff000011ff,
	.true_pinbased_ctls = 0x000000ff00000016,
	.true_procbased_ctls = 0xfff9fffe04006172,
	.true_exit_ctls = 0x01ffffff00036dfb,
	.true_entry_ctls = 0x0003ffff000011fb,
	.procbased_ctls2 = 0x025fffff00000000,
	.misc = 0x7004c1e7,
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0x3767ff,
	.ept_vpid_cap = 0x00000f0106734141,
	.vmfunc = 1,
	.maxphyaddr = 46,
	.linear_address_bits = 48,
	.efer_supported = true,
	.rtm_supported = true,
};

/* Every control may be 1, a future one too, and everything is wide. */
static const struct pkvm_vmx_caps most = {
	.basic = 0x01d8100000000000,
	.pinbased_ctls = 0xffffffff00000016,
	.procbased_ctls = 0xffffffff0401e172,
	.exit_ctls = 0xffffffff00036dff,
	.entry_ctls = 0xffffffff000011ff,
	.true_pinbased_ctls = 0xffffffff00000016,
	.true_procbased_ctls = 0xffffffff04006172,
	.true_exit_ctls = 0xffffffff00036dfb,
	.true_entry_ctls = 0xffffffff000011fb,
	.procbased_ctls2 = 0xffffffff00000000,
	.procbased_ctls3 = UINT64_MAX,
	.exit_ctls2 = UINT64_MAX,
	.misc = 0x601f01e0,
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = UINT64_MAX,
	.ept_vpid_cap = 0x00000f0106f361c1,
	.vmfunc = UINT64_MAX,
	.maxphyaddr = 52,
	.linear_address_bits = 57,
	.efer_supported = true,
	.sgx_supported = true,
	.rtm_supported = true,
	.bus_lock_supported = true,
	.lam_supported = true,
};

/*
 * No control may be 1, none 0, and everything is narrow. CR0, and the EPT that
 * every processor with EPT has (4 levels, write-back), are no question.
 */
static const struct pkvm_vmx_caps least = {
	.basic = 0x00d8100000000000,
	.pinbased_ctls = 0xffffffff,
	.procbased_ctls = 0xffffffff,
	.exit_ctls = 0xffffffff,
	.entry_ctls = 0xffffffff,
	.true_pinbased_ctls = 0xffffffff,
	.true_procbased_ctls = 0xffffffff,
	.true_exit_ctls = 0xffffffff,
	.true_entry_ctls = 0xffffffff,
	.procbased_ctls2 = 0xffffffff,
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0x27ff,
	.ept_vpid_cap = 0x4040,
	.maxphyaddr = 36,
	.linear_address_bits = 48,
	.efer_supported = true,
};

#define CR3_ADDRESS  0x000ffffffffff000ull
#define CR3_LAM      (3ull << 61)
#define CR4_LA57     (1ull << 12)

static unsigned int width(uint64_t value)
{
	return value ? 64u - (unsigned int)__builtin_clzll(value) : 0;
}

/*
 * When VM entry got as far as the guest's state, the processor has accepted the
 * host's CR3 and CR4 and has at least their bits.
 */
void vmcs_caps_unknown(struct vmcs_case *c, bool host_passed)
{
	const uint64_t cr4 = c->value[PKVM_VMCS_INDEX_HOST_CR4];
	const unsigned int used = width(c->value[PKVM_VMCS_INDEX_HOST_CR3] & CR3_ADDRESS);

	c->least = least;
	c->most = most;
	if (!host_passed)
		return;
	c->least.cr4_fixed1 |= cr4 & most.cr4_fixed1;
	c->least.lam_supported = c->value[PKVM_VMCS_INDEX_HOST_CR3] & CR3_LAM;
	if (cr4 & CR4_LA57)
		c->least.linear_address_bits = 57;
	if (used > c->least.maxphyaddr)
		c->least.maxphyaddr = used;
}

static const struct {
	const char *name;
	size_t offset;
	const char *says;       /* of the default */
} names[] = {
#define MSR(NAME, MEMBER, SAYS) {"IA32_VMX_" NAME, offsetof(struct pkvm_vmx_caps, MEMBER), SAYS},
	MSR("BASIC", basic,
	    "revision 4, 1024 bytes, any width of addresses, the TRUE MSRs; bit 56 is 0")
	MSR("PINBASED_CTLS", pinbased_ctls,
	    "with posted interrupts, as servers have")
	MSR("PROCBASED_CTLS", procbased_ctls,
	    "every control but tertiary ones; the default1 class is fixed")
	MSR("EXIT_CTLS", exit_ctls,
	    "up to \"conceal VMX from PT\"")
	MSR("ENTRY_CTLS", entry_ctls,
	    "up to \"conceal VMX from PT\"")
	MSR("MISC", misc,
	    "timer 2^7, all activity states, 4 CR3 targets, zero-length injection")
	MSR("CR0_FIXED0", cr0_fixed0,
	    "PE, NE and PG")
	MSR("CR0_FIXED1", cr0_fixed1,
	    "32 bits")
	MSR("CR4_FIXED0", cr4_fixed0,
	    "VMXE")
	MSR("CR4_FIXED1", cr4_fixed1,
	    "up to SMAP; neither UMIP nor LA57 nor PKE")
	MSR("PROCBASED_CTLS2", procbased_ctls2,
	    "up to mode-based execute, and TSC scaling and APICv, as servers have")
	MSR("EPT_VPID_CAP", ept_vpid_cap,
	    "4 levels, UC and WB, accessed and dirty flags")
	MSR("TRUE_PINBASED_CTLS", true_pinbased_ctls,
	    "the same: none of its default1 class can be 0")
	MSR("TRUE_PROCBASED_CTLS", true_procbased_ctls,
	    "CR3-load and CR3-store exiting can be 0")
	MSR("TRUE_EXIT_CTLS", true_exit_ctls,
	    "\"save debug controls\" can be 0")
	MSR("TRUE_ENTRY_CTLS", true_entry_ctls,
	    "\"load debug controls\" can be 0")
	MSR("VMFUNC", vmfunc,
	    "EPTP switching")
#undef MSR
};

#define NR_NAMES (sizeof(names) / sizeof(names[0]))

bool *vmcs_caps_feature(struct pkvm_vmx_caps *caps, const char *name)
{
	if (!strcmp(name, "efer_supported"))
		return &caps->efer_supported;
	if (!strcmp(name, "sgx_supported"))
		return &caps->sgx_supported;
	if (!strcmp(name, "rtm_supported"))
		return &caps->rtm_supported;
	if (!strcmp(name, "bus_lock_supported"))
		return &caps->bus_lock_supported;
	return strcmp(name, "lam_supported") ? NULL : &caps->lam_supported;
}

/* Why not, or NULL. */
const char *vmcs_caps_set(struct pkvm_vmx_caps *caps, const char *name, uint64_t value)
{
	for (size_t i = 0; i < NR_NAMES; i++) {
		if (!strcmp(name, names[i].name)) {
			memcpy((char *)caps + names[i].offset, &value, sizeof(value));
			return NULL;
		}
	}
	if (!strcmp(name, "maxphyaddr")) {
		if (value < 32 || value > 52)
			return "expected 32 to 52";
		caps->maxphyaddr = (uint32_t)value;
	} else if (!strcmp(name, "linear_address_bits")) {
		if (value < 32 || value > 64)
			return "expected 32 to 64";
		caps->linear_address_bits = (uint32_t)value;
	} else if (vmcs_caps_feature(caps, name)) {
		if (value > 1)
			return "expected true or false";
		*vmcs_caps_feature(caps, name) = value;
	} else {
		return "no such capability";
	}
	return NULL;
}

/* The defaults, as rows of a table. */
void vmcs_caps_print(FILE *out)
{
	fprintf(out, "| capability | value | what it says |\n| ---------- | ----- | ------------ |\n");
	for (size_t i = 0; i < NR_NAMES; i++) {
		uint64_t value;

		memcpy(&value, (const char *)&vmcs_skylake + names[i].offset, sizeof(value));
		fprintf(out, "| %s | 0x%016" PRIx64 " | %s |\n", names[i].name, value,
			names[i].says);
	}
	fprintf(out, "| maxphyaddr | %u | of servers |\n", vmcs_skylake.maxphyaddr);
	fprintf(out, "| linear_address_bits | %u | 4-level paging |\n", vmcs_skylake.linear_address_bits);
	fprintf(out, "| efer_supported | %s | Intel 64 |\n",
		vmcs_skylake.efer_supported ? "true" : "false");
	fprintf(out, "| sgx_supported | %s | servers have it not |\n",
		vmcs_skylake.sgx_supported ? "true" : "false");
	fprintf(out, "| rtm_supported | %s | of the generation |\n",
		vmcs_skylake.rtm_supported ? "true" : "false");
	fprintf(out, "| bus_lock_supported | %s | of later generations |\n",
		vmcs_skylake.bus_lock_supported ? "true" : "false");
	fprintf(out, "| lam_supported | %s | of later generations |\n",
		vmcs_skylake.lam_supported ? "true" : "false");
}
