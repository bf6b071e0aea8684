/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A log of KVM or Xen: the VMCS dumps in it, each with the failure that a line
 * beside it reports.
 */
#ifndef PKVM_TOOLS_VMCS_LOG_H
#define PKVM_TOOLS_VMCS_LOG_H

#include "vmcs.h"

#define VMCS_GARBLED 8          /* places remembered of a dump               */

enum vmcs_part {                /* of a dump, as bits                        */
	VMCS_PART_GUEST   = 1,
	VMCS_PART_HOST    = 2,
	VMCS_PART_CONTROL = 4,
};

struct vmcs_garbled {
	unsigned int line;
	const char *label;      /* as in vmcs_labels.inc                     */
};

struct vmcs_dump {
	struct vmcs_case vmcs;
	unsigned int line;      /* where it begins                           */
	bool xen;
	unsigned int parts;     /* VMCS_PART_* that it has                   */
	unsigned int fields;    /* read                                      */
	bool reported;          /* by a line beside it, or by its exit reason */
	uint64_t error;
	unsigned int error_line;
	struct vmcs_garbled garbled[VMCS_GARBLED];
	unsigned int nr_garbled;
};

struct vmcs_log {
	struct vmcs_dump *dump;
	size_t dumps;
	bool pending;           /* a failure before its dump                 */
	uint64_t error;
	unsigned int error_line;
};

/* False when memory is out. A log without a dump has 0 of them. */
bool vmcs_log_read(struct vmcs_log *log, const char *text);
void vmcs_log_free(struct vmcs_log *log);

/* vmcs_match.c: how far a text follows a pattern of vmcs_labels.inc. */
#define VMCS_VALUES 8

struct vmcs_match {
	const char *end;        /* where the text stopped to follow          */
	bool whole;
	bool at_value;          /* it stopped where a number should be       */
	uint64_t value[VMCS_VALUES];
	unsigned int values;
};

struct vmcs_match vmcs_match(const char *text, const char *pattern);

#endif
