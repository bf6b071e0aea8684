/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the hosted tests of the VM-entry checks ask of a state and of the rules. */
#ifndef PKVM_TEST_VMCS_CHECK_STATE_H
#define PKVM_TEST_VMCS_CHECK_STATE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "vmcs_state.h"

static inline unsigned int number_of(const char *id)
{
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		if (!strcmp(pkvm_vmcs_rule(i)->id, id))
			return i;
	}
	fail_msg("no rule has the id %s", id);
	return 0;
}

static inline unsigned int nr_rules(void)
{
	static unsigned int rules;

	while (pkvm_vmcs_rule(rules))
		rules++;
	return rules;
}

static inline const char *first_of(const struct entry *e)
{
	int i = pkvm_vmcs_first_broken(&e->state);

	return i < 0 ? "none" : pkvm_vmcs_rule((unsigned int)i)->id;
}

#endif
