/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Predicates of the VM-entry rules on the guest's segment and descriptor-table
 * registers, in the order of rules_segment.inc; the two files are read side by
 * side.
 *
 * SDM sections "Checks on Guest Segment Registers" and "Checks on Guest
 * Descriptor-Table Registers".
 */
#include "check_rule.h"

#define DATA(ROW)          ROW(DS, ds) ROW(ES, es) ROW(FS, fs) ROW(GS, gs)
#define ALL_BUT_CS(ROW)    ROW(SS, ss) DATA(ROW)
#define CODE_AND_DATA(ROW) ROW(CS, cs) ALL_BUT_CS(ROW)

#define RPL(selector)      bits(selector, 1, 0)
#define TI(selector)       bits(selector, 2, 2)

static bool usable(uint64_t ar)
{
	return !(ar & AR_UNUSABLE);
}

static bool unrestricted(const struct pkvm_vmcs_state *s)
{
	return CPU2(s, UNRESTRICTED_GUEST);
}

/* Page-granular limits end in FFFH; a limit of 1 MByte or more needs G. */
static bool granularity(uint64_t limit, uint64_t ar)
{
	if (bits(limit, 11, 0) != 0xfff && (ar & AR_G))
		return false;
	return !bits(limit, 31, 20) || (ar & AR_G);
}

RULE(guest, tr, ti)
{
	return !TI(VALUE(s, GUEST_TR_SELECTOR));
}

RULE(guest, ldtr, ti)
{
	return !usable(VALUE(s, GUEST_LDTR_AR_BYTES)) || !TI(VALUE(s, GUEST_LDTR_SELECTOR));
}

RULE(guest, ss, rpl)
{
	return v86(s) || unrestricted(s) ||
	       RPL(VALUE(s, GUEST_SS_SELECTOR)) == RPL(VALUE(s, GUEST_CS_SELECTOR));
}

#define ROW(NAME, name)                                                                   \
	RULE(guest, name, v86_base)                                                       \
	{                                                                                 \
		return !v86(s) || VALUE(s, GUEST_##NAME##_BASE) ==                        \
				  VALUE(s, GUEST_##NAME##_SELECTOR) << 4;                 \
	}
CODE_AND_DATA(ROW)
#undef ROW

RULE(guest, tr, canonical)
{
	return pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_TR_BASE));
}

RULE(guest, fs, canonical)
{
	return pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_FS_BASE));
}

RULE(guest, gs, canonical)
{
	return pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_GS_BASE));
}

RULE(guest, ldtr, canonical)
{
	return !usable(VALUE(s, GUEST_LDTR_AR_BYTES)) ||
	       pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_LDTR_BASE));
}

RULE(guest, cs, base_high)
{
	return !(VALUE(s, GUEST_CS_BASE) >> 32);
}

