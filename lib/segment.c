/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Segment registers of the loaded vCPU. */
#include "call.h"
#include "canonical.h"
#include "summary.h"
#include "vmcs/access.h"

/* The four fields of a segment register (SDM "Guest Register State"). */
struct fields {
	uint32_t selector;
	uint32_t base;
	uint32_t limit;
	uint32_t access_rights;
};

/* The VMCS numbers the registers ES CS SS DS FS GS LDTR TR, KVM swaps the last two. */
static struct fields fields_of(uint64_t index)
{
	const uint32_t last = index == PKVM_SEG_TR ? 7u : index == PKVM_SEG_LDTR ? 6u : 0u;
	const uint32_t place = last ? last : (uint32_t)index;

	return (struct fields){PKVM_VMCS_GUEST_ES_SELECTOR + 2 * place,
			       PKVM_VMCS_GUEST_ES_BASE + 2 * place,
			       PKVM_VMCS_GUEST_ES_LIMIT + 2 * place,
			       PKVM_VMCS_GUEST_ES_AR_BYTES + 2 * place};
}

/*
 * As VM entry demands it: what is not present is unusable, and with
 * unrestricted guest a usable register but LDTR has type bit 0 set (a code or
 * data segment is accessed; both types of a busy TSS have it).
 */
static uint64_t effective_access_rights(const struct pkvm_segment *in)
{
	uint64_t rights = in->access_rights;

	if (!(rights & PKVM_AR_P))
		rights |= PKVM_AR_UNUSABLE;
	if (!(rights & PKVM_AR_UNUSABLE) && in->index != PKVM_SEG_LDTR)
		rights |= PKVM_AR_ACCESSED;
	return rights;
}

/* Writes selector, base, limit and access rights of one segment register. */
int64_t pkvm_hyp_set_segment(struct pkvm_call *call, const struct pkvm_segment *in)
{
	const struct fields fields = fields_of(in->index);

	if (!pkvm_is_canonical(in->base))
		return pkvm_refuse(call, PKVM_WORD_NUMBER(segment, base), PKVM_EINVAL);
	pkvm_vmwrite(fields.selector, in->selector);
	pkvm_vmwrite(fields.base, in->base);
	pkvm_vmwrite(fields.limit, in->limit);
	pkvm_vmwrite(fields.access_rights, effective_access_rights(in));
	pkvm_summary_publish(call->vcpu);
	return 0;
}

/* Reads selector, base, limit and access rights of one segment register. */
int64_t pkvm_hyp_get_segment(struct pkvm_call *call, const struct pkvm_segment_index *in,
			     struct pkvm_segment_state *out)
{
	const struct fields fields = fields_of(in->index);

	(void)call;
	out->base = pkvm_vmread(fields.base);
	out->limit = pkvm_vmread(fields.limit);
	out->access_rights = pkvm_vmread(fields.access_rights);
	out->selector = pkvm_vmread(fields.selector);
	return 0;
}

/* Reads the base of one segment register. */
int64_t pkvm_hyp_get_segment_base(struct pkvm_call *call, const struct pkvm_segment_index *in,
				  struct pkvm_value *out)
{
	(void)call;
	out->value = pkvm_vmread(fields_of(in->index).base);
	return 0;
}
