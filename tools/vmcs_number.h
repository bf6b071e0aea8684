/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Numbers of 64 bits in JSON, which jansson's integers cannot hold.
 */
#ifndef PKVM_TOOLS_VMCS_NUMBER_H
#define PKVM_TOOLS_VMCS_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* "0x1f": 0x and up to 16 hexadecimal digits (leading zeroes aside). */
bool vmcs_number(const char *text, uint64_t *value);

/* A copy of a JSON text in which integers above 2^63-1 are hexadecimal strings. */
char *vmcs_quote_numbers(const char *text);

#endif
