/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reads the event summary of a vCPU's shared page. */
#include "summary.h"

/*
 * Another CPU may publish meanwhile (the guest's start_cpu does): an odd or
 * changed sequence number means that the word is no answer.
 */
uint64_t pkvm_host_summary_word(const struct pkvm_host_vcpu *vcpu, size_t offset)
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
