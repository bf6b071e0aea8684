/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Posting a call, and learning what became of it. */
#include "post.h"
#include "result.h"
#include "transport.h"
#include "x86_ops.h"

#define ITEM_WORDS 4u

enum {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	WORDS_IN_##NAME = PKVM_NR_WORDS_##IN,                                        \
	WORDS_OUT_##NAME = PKVM_NR_WORDS_##OUT,
#include <pkvm/hypercalls.inc>
};

static const struct {
	uint64_t call;
	unsigned int n_in;
	unsigned int n_out;
} calls[] = {
#define PKVM_POSTED(SLOT, NAME) { PKVM_HC_##NAME, WORDS_IN_##NAME, WORDS_OUT_##NAME },
#include <pkvm/posted.inc>
};

#define BIT(NAME) (1u << PKVM_POST_##NAME)
#define EVENTS    (BIT(inject_nmi) | BIT(inject_irq_if_allowed))

/*
 * What must not be pending when a slot is filled: a later slot whose call came
 * first and does not commute with it, and itself unless the last value wins.
 */
static const uint32_t in_the_way[] = {
	[PKVM_POST_set_interrupt_shadow]  = EVENTS | BIT(enable_nmi_window),
	[PKVM_POST_complete_emulated_msr] = EVENTS | BIT(enable_nmi_window) |
					    BIT(complete_emulated_msr),
	[PKVM_POST_hwapic_isr_update]     = BIT(hwapic_isr_update),
	[PKVM_POST_inject_nmi]            = EVENTS,
	[PKVM_POST_inject_irq_if_allowed] = EVENTS,
	[PKVM_POST_update_cr8_intercept]  = 0,
};

bool pkvm_host_may_post(const struct pkvm_host_vcpu *vcpu)
{
	return pkvm_host_has_feature(vcpu->vm, PKVM_FEAT_posting) &&
	       pkvm_host_has_feature(vcpu->vm, PKVM_FEAT_event_summary) &&
	       !vcpu->page->reply.valid;
}

bool pkvm_host_post(struct pkvm_host_vcpu *vcpu, uint32_t slot, const uint64_t in[4])
{
	struct pkvm_page_item *item = &vcpu->page->item[slot];

	if (!pkvm_host_may_post(vcpu))
		return false;
	if (vcpu->posted & in_the_way[slot])
		pkvm_host_settle(vcpu);
	for (unsigned int i = 0; i < ITEM_WORDS; i++)
		item->in[i] = in[i];
	__atomic_store_n(&item->valid, 1, __ATOMIC_RELEASE);
	vcpu->posted |= 1u << slot;
	return true;
}

/* An interrupt that was acknowledged and yet not taken goes in again. */
static void conclude(struct pkvm_host_vcpu *vcpu, uint32_t slot, int64_t error, uint64_t out)
{
	const uint64_t argument = vcpu->page->item[slot].in[0];
	const struct pkvm_status status = { error, error ? out : 0 };

	if (pkvm_host_judge(vcpu, calls[slot].call, argument, status) &&
	    slot == PKVM_POST_inject_irq_if_allowed && !out)
		vcpu->requeued = (struct pkvm_cancelled){ .kind = PKVM_EVENT_IRQ,
							  .vector = argument };
}

void pkvm_host_settle(struct pkvm_host_vcpu *vcpu)
{
	uint32_t left = vcpu->posted;

	if (left && vcpu->load_due)
		pkvm_host_vcpu_load_now(vcpu);
	vcpu->posted = 0;
	for (; left; left &= left - 1) {
		const uint32_t slot = (uint32_t)__builtin_ctz(left);
		struct pkvm_page_item *item = &vcpu->page->item[slot];
		uint64_t out[1] = { 0 };
		struct pkvm_status status;

		item->valid = 0;
		status = pkvm_hc_raw(calls[slot].call, item->in, calls[slot].n_in, out,
				     calls[slot].n_out);
		vcpu->stats.calls++;
		conclude(vcpu, slot, status.error, status.error ? status.refused : out[0]);
	}
}

void pkvm_host_conclude_posted(struct pkvm_host_vcpu *vcpu)
{
	uint32_t left = vcpu->posted;

	vcpu->posted = 0;
	for (; left; left &= left - 1) {
		const uint32_t slot = (uint32_t)__builtin_ctz(left);
		const struct pkvm_page_item *item = &vcpu->page->item[slot];

		vcpu->stats.posted++;
		conclude(vcpu, slot, (int64_t)item->status, item->out);
	}
}
