/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's calls on control registers, DR7 and the registers that KVM caches. */
#include "call.h"
#include "control_register.h"
#include "vmcs/access.h"

#define VALUE_WORD PKVM_WORD_NUMBER(value, value)
/*
 * Bit 10 reads as 1; 63:32, 15:14 and 12 are reserved (SDM "Debug Control Register
 * (DR7)").
 */
#define DR7_FIXED    PKVM_BIT(10)
#define DR7_RESERVED (PKVM_BITS(63, 32) | PKVM_BITS(15, 14) | PKVM_BIT(12))

/* Writes GUEST_CR0, CR0_READ_SHADOW, EFER.LMA and the entry control "IA-32e mode guest". */
int64_t pkvm_hyp_set_cr0(struct pkvm_call *call, const struct pkvm_value *in)
{
	if (!pkvm_cr0_is_valid(in->value))
		return pkvm_refuse(call, VALUE_WORD, PKVM_EINVAL);
	pkvm_cr0_apply(in->value);
	return 0;
}

/* Writes GUEST_CR4 and CR4_READ_SHADOW. */
int64_t pkvm_hyp_set_cr4(struct pkvm_call *call, const struct pkvm_value *in)
{
	if (!pkvm_cr4_is_valid(in->value))
		return pkvm_refuse(call, VALUE_WORD, PKVM_EINVAL);
	pkvm_cr4_apply(in->value);
	return 0;
}

/* Writes GUEST_IA32_EFER and the entry control "IA-32e mode guest". */
int64_t pkvm_hyp_set_efer(struct pkvm_call *call, const struct pkvm_value *in)
{
	if (!pkvm_efer_is_valid(in->value))
		return pkvm_refuse(call, VALUE_WORD, PKVM_EINVAL);
	pkvm_efer_apply(in->value);
	return 0;
}

/* Writes GUEST_DR7. */
int64_t pkvm_hyp_set_dr7(struct pkvm_call *call, const struct pkvm_value *in)
{
	if (in->value & DR7_RESERVED)
		return pkvm_refuse(call, VALUE_WORD, PKVM_EINVAL);
	pkvm_vmwrite(PKVM_VMCS_GUEST_DR7, in->value | DR7_FIXED);
	return 0;
}

/* Reads GUEST_RSP, GUEST_RIP, GUEST_CR3, the PDPTEs, or CR0 and CR4 as the guest sees them. */
int64_t pkvm_hyp_cache_reg(struct pkvm_call *call, const struct pkvm_cached_reg *in,
			   struct pkvm_words4 *out)
{
	*out = (struct pkvm_words4){0};
	switch (in->which) {
	case PKVM_REG_RSP:
		out->word0 = pkvm_vmread(PKVM_VMCS_GUEST_RSP);
		return 0;
	case PKVM_REG_RIP:
		out->word0 = pkvm_vmread(PKVM_VMCS_GUEST_RIP);
		return 0;
	case PKVM_REG_PDPTR:
		out->word0 = pkvm_vmread(PKVM_VMCS_GUEST_PDPTR0);
		out->word1 = pkvm_vmread(PKVM_VMCS_GUEST_PDPTR1);
		out->word2 = pkvm_vmread(PKVM_VMCS_GUEST_PDPTR2);
		out->word3 = pkvm_vmread(PKVM_VMCS_GUEST_PDPTR3);
		return 0;
	case PKVM_REG_CR0:
		out->word0 = pkvm_cr0_view();
		return 0;
	case PKVM_REG_CR3:
		out->word0 = pkvm_vmread(PKVM_VMCS_GUEST_CR3);
		return 0;
	case PKVM_REG_CR4:
		out->word0 = pkvm_cr4_view();
		return 0;
	default:
		return pkvm_refuse(call, PKVM_WORD_NUMBER(cached_reg, which), PKVM_EOPNOTSUPP);
	}
}
