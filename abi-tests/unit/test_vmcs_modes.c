/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the rules on guest segments that depend on the mode, in 16 modes each:
 * with and without "unrestricted guest", virtual-8086, CR0.PE, "IA-32e mode guest".
 */
#include "vmcs_check_state.h"

/* Bits of a mode's number, 0 to 15. */
#define UNRESTRICTED 8u
#define V86_GUEST    4u
#define PROTECTED    2u
#define IA32E        1u

/*
 * Modes in which the change breaks the rule, a bit for each mode. 0f0fH are the
 * modes outside virtual-8086 mode, 00ffH those without "unrestricted guest",
 * aaaaH those with "IA-32e mode guest", 3333H those with CR0.PE = 0.
 */
#define SEGMENT_ROWS(S, s)                                                                \
	{"guest." s ".s",             0x0f0f, {X(GUEST_##S##_AR_BYTES, 0xc083)}},         \
	{"guest." s ".present",       0x0f0f, {X(GUEST_##S##_AR_BYTES, 0xc013)}},         \
	{"guest." s ".reserved_low",  0x0f0f, {X(GUEST_##S##_AR_BYTES, 0xc193)}},         \
	{"guest." s ".reserved_high", 0x0f0f, {X(GUEST_##S##_AR_BYTES, 0x2c093)}},        \
	{"guest." s ".granularity",   0x0f0f, {X(GUEST_##S##_AR_BYTES, 0x4093),           \
					       X(GUEST_##S##_LIMIT, 0xffffffff)}},        \
	{"guest." s ".v86_base",      0xf0f0, {X(GUEST_##S##_BASE, 0x12345)}},            \
	{"guest." s ".v86_limit",     0xf0f0, {X(GUEST_##S##_LIMIT, 0xffffffff)}},        \
	{"guest." s ".v86_access_rights", 0xf0f0, {X(GUEST_##S##_AR_BYTES, 0xc093)}},
#define DATA_ROWS(S, s)                                                                   \
	SEGMENT_ROWS(S, s)                                                                \
	{"guest." s ".dpl",           0x000f, {X(GUEST_##S##_SELECTOR, 0x1b),             \
					       X(GUEST_##S##_AR_BYTES, 0xc093)}},         \
	{"guest." s ".accessed",      0x0f0f, {X(GUEST_##S##_AR_BYTES, 0xc092)}},         \
	{"guest." s ".readable",      0x0f0f, {X(GUEST_##S##_AR_BYTES, 0xc099)}},

static const struct {
	const char *rule;
	uint32_t broken;
	struct change change[3];
} rows[] = {
	SEGMENT_ROWS(SS, "ss")
	DATA_ROWS(DS, "ds")
	DATA_ROWS(ES, "es")
	DATA_ROWS(FS, "fs")
	DATA_ROWS(GS, "gs")
	{"guest.ss.rpl",               0x000f, {X(GUEST_SS_SELECTOR, 0x1b)}},
	{"guest.ss.dpl_and_rpl",       0x000f, {X(GUEST_SS_AR_BYTES, 0xc0f3)}},
	{"guest.cs.type",              0x000f, {X(GUEST_CS_AR_BYTES, 0xc093)}},
	{"guest.cs.type",              0x0f0f, {X(GUEST_CS_AR_BYTES, 0xc098)}},
	{"guest.cs.dpl_of_data",       0x0f0f, {X(GUEST_CS_AR_BYTES, 0xc0f3)}},
	{"guest.cs.dpl_of_nonconforming", 0x0f0f, {X(GUEST_CS_AR_BYTES, 0xc0fb)}},
	{"guest.cs.dpl_of_conforming", 0x0f0f, {X(GUEST_CS_AR_BYTES, 0xc0ff)}},
	{"guest.cs.d_and_l",           0x0a0a, {X(GUEST_CS_AR_BYTES, 0xe09b)}},
	{"guest.ss.dpl_not_zero",      0x0303, {X(GUEST_SS_AR_BYTES, 0xc0f3)}},
	{"guest.ss.dpl_not_zero",      0x0f0f, {X(GUEST_SS_AR_BYTES, 0xc0f3),
						X(GUEST_CS_AR_BYTES, 0xc093)}},
	{"guest.ss.type",              0x0f0f, {X(GUEST_SS_AR_BYTES, 0xc091)}},
	{"guest.cs.s",                 0x0f0f, {X(GUEST_CS_AR_BYTES, 0xc08b)}},
	{"guest.cs.present",           0x0f0f, {X(GUEST_CS_AR_BYTES, 0xc01b)}},
	{"guest.cs.reserved_low",      0x0f0f, {X(GUEST_CS_AR_BYTES, 0xc19b)}},
	{"guest.cs.reserved_high",     0x0f0f, {X(GUEST_CS_AR_BYTES, 0x2c09b)}},
	{"guest.cs.granularity",       0x0f0f, {X(GUEST_CS_AR_BYTES, 0x409b)}},
	{"guest.cs.v86_base",          0xf0f0, {X(GUEST_CS_BASE, 0)}},
	{"guest.cs.v86_limit",         0xf0f0, {X(GUEST_CS_LIMIT, 0xffffffff)}},
	{"guest.cs.v86_access_rights", 0xf0f0, {X(GUEST_CS_AR_BYTES, 0xc09b)}},
	{"guest.tr.type",              0xaaaa, {X(GUEST_TR_AR_BYTES, 0x83)}},
	{"guest.tr.type",              0xffff, {X(GUEST_TR_AR_BYTES, 0x89)}},
	{"guest.tr.s",                 0xffff, {X(GUEST_TR_AR_BYTES, 0x9b)}},
	{"guest.ldtr.type",            0xffff, {X(GUEST_LDTR_AR_BYTES, 0x83)}},
	{"guest.rip.high_bits",        0x5555, {X(GUEST_RIP, 0x100000000)}},
	{"guest.rflags.vm_in_ia32e_mode", 0xa0a0, {X(GUEST_RSP, 0)}},
	{"guest.rflags.vm_in_real_mode",  0x3030, {X(GUEST_RSP, 0)}},
};

static void set_mode(struct entry *e, unsigned int mode)
{
	uint64_t *secondary = &e->value[PKVM_VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL];
	uint64_t *rflags = &e->value[PKVM_VMCS_INDEX_GUEST_RFLAGS];
	uint64_t *cr0 = &e->value[PKVM_VMCS_INDEX_GUEST_CR0];
	uint64_t *entry = &e->value[PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS];

	*secondary = mode & UNRESTRICTED ? *secondary | 0x80 : *secondary & ~0x80ull;
	*rflags = mode & V86_GUEST ? *rflags | 0x20000 : *rflags & ~0x20000ull;
	*cr0 = mode & PROTECTED ? *cr0 | 1 : *cr0 & ~1ull;
	*entry = mode & IA32E ? *entry | 0x200 : *entry & ~0x200ull;
}

static void test_segment_rules_hold_or_break_by_mode_as_the_sdm_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t broken = 0;

		for (unsigned int mode = 0; mode < 16; mode++) {
			struct entry e;

			set_up(&e, LONG, SKYLAKE);
			apply(&e, rows[i].change, 1);
			for (size_t n = 1; n < 3 && rows[i].change[n].value; n++)
				apply(&e, &rows[i].change[n], 1);
			set_mode(&e, mode);
			if (pkvm_vmcs_judge(number_of(rows[i].rule), &e.state) ==
			    PKVM_VMCS_BROKEN)
				broken |= 1u << mode;
		}
		if (broken != rows[i].broken)
			fail_msg("row %zu, %s: broken in %04xH, expected %04xH", i, rows[i].rule,
				 broken, rows[i].broken);
	}
}

/* Whether a rule on segments reads a field that says the mode. */
static bool depends_on_mode(const struct pkvm_vmcs_rule *rule)
{
	if (strcmp(rule->section, "Checks on Guest Segment Registers") != 0)
		return false;
	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		switch (rule->reads[i]) {
		case PKVM_VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL:
		case PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS:
		case PKVM_VMCS_INDEX_GUEST_RFLAGS:
		case PKVM_VMCS_INDEX_GUEST_CR0:
			return true;
		}
	}
	return false;
}

static void test_every_segment_rule_that_depends_on_the_mode_has_its_16_modes(void **state)
{
	unsigned int rules = 0;

	(void)state;
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		size_t row = 0;

		if (!depends_on_mode(pkvm_vmcs_rule(i)))
			continue;
		rules++;
		while (row < sizeof(rows) / sizeof(rows[0]) &&
		       strcmp(rows[row].rule, pkvm_vmcs_rule(i)->id))
			row++;
		if (row == sizeof(rows) / sizeof(rows[0]))
			fail_msg("%s has no row", pkvm_vmcs_rule(i)->id);
	}
	assert_int_equal(rules, 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_segment_rule_that_depends_on_the_mode_has_its_16_modes),
		cmocka_unit_test(test_segment_rules_hold_or_break_by_mode_as_the_sdm_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
