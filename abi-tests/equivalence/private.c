/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The hypervisor's own memory as one number. */
#include "../../lib/vmcs/vmcs.h"
#include "fold.h"
#include "private.h"

#define WORDS (PKVM_PAGE_SIZE / sizeof(uint64_t))

static const uint32_t encodings[] = {
#define PKVM_VMCS_FIELD(NAME, ENCODING) ENCODING,
#include "../../lib/vmcs/fields.inc"
#undef PKVM_VMCS_FIELD
};

static uint64_t end_of_ram(const struct pkvm_hyp *hyp)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < hyp->pages.nr_ram; i++) {
		const struct pkvm_ram *ram = &hyp->pages.ram[i];

		if (ram->address + ram->size > end)
			end = ram->address + ram->size;
	}
	return end;
}

/* Pointers into RAM, wherever a process has it, count by where they point to. */
static uint64_t fold_page(struct pkvm_hyp *hyp, uint64_t digest, uint64_t address)
{
	const uint64_t base = (uintptr_t)pkvm_plat_private(0), size = end_of_ram(hyp);
	const uint64_t *word = pkvm_plat_private(address);

	digest = fold(digest, address);
	for (unsigned int i = 0; i < WORDS; i++)
		digest = fold(digest, word[i] - base < size ? word[i] - base : word[i]);
	return digest;
}

/* A field that the processor has not counts as none. */
static uint64_t fold_vmcs(uint64_t digest)
{
	for (unsigned int i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		uint64_t value = 0;

		if (!pkvm_vmcs_read(encodings[i], &value))
			digest = fold(digest, value);
	}
	return digest;
}

/* What a VMCS's page holds is the processor's matter. */
static bool counts(struct pkvm_hyp *hyp, const struct pkvm_vcpu *vcpu, uint64_t address)
{
	switch (pkvm_page_state(hyp, address)) {
	case PKVM_PAGE_HYPERVISOR:
	case PKVM_PAGE_DONATED:
		return address != pkvm_vcpu_vmcs(vcpu) &&
		       !pkvm_hyp_is_trace_page(hyp, address);
	case PKVM_PAGE_GUEST:
	case PKVM_PAGE_TRANSIT:
		return true;
	default:
		return false;
	}
}

static uint64_t fold_pages(struct pkvm_hyp *hyp, const struct pkvm_vcpu *vcpu, uint64_t digest)
{
	for (uint32_t i = 0; i < hyp->pages.nr_ram; i++) {
		const struct pkvm_ram *ram = &hyp->pages.ram[i];

		for (uint64_t at = 0; at < ram->size; at += PKVM_PAGE_SIZE) {
			if (counts(hyp, vcpu, ram->address + at))
				digest = fold_page(hyp, digest, ram->address + at);
		}
	}
	return digest;
}

uint64_t private_digest(struct pkvm_hyp *hyp, struct pkvm_vcpu *vcpu)
{
	const uint64_t features = hyp->host.features, sequence = vcpu->summary_sequence;
	uint64_t digest;

	hyp->host.features = 0;
	vcpu->summary_sequence = 0;
	digest = fold_pages(hyp, vcpu, fold_vmcs(0));
	hyp->host.features = features;
	vcpu->summary_sequence = sequence;
	return digest;
}
