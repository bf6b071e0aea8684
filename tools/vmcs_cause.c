/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Finds the usual causes of a broken rule in vmcs_causes.inc.
 */
#include <string.h>

#include "vmcs.h"
#include "vmcs_decode.h"

static const struct {
	const char *prefix;
	const char *text;
} causes[] = {
#define VMCS_CAUSE(PREFIX, TEXT) {PREFIX, TEXT},
#include "vmcs_causes.inc"
#undef VMCS_CAUSE
};

const char *vmcs_cause(const char *rule)
{
	const char *text = "";
	size_t longest = 0;

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		const size_t length = strlen(causes[i].prefix);

		if (length > longest && !strncmp(rule, causes[i].prefix, length)) {
			longest = length;
			text = causes[i].text;
		}
	}
	return text;
}
