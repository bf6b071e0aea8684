/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the tests of the log parser share: dumps as KVM and Xen print them, and how
 * they are read back. The files under test are compiled into the tests: they are
 * the command's own, and no library.
 */
#ifndef PKVM_TEST_VMCS_LOG_FIXTURE_H
#define PKVM_TEST_VMCS_LOG_FIXTURE_H

#include <stdlib.h>

#include "vmcs_dump_print.h"
#include "tools/vmcs_caller.c"
#include "tools/vmcs_caps.c"
#include "tools/vmcs_field.c"
#include "tools/vmcs_judge.c"
#include "tools/vmcs_match.c"
#include "tools/vmcs_label.c"
#include "tools/vmcs_log.c"
#include "tools/vmcs_text.c"
#include "tools/vmcs_title.c"

static struct dump_text dump_text;

static inline const char *printed(enum guest guest, enum dialect dialect,
				  const struct change *change)
{
	struct entry e;

	set_up(&e, guest, SKYLAKE);
	if (change)
		apply(&e, change, 1);
	dump_text.used = 0;
	print_dump(&dump_text, dialect, &e);
	return dump_text.text;
}

static inline uint64_t value(const struct vmcs_dump *dump, int field)
{
	if (!dump->vmcs.given[field])
		fail_msg("%s was not read", pkvm_vmcs_name((enum pkvm_vmcs_index)field));
	return dump->vmcs.value[field];
}

static inline void expect_dumps(struct vmcs_log *log, const char *text, size_t dumps)
{
	assert_true(vmcs_log_read(log, text));
	assert_int_equal(log->dumps, dumps);
}

/* Every field that is read must be the one that was printed. */
static inline void expect_same(const struct vmcs_dump *dump, const struct entry *e)
{
	unsigned int given = 0;

	for (unsigned int i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		given += dump->vmcs.given[i];
		if (dump->vmcs.given[i] && dump->vmcs.value[i] != e->value[i])
			fail_msg("%s is 0x%" PRIx64 " and was read as 0x%" PRIx64,
				 pkvm_vmcs_name((enum pkvm_vmcs_index)i), e->value[i],
				 dump->vmcs.value[i]);
	}
	assert_in_range(given, 95, 120);
	assert_int_equal(dump->nr_garbled, 0);
	assert_int_equal(dump->parts, 7);
}

#endif
