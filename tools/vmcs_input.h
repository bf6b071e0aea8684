/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The input of `pkvm vmcs check`: cases in JSON, one after the other.
 */
#ifndef PKVM_TOOLS_VMCS_INPUT_H
#define PKVM_TOOLS_VMCS_INPUT_H

#include "vmcs.h"

struct vmcs_input;

/* NULL when the file is no such input; a line on standard error says why. */
struct vmcs_input *vmcs_input_read(const char *path);

/* The next case and its id; NULL after the last one. What is wrong is reported. */
const char *vmcs_input_next(struct vmcs_input *input, struct vmcs_case *c);

/* Whether anything was wrong. */
bool vmcs_input_bad(const struct vmcs_input *input);

void vmcs_input_free(struct vmcs_input *input);

#endif