#define ROW(NAME, name)                                                                   \
	RULE(guest, name, base_high)                                                      \
	{                                                                                 \
		return !usable(VALUE(s, GUEST_##NAME##_AR_BYTES)) ||                      \
		       !(VALUE(s, GUEST_##NAME##_BASE) >> 32);                            \
	}
ROW(SS, ss)
ROW(DS, ds)
ROW(ES, es)
#undef ROW

#define ROW(NAME, name)                                                                   \
	RULE(guest, name, v86_limit)                                                      \
	{                                                                                 \
		return !v86(s) || VALUE(s, GUEST_##NAME##_LIMIT) == 0xffff;               \
	}                                                                                 \
	RULE(guest, name, v86_access_rights)                                              \
	{                                                                                 \
		return !v86(s) || VALUE(s, GUEST_##NAME##_AR_BYTES) == 0xf3;              \
	}
CODE_AND_DATA(ROW)
#undef ROW

RULE(guest, cs, type)
{
	uint64_t type = AR_TYPE(VALUE(s, GUEST_CS_AR_BYTES));

	return v86(s) || (type & 9) == 9 || (type == 3 && unrestricted(s));
}

RULE(guest, ss, type)
{
	uint64_t ar = VALUE(s, GUEST_SS_AR_BYTES);

	return v86(s) || !usable(ar) || AR_TYPE(ar) == 3 || AR_TYPE(ar) == 7;
}

/* Type bits: 3 code, 1 readable (of code), 0 accessed. */
static bool readable(uint64_t ar)
{
	return !bits(ar, 3, 3) || bits(ar, 1, 1);
}

#define ROW(NAME, name)                                                                   \
	RULE(guest, name, accessed)                                                       \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return v86(s) || !usable(ar) || bits(ar, 0, 0);                           \
	}                                                                                 \
	RULE(guest, name, readable)                                                       \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return v86(s) || !usable(ar) || readable(ar);                             \
	}
DATA(ROW)
#undef ROW

RULE(guest, cs, dpl_of_data)
{
	uint64_t ar = VALUE(s, GUEST_CS_AR_BYTES);

	return v86(s) || AR_TYPE(ar) != 3 || AR_DPL(ar) == 0;
}

RULE(guest, cs, dpl_of_nonconforming)
{
	uint64_t ar = VALUE(s, GUEST_CS_AR_BYTES);

	return v86(s) || (AR_TYPE(ar) != 9 && AR_TYPE(ar) != 11) ||
	       AR_DPL(ar) == AR_DPL(VALUE(s, GUEST_SS_AR_BYTES));
}

RULE(guest, cs, dpl_of_conforming)
{
	uint64_t ar = VALUE(s, GUEST_CS_AR_BYTES);

	return v86(s) || (AR_TYPE(ar) != 13 && AR_TYPE(ar) != 15) ||
	       AR_DPL(ar) <= AR_DPL(VALUE(s, GUEST_SS_AR_BYTES));
}

RULE(guest, ss, dpl_and_rpl)
{
	return v86(s) || unrestricted(s) ||
	       AR_DPL(VALUE(s, GUEST_SS_AR_BYTES)) == RPL(VALUE(s, GUEST_SS_SELECTOR));
}

RULE(guest, ss, dpl_not_zero)
{
	bool must_be_0 = AR_TYPE(VALUE(s, GUEST_CS_AR_BYTES)) == 3 ||
			 !(VALUE(s, GUEST_CR0) & CR0_PE);

	return v86(s) || !must_be_0 || AR_DPL(VALUE(s, GUEST_SS_AR_BYTES)) == 0;
}

/* Types 12 to 15 are conforming code, which any RPL may load. */
static bool data_dpl(const struct pkvm_vmcs_state *s, uint64_t selector, uint64_t ar)
{
	return v86(s) || unrestricted(s) || !usable(ar) || AR_TYPE(ar) > 11 ||
	       AR_DPL(ar) >= RPL(selector);
}

#define ROW(NAME, name)                                                                   \
	RULE(guest, name, dpl)                                                            \
	{                                                                                 \
		return data_dpl(s, VALUE(s, GUEST_##NAME##_SELECTOR),                     \
				VALUE(s, GUEST_##NAME##_AR_BYTES));                       \
	}
DATA(ROW)
#undef ROW

RULE(guest, cs, d_and_l)
{
	uint64_t ar = VALUE(s, GUEST_CS_AR_BYTES);

	return v86(s) || !ON_ENTRY(s, IA32E_MODE_GUEST) || !(ar & AR_L) || !(ar & AR_DB);
}

/* The remaining sub-fields are judged for CS always, for others when usable. */
#define SUBFIELD_RULES(NAME, name, APPLIES)                                               \
	RULE(guest, name, s)                                                              \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return v86(s) || !(APPLIES) || (ar & AR_S);                               \
	}                                                                                 \
	RULE(guest, name, present)                                                        \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return v86(s) || !(APPLIES) || (ar & AR_P);                               \
	}                                                                                 \
	RULE(guest, name, reserved_low)                                                   \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return v86(s) || !(APPLIES) || !bits(ar, 11, 8);                          \
	}                                                                                 \
	RULE(guest, name, granularity)                                                    \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return v86(s) || !(APPLIES) ||                                            \
		       granularity(VALUE(s, GUEST_##NAME##_LIMIT), ar);                   \
	}                                                                                 \
	RULE(guest, name, reserved_high)                                                  \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return v86(s) || !(APPLIES) || !bits(ar, 31, 17);                         \
	}
#define ROW(NAME, name) SUBFIELD_RULES(NAME, name, usable(ar))
SUBFIELD_RULES(CS, cs, true)
ALL_BUT_CS(ROW)
#undef ROW

/* A 16-bit busy TSS (3) does not exist in IA-32e mode. */
RULE(guest, tr, type)
{
	uint64_t type = AR_TYPE(VALUE(s, GUEST_TR_AR_BYTES));

	return type == 11 || (type == 3 && !ON_ENTRY(s, IA32E_MODE_GUEST));
}

RULE(guest, ldtr, type)
{
	uint64_t ar = VALUE(s, GUEST_LDTR_AR_BYTES);

	return !usable(ar) || AR_TYPE(ar) == 2;
}

RULE(guest, tr, usable)
{
	return usable(VALUE(s, GUEST_TR_AR_BYTES));
}

/* System segments: S is 0, and virtual-8086 mode exempts nothing. */
#define SYSTEM_RULES(NAME, name, APPLIES)                                                 \
	RULE(guest, name, s)                                                              \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return !(APPLIES) || !(ar & AR_S);                                        \
	}                                                                                 \
	RULE(guest, name, present)                                                        \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return !(APPLIES) || (ar & AR_P);                                         \
	}                                                                                 \
	RULE(guest, name, reserved_low)                                                   \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return !(APPLIES) || !bits(ar, 11, 8);                                    \
	}                                                                                 \
	RULE(guest, name, granularity)                                                    \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return !(APPLIES) || granularity(VALUE(s, GUEST_##NAME##_LIMIT), ar);     \
	}                                                                                 \
	RULE(guest, name, reserved_high)                                                  \
	{                                                                                 \
		uint64_t ar = VALUE(s, GUEST_##NAME##_AR_BYTES);                          \
		return !(APPLIES) || !bits(ar, 31, 17);                                   \
	}
SYSTEM_RULES(TR, tr, true)
SYSTEM_RULES(LDTR, ldtr, usable(ar))

#define ROW(NAME, name)                                                                   \
	RULE(guest, name, canonical)                                                      \
	{                                                                                 \
		return pkvm_vmcs_canonical(s->caps, VALUE(s, GUEST_##NAME##_BASE));             \
	}                                                                                 \
	RULE(guest, name, limit)                                                          \
	{                                                                                 \
		return !bits(VALUE(s, GUEST_##NAME##_LIMIT), 31, 16);                     \
	}
ROW(GDTR, gdtr)
ROW(IDTR, idtr)
#undef ROW
