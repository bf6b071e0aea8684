/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A scenario: its text, its variables, the machine it plays on, and what its
 * last action gave back. docs/scenarios.md is the language.
 */
#ifndef PKVM_TOOLS_SCENARIO_H
#define PKVM_TOOLS_SCENARIO_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "machine/machine.h"
#include "abi_table.h"
#include "text.h"

#define SCENARIO_RESULTS 64     /* outputs of an action                      */
#define SCENARIO_DEPTH   8      /* nested repeats                            */

enum scenario_option {
#define SCENARIO_OPTION(NAME, VALUES) SCENARIO_OPTION_##NAME,
#include "options.inc"
	SCENARIO_OPTIONS
};

struct scenario_variable {
	char *name;
	uint64_t value;
	struct scenario_variable *next;
};

/* Host memory that the scenario, or the command for it, has allocated. */
struct scenario_block {
	uint64_t address;
	uint64_t pages;
	struct scenario_block *next;
};

/* What the last action gave back: the object of expect and save. */
struct scenario_result {
	const struct text_line *line;   /* NULL: no action yet               */
	int64_t error;                  /* 0 or a negative errno             */
	uint64_t refused;               /* the refused word, or 0            */
	bool fault;                     /* the host has no access            */
	const struct abi_call *call;    /* NULL: no call                     */
	const struct abi_call *failed;  /* the last call of it that failed, or NULL */
	uint64_t failed_word;           /* which that one refused, or 0      */
	uint64_t page;                  /* of `page`: shared page, else 0    */
	unsigned int count;
	struct {
		const char *name;
		uint64_t value;
	} out[SCENARIO_RESULTS];
};

/* A processor by what it lacks of the one that the machine models. */
struct scenario_processor {
	const char *name;               /* of `machine processor=`           */
	const char *model;              /* the emulator's                    */
	uint32_t no_pin;
	uint32_t no_secondary;
	uint64_t no_ept;
	const struct machine_cpuid_row *lacks;
	size_t nr_lacks;
};

struct report;
struct trace;
struct host_side;

struct scenario {
	struct text text;
	struct scenario_variable *variables;
	struct scenario_result result;
	size_t at;                      /* the line being played             */
	struct {
		size_t line;
		uint64_t left;
	} repeat[SCENARIO_DEPTH];
	unsigned int repeats;

	const struct scenario_processor *processor; /* NULL: as `machine` says */
	struct machine *machine;        /* NULL before the first action      */
	struct machine_cpuid cpuid;     /* of the physical processors        */
	struct machine_cpuid table;     /* the last one that `cpuid` read    */
	unsigned int cpu;               /* on which the host acts            */
	unsigned int cpus;
	uint64_t calls;                 /* that the host has made            */
	struct scenario_block *blocks;
	uint64_t private_pages;         /* of the machine before anything    */
	unsigned int option[SCENARIO_OPTIONS];  /* number of the value chosen */

	struct host_side *host;         /* what `host` has made, or NULL     */
	bool quiet;
	struct report *report;
	struct trace *trace;            /* NULL: none is wanted              */
	char failure[512];              /* what is told after FAIL:          */
	int status;                     /* an exit status of command.h       */
	jmp_buf stop;
};

/* Plays a whole file: afterwards `status` and, unless that is 0, `failure` tell. */
void scenario_play(struct scenario *s, const char *path);

/*
 * Both leave the scenario at once, for scenario_play(): the scenario's text is
 * wrong (exit status 2); what it expected did not happen (1).
 */
_Noreturn void scenario_bad(struct scenario *s, const struct text_line *line,
			    const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void scenario_fail(struct scenario *s, const struct text_line *line,
			     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Memory that lives as long as the scenario does. */
void *scenario_keep(struct scenario *s, size_t size);
char *scenario_keep_text(struct scenario *s, const char *text);

/* scenario_value.c: `prefix` is what a constant's name may lack, or NULL. */
uint64_t scenario_value(struct scenario *s, const struct text_line *line, const char *text,
			const char *prefix);
void scenario_set(struct scenario *s, const char *name, uint64_t value);
bool scenario_get(const struct scenario *s, const char *name, uint64_t *value);

/* scenario_constant.c */
bool scenario_constant(const char *name, const char *prefix, uint64_t *value);
const char *scenario_constant_name(const char *prefix, uint64_t value);
const char *scenario_prefix(const struct abi_call *call, const struct abi_word *word);
const char *scenario_family(const char *name);

/* scenario_field.c: the fields `name=value` of a line. */
struct scenario_field {
	char name[96];
	char op[3];                     /* =, !=, <=, >=, <, >               */
	const char *value;
};

bool scenario_split(const char *word, struct scenario_field *field);
/* Refuses what cannot be the name of a variable, to which a part may come. */
void scenario_check_name(struct scenario *s, const struct text_line *line, const char *name);

/* Whether a list of names, separated by spaces, has one. */
bool scenario_lists(const char *list, const char *name);
const char *scenario_text_field(const struct text_line *line, const char *name);
/* Refuses a line that has a field twice. */
void scenario_check_once(struct scenario *s, const struct text_line *line);
uint64_t scenario_number(struct scenario *s, const struct text_line *line, const char *name,
			 uint64_t fallback, uint64_t limit);

/* scenario_expect.c */
void scenario_result_begin(struct scenario *s, const struct text_line *line);
void scenario_result_add(struct scenario *s, const char *name, uint64_t value);
void scenario_result_judge(struct scenario *s);
/* Whether an expect line of the action that is played names this field. */
bool scenario_expects(const struct scenario *s, const char *name);
void scenario_result_print(const struct scenario *s, const char *name);

/* scenario_machine.c, scenario_memory.c */
void scenario_machine_start(struct scenario *s, const struct text_line *line);
void scenario_machine_stop(struct scenario *s);

/* scenario_processor.c: by either of its names; NULL: there is none. */
const struct scenario_processor *scenario_processor(const char *name);
void scenario_processor_limit(const struct scenario_processor *processor,
			      struct pkvm_vmx_caps *caps, struct machine_cpuid *cpuid);
/* Adds the controls of `machine without=`; false: there is no such feature. */
bool scenario_feature(const char *name, uint32_t *primary, uint32_t *secondary);
uint64_t scenario_alloc(struct scenario *s, const struct text_line *line, uint64_t pages,
			bool zero);
void scenario_write(struct scenario *s, const struct text_line *line, uint64_t address,
		    const void *from, size_t size);
char *scenario_beside(struct scenario *s, const struct text_line *line, const char *path);

/* scenario_table.c: the CPUID captures that its lines name become files of the text. */
void scenario_note_captures(struct text *text);

/* scenario_page.c: a word of the shared page by its path; false: no such path. */
bool scenario_page_offset(const char *path, size_t *offset);

/* One function for each row of directives.inc. */
#define SCENARIO_DIRECTIVE(NAME, MIN, MAX, FIELDS, USAGE) \
	void scenario_do_##NAME(struct scenario *s, const struct text_line *line);
#include "directives.inc"

#endif
