/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A judgement as JSON: the objects that `check` and `explain` have in common.
 */
#ifndef PKVM_TOOLS_VMCS_JSON_H
#define PKVM_TOOLS_VMCS_JSON_H

#include <jansson.h>

#include "vmcs.h"

json_t *vmcs_rule_json(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule);

/* Every broken rule, in the order of the SDM's text. */
json_t *vmcs_violations(const struct vmcs_case *c);

/* "0x1f". */
json_t *vmcs_hex(uint64_t value);

#endif
