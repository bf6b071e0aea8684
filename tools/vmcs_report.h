/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The explanation of a dump for a person.
 */
#ifndef PKVM_TOOLS_VMCS_REPORT_H
#define PKVM_TOOLS_VMCS_REPORT_H

#include <jansson.h>

void vmcs_report(const json_t *dump, size_t number);

#endif
