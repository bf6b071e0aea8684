/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Donating a larger fpstate to a pVM's vCPU. */
#include "call.h"
#include "reclaim.h"

#define ADDRESS_WORD PKVM_WORD_NUMBER(range, address)
#define SIZE_WORD    PKVM_WORD_NUMBER(range, size)

/* Both are whole pages of the hypervisor's; the new one is the larger one. */
static void move_contents(const struct pkvm_vcpu *vcpu, const struct pkvm_range *to)
{
	const uint64_t *from = pkvm_plat_private(vcpu->fpstate);
	uint64_t *words = pkvm_plat_private(to->address);

	pkvm_page_scrub(to->address, to->size / PKVM_PAGE_SIZE);
	for (uint64_t i = 0; i < vcpu->fpstate_size / sizeof(*words); i++)
		words[i] = from[i];
}

/*
 * Changes vcpu->fpstate, the area that XSAVE and XRSTOR use around the guest. It
 * only grows: a range that is not larger is scrubbed and handed straight back.
 */
int64_t pkvm_hyp_vcpu_add_fpstate(struct pkvm_call *call, const struct pkvm_range *in,
				  struct pkvm_reclaim *out)
{
	static const struct pkvm_reclaim nothing = {0, 0, 0};
	const struct pkvm_range_words words = {ADDRESS_WORD, SIZE_WORD};
	struct pkvm_vcpu *vcpu = call->vcpu;
	struct pkvm_range old = {vcpu->fpstate, vcpu->fpstate_size};
	int64_t status =
		pkvm_range_judge(call, in->address, in->size, PKVM_MAX_RANGE_PAGES, words);

	if (!status)
		status = pkvm_range_is_ram(call, in->address, in->size, ADDRESS_WORD);
	if (!status)
		status = pkvm_page_take(call, in->address, in->size, call->vm->slot,
					ADDRESS_WORD);
	if (status)
		return status;
	if (in->size > vcpu->fpstate_size) {
		move_contents(vcpu, in);
		pkvm_page_commit(call->hyp, in->address, in->size);
		vcpu->fpstate = in->address;
		vcpu->fpstate_size = in->size;
	} else {
		old = *in;
	}
	*out = nothing;
	pkvm_reclaim_add(call->hyp, out, old.address, old.size / PKVM_PAGE_SIZE);
	return 0;
}
