/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What is listed of the emulator and of its processors, by the rules' numbers. */
#include "../../../baremetal/common/console.h"
#include "../expect.h"
#include "entry.h"

#define RFLAGS_VM ((uint64_t)1 << 17)

enum kind { LENIENT, UNQUALIFIED, STRICT, UNREACHABLE_HERE, NR_KINDS };

static const struct row {
	enum kind kind;
	const char *id;
} rows[] = {
#define DIFFERS(KIND, ID, EMULATOR, SDM) {KIND, ID},
#include "leniencies.inc"
#undef DIFFERS
#define UNREACHABLE(ID, WHY) {UNREACHABLE_HERE, ID},
#include "unreachable.inc"
#undef UNREACHABLE
};

static bool listed[NR_KINDS][MAX_RULES];

/* Non-conforming code whose DPL is not its RPL. */
static bool refuses_cs_rpl(const struct entry *e)
{
	const uint64_t rights = e->value[PKVM_VMCS_INDEX_GUEST_CS_AR_BYTES];
	const uint64_t type = rights & 15, dpl = rights >> 5 & 3;

	return !(e->value[PKVM_VMCS_INDEX_GUEST_RFLAGS] & RFLAGS_VM) &&
	       (type == 9 || type == 11) &&
	       (e->value[PKVM_VMCS_INDEX_GUEST_CS_SELECTOR] & 3) != dpl;
}

static const struct {
	const char *id;
	bool (*refuses)(const struct entry *e);
} stricts[] = {
	{"emulator.cs_rpl", refuses_cs_rpl},
};

#define NR_STRICTS (sizeof(stricts) / sizeof(stricts[0]))
_Static_assert(NR_STRICTS <= MAX_STRICT, "counted by number");

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Of a strict row the predicate, of another the rule. */
static void find(const struct row *row)
{
	for (uint32_t i = 0; i < NR_STRICTS; i++) {
		if (row->kind == STRICT && same(row->id, stricts[i].id))
			return;
	}
	for (uint32_t i = 0; row->kind != STRICT && pkvm_vmcs_rule(i); i++) {
		if (same(row->id, pkvm_vmcs_rule(i)->id)) {
			listed[row->kind][i] = true;
			return;
		}
	}
	console_text("FAILED: no rule has the listed id ");
	console_text(row->id);
	console_text("\n");
	expect_end(false);
}

void list_start(void)
{
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		find(&rows[i]);
}

bool list_lenient(uint32_t rule)
{
	return listed[LENIENT][rule];
}

bool list_unqualified(uint32_t rule)
{
	return listed[UNQUALIFIED][rule];
}

bool list_unreachable(uint32_t rule)
{
	return listed[UNREACHABLE_HERE][rule];
}

const char *list_strict(uint32_t i, const struct entry *e, bool *refuses)
{
	if (i >= NR_STRICTS)
		return NULL;
	*refuses = stricts[i].refuses(e);
	return stricts[i].id;
}
