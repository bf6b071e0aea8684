/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Finds the label of vmcs_labels.inc that a text begins with.
 */
#include "vmcs_log.h"

static const struct vmcs_label labels[] = {
#define F(NAME) PKVM_VMCS_INDEX_##NAME,
#define N       VMCS_NO_FIELD,
#define VMCS_LABEL(PART, PATTERN, FIELDS) {VMCS_PART_##PART, PATTERN, {FIELDS}},
#include "vmcs_labels.inc"
#undef VMCS_LABEL
#undef N
#undef F
};

const struct vmcs_label *vmcs_label(const char *text, unsigned int part,
				    struct vmcs_match *found)
{
	const struct vmcs_label *best = NULL;

	*found = (struct vmcs_match){.end = text};
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct vmcs_match match;

		if (labels[i].part != part || labels[i].pattern[0] != text[0])
			continue;
		match = vmcs_match(text, labels[i].pattern);
		if ((match.whole || match.at_value || match.values) &&
		    (!best || match.whole > found->whole ||
		     (match.whole == found->whole && match.end > found->end))) {
			best = &labels[i];
			*found = match;
		}
	}
	return best;
}
