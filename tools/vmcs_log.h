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
	const int *field;       /* VMCS_VALUES of them, as there             */
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
	bool names_msr;         /* Xen says which MSR was refused            */
	struct pkvm_vmcs_msr_entry refused;
	struct vmcs_garbled garbled[VMCS_GARBLED];
	unsigned int nr_garbled;
	unsigned int mixed;     /* dumps printed into each other here, or 0  */
	bool differs[PKVM_VMCS_NR_FIELDS];      /* between them              */
};

struct vmcs_log {
	struct vmcs_dump *dump;
	size_t dumps;
};

/*
 * False when memory is out. A log without a dump has 0 of them. Dumps that were
 * printed into each other are told apart where lines say who printed them; else
 * they are one, of what does not differ between them.
 */
bool vmcs_log_read(struct vmcs_log *log, const char *text);
void vmcs_log_free(struct vmcs_log *log);

/* vmcs_text.c: a log without what terminals and mailers add; it does not grow. */
void vmcs_text_clean(char *text, size_t length);

/* vmcs_title.c: the part whose title is here, and the end of it; 0: none is. */
unsigned int vmcs_title(const char *text, const char **end);

/*
 * How many dumps are printed into each other from the title of a guest part on:
 * the title of each part comes as often, before that of the next. Else 0.
 */
unsigned int vmcs_count_mixed(const char *text);

/* vmcs_caller.c: who printed a line, "T1234" or "C3". */
struct vmcs_caller {
	const char *mark;
	size_t length;
};

/* The next caller of those that begin a part of a dump, and its lines alone. */
bool vmcs_caller_next(const char *whole, const char **text, struct vmcs_caller *found);
void vmcs_caller_only(char *text, const struct vmcs_caller *wanted);

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
bool vmcs_is_word(char c);

/* Length of what continues, in the next line, a number of some digits; 0: nothing does. */
size_t vmcs_rest_of_number(const char *text, size_t digits);

/*
 * vmcs_label.c: the label of this part that the text follows to its end, or else
 * the farthest; NULL: it begins like none.
 */
#define VMCS_NO_FIELD (-1)

struct vmcs_label {
	unsigned int part;
	const char *pattern;
	int field[VMCS_VALUES];
};

const struct vmcs_label *vmcs_label(const char *text, unsigned int part,
				    struct vmcs_match *found);

#endif
