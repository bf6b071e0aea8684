/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tables made from fields.inc: encoding to index, index to encoding and name,
 * and the widths that VMREAD and VMWRITE give to a field.
 */
#include "field.h"

/*
 * The encoding's width and type with the six low bits of its index: every
 * listed field has a slot of its own, and two rows with one encoding, or an
 * index that needs a seventh bit, do not compile.
 */
#define SLOT(ENCODING)                                                         \
	((((ENCODING) & PKVM_VMCS_ENC_WIDTH) >> 5) |                           \
	 (((ENCODING) & PKVM_VMCS_ENC_TYPE) >> 4) | (((ENCODING) & 0x7eu) >> 1))
#define NR_SLOTS 1024

#define PKVM_VMCS_FIELD(NAME, ENCODING)                                        \
	_Static_assert(((ENCODING) & ~(PKVM_VMCS_ENC_WIDTH |                   \
				       PKVM_VMCS_ENC_TYPE | 0x7eu)) == 0,      \
		       #NAME " is not a full encoding");
#include "fields.inc"
#undef PKVM_VMCS_FIELD

/* Zero is an empty slot, so that indices are kept plus 1. */
_Static_assert(PKVM_VMCS_NR_FIELDS < 255, "an index plus 1 fits one byte");

static const uint8_t slots[NR_SLOTS] = {
#define PKVM_VMCS_FIELD(NAME, ENCODING) [SLOT(ENCODING)] = PKVM_VMCS_INDEX_##NAME + 1,
#include "fields.inc"
#undef PKVM_VMCS_FIELD
};

static const uint16_t encodings[PKVM_VMCS_NR_FIELDS] = {
#define PKVM_VMCS_FIELD(NAME, ENCODING) ENCODING,
#include "fields.inc"
#undef PKVM_VMCS_FIELD
};

static const char *const names[PKVM_VMCS_NR_FIELDS] = {
#define PKVM_VMCS_FIELD(NAME, ENCODING) #NAME,
#include "fields.inc"
#undef PKVM_VMCS_FIELD
};

int pkvm_vmcs_index(uint32_t encoding)
{
	const uint32_t full = encoding & ~PKVM_VMCS_ENC_HIGH;
	int index;

	if (encoding & PKVM_VMCS_ENC_RESERVED)
		return -1;
	if (pkvm_vmcs_is_high(encoding) && pkvm_vmcs_width(encoding) != PKVM_VMCS_WIDTH_64)
		return -1;

	/* The slot dropped the index bits above its six: compare them. */
	index = (int)slots[SLOT(full)] - 1;
	return index >= 0 && encodings[index] == full ? index : -1;
}

uint32_t pkvm_vmcs_encoding(enum pkvm_vmcs_index index)
{
	return encodings[index];
}

const char *pkvm_vmcs_name(enum pkvm_vmcs_index index)
{
	return names[index];
}

uint64_t pkvm_vmcs_field_get(uint32_t encoding, uint64_t stored)
{
	return pkvm_vmcs_is_high(encoding) ? stored >> 32 : stored;
}

uint64_t pkvm_vmcs_field_set(uint32_t encoding, uint64_t stored, uint64_t operand)
{
	if (pkvm_vmcs_is_high(encoding))
		return (operand << 32) | (uint32_t)stored;
	switch (pkvm_vmcs_bits(encoding)) {
	case 16:
		return (uint16_t)operand;
	case 32:
		return (uint32_t)operand;
	default:
		return operand;
	}
}
