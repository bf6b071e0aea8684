/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reads the event summary of a vCPU's shared page, and adds what is posted. */
#include "summary.h"
#include "post.h"

/* Whether an answer is known only behind what is posted. */
static bool is_undecided(const struct pkvm_host_vcpu *vcpu)
{
	if (pkvm_host_is_posted(vcpu, PKVM_POST_complete_emulated_msr))
		return true;
	if (!pkvm_host_is_posted(vcpu, PKVM_POST_set_interrupt_shadow))
		return false;
	/* In a shadow an event that waits can no longer go, without it one may. */
	return vcpu->page->item[PKVM_POST_set_interrupt_shadow].in[0] ?
		       PKVM_HOST_SUMMARY(vcpu, injection_busy) :
		       PKVM_HOST_SUMMARY(vcpu, interrupt_shadow);
}

/* An event that is posted takes the place, a shadow that is posted blocks. */
static bool is_blocked(const struct pkvm_host_vcpu *vcpu)
{
	return pkvm_host_is_posted(vcpu, PKVM_POST_inject_nmi) ||
	       pkvm_host_is_posted(vcpu, PKVM_POST_inject_irq_if_allowed) ||
	       (pkvm_host_is_posted(vcpu, PKVM_POST_set_interrupt_shadow) &&
		vcpu->page->item[PKVM_POST_set_interrupt_shadow].in[0]);
}

static int allowed(struct pkvm_host_vcpu *vcpu, size_t offset, bool for_injection)
{
	if (__builtin_expect(vcpu->posted != 0, 0) && is_undecided(vcpu))
		pkvm_host_settle(vcpu);
	if (for_injection && PKVM_HOST_SUMMARY(vcpu, injection_busy))
		return -PKVM_EBUSY;
	if (__builtin_expect(vcpu->posted != 0, 0) && is_blocked(vcpu))
		return 0;
	return (int)pkvm_host_summary_word(vcpu, offset);
}

int pkvm_host_summary_interrupt_allowed(struct pkvm_host_vcpu *vcpu, bool for_injection)
{
	return allowed(vcpu, offsetof(struct pkvm_page_summary, interrupt_allowed),
		       for_injection);
}

int pkvm_host_summary_nmi_allowed(struct pkvm_host_vcpu *vcpu, bool for_injection)
{
	return allowed(vcpu, offsetof(struct pkvm_page_summary, nmi_allowed), for_injection);
}

static uint64_t posted_word(const struct pkvm_host_vcpu *vcpu, unsigned int i)
{
	return __atomic_load_n(&vcpu->page->apic.posted[i], __ATOMIC_ACQUIRE);
}

/* Of a pVM the hypervisor drops exceptions that were posted. Mostly none waits. */
static int highest_posted(const struct pkvm_host_vcpu *vcpu)
{
	const uint64_t exceptions = PKVM_BITS(PKVM_FIRST_INTERRUPT - 1, 0);

	if (!(posted_word(vcpu, 0) | posted_word(vcpu, 1) | posted_word(vcpu, 2) |
	      posted_word(vcpu, 3)))
		return -1;
	for (unsigned int i = 4; i-- > 0;) {
		uint64_t posted = posted_word(vcpu, i);

		if (!i && pkvm_host_is_protected(vcpu))
			posted &= ~exceptions;
		if (posted)
			return (int)i * 64 + 63 - __builtin_clzll(posted);
	}
	return -1;
}

int pkvm_host_summary_pending_vector(const struct pkvm_host_vcpu *vcpu)
{
	const uint64_t pending = PKVM_HOST_SUMMARY(vcpu, pending_vector);
	const int posted = highest_posted(vcpu);

	if (pending == PKVM_NONE || posted > (int)pending)
		return posted;
	return (int)pending;
}
