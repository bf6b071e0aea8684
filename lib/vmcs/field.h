/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What an encoding says about a VMCS field: width, type, access type; and the
 * way from an encoding to the field's dense index, its name and back.
 *
 * SDM: chapter "Virtual Machine Control Structures", section "VMREAD, VMWRITE,
 * and Encodings of VMCS Fields", and appendix "Field Encoding in VMCS".
 */
#ifndef PKVM_LIB_VMCS_FIELD_H
#define PKVM_LIB_VMCS_FIELD_H

#include "vmcs.h"

/*
 * Structure of a VMCS component encoding:
 *
 *   31      15 14 13  12  11 10  9          1   0
 *  +----------+-----+---+------+-------------+---+
 *  |    0     |width| 0 | type |    index    | A |
 *  +----------+-----+---+------+-------------+---+
 *
 * A is the access type: 0 full, 1 high (the upper 32 bits of a 64-bit field).
 */
#define PKVM_VMCS_ENC_HIGH     0x00000001u  /* [0]                            */
#define PKVM_VMCS_ENC_INDEX    0x000003feu  /* [9:1]                          */
#define PKVM_VMCS_ENC_TYPE     0x00000c00u  /* [11:10]                        */
#define PKVM_VMCS_ENC_WIDTH    0x00006000u  /* [14:13]                        */
#define PKVM_VMCS_ENC_RESERVED 0xffff9000u  /* [31:15], [12]                  */

enum pkvm_vmcs_width {
	PKVM_VMCS_WIDTH_16,
	PKVM_VMCS_WIDTH_64,
	PKVM_VMCS_WIDTH_32,
	PKVM_VMCS_WIDTH_NATURAL,
};

enum pkvm_vmcs_type {
	PKVM_VMCS_TYPE_CONTROL,
	PKVM_VMCS_TYPE_READ_ONLY,       /* VM-exit information                  */
	PKVM_VMCS_TYPE_GUEST,
	PKVM_VMCS_TYPE_HOST,
};

static inline enum pkvm_vmcs_width pkvm_vmcs_width(uint32_t encoding)
{
	return (enum pkvm_vmcs_width)((encoding & PKVM_VMCS_ENC_WIDTH) >> 13);
}

static inline enum pkvm_vmcs_type pkvm_vmcs_type(uint32_t encoding)
{
	return (enum pkvm_vmcs_type)((encoding & PKVM_VMCS_ENC_TYPE) >> 10);
}

static inline bool pkvm_vmcs_is_high(uint32_t encoding)
{
	return (encoding & PKVM_VMCS_ENC_HIGH) != 0;
}

/* Bits of a whole field; natural width is 64 in a 64-bit processor. */
static inline unsigned int pkvm_vmcs_bits(uint32_t encoding)
{
	switch (pkvm_vmcs_width(encoding)) {
	case PKVM_VMCS_WIDTH_16:
		return 16;
	case PKVM_VMCS_WIDTH_32:
		return 32;
	case PKVM_VMCS_WIDTH_64:
	case PKVM_VMCS_WIDTH_NATURAL:
		break;
	}
	return 64;
}

/*
 * Dense index of the field that an encoding names, at constant cost, or -1 when
 * the SDM lists no such field or has no high access to it.
 */
int pkvm_vmcs_index(uint32_t encoding);

/* The full encoding of a field and its name without prefix: "GUEST_RIP". */
uint32_t pkvm_vmcs_encoding(enum pkvm_vmcs_index index);
const char *pkvm_vmcs_name(enum pkvm_vmcs_index index);

/*
 * Does a processor with these features have the field? Many fields exist only
 * where a control's 1-setting is supported (the SDM appendix's footnotes).
 */
bool pkvm_vmcs_field_exists(enum pkvm_vmcs_index index, const struct pkvm_vmx_caps *caps);

/*
 * What VMREAD returns of a stored field, and what the field holds after VMWRITE
 * of an operand, in 64-bit mode. The encoding names an existing field.
 */
uint64_t pkvm_vmcs_field_get(uint32_t encoding, uint64_t stored);
uint64_t pkvm_vmcs_field_set(uint32_t encoding, uint64_t stored, uint64_t operand);

#endif
