/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VMCS fields in words: what the bits of a control, a segment, an event mean; and
 * what is usually behind a broken rule.
 */
#ifndef PKVM_TOOLS_VMCS_DECODE_H
#define PKVM_TOOLS_VMCS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: the field has no bits worth words. */
bool vmcs_decode(unsigned int field, uint64_t value, char *text, size_t size);

/* What a reported error or exit reason means. */
const char *vmcs_error_text(uint64_t error);

/* The usual causes of a broken rule. */
const char *vmcs_cause(const char *rule);

/* How to learn capabilities and facts, PKVM_VMCS_NEEDS_*: "MSR 480H; MSR 485H". */
void vmcs_how_to_know(uint32_t needs, char *text, size_t size);

#endif
