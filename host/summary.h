/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Answers out of the event summary of a vCPU's shared page, and what posted items
 * make of them: what the call of the same name would answer had they been calls.
 */
#ifndef PKVM_HOST_SUMMARY_H
#define PKVM_HOST_SUMMARY_H

#include "host.h"

/* The hypervisor publishes one, and has done so: the vCPU was loaded once. */
static inline bool pkvm_host_has_summary(const struct pkvm_host_vcpu *vcpu)
{
	return pkvm_host_has_feature(vcpu->vm, PKVM_FEAT_event_summary) &&
	       __atomic_load_n(&vcpu->page->summary.sequence, __ATOMIC_ACQUIRE);
}

/*
 * One word of the last complete summary; offset is within struct pkvm_page_summary.
 * Whoever reads from another CPU may meet a publication: an odd or changed sequence
 * number means that the word is no answer.
 */
static inline uint64_t pkvm_host_summary_word(const struct pkvm_host_vcpu *vcpu, size_t offset)
{
	const uint64_t *words = (const uint64_t *)&vcpu->page->summary;
	const uint64_t *sequence = &vcpu->page->summary.sequence;
	uint64_t before, word;

	do {
		before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
		word = __atomic_load_n(words + offset / sizeof(*words), __ATOMIC_ACQUIRE);
	} while (before % 2 || __atomic_load_n(sequence, __ATOMIC_RELAXED) != before);
	return word;
}

#define PKVM_HOST_SUMMARY(VCPU, FIELD) \
	pkvm_host_summary_word(VCPU, offsetof(struct pkvm_page_summary, FIELD))

/* interrupt_allowed and nmi_allowed; what is posted is sent when it decides. */
int pkvm_host_summary_interrupt_allowed(struct pkvm_host_vcpu *vcpu, bool for_injection);
int pkvm_host_summary_nmi_allowed(struct pkvm_host_vcpu *vcpu, bool for_injection);

/* The highest vector that the hypervisor has or will find posted, or -1. */
int pkvm_host_summary_pending_vector(const struct pkvm_host_vcpu *vcpu);

#endif
