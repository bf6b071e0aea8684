/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A guest's program in a scenario: guest operations and labels become machine
 * code in host memory, which the scenario then maps or donates.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "guest/assemble.h"
#include "scenario.h"

#define CODE_SIZE    4096
#define MOST_OPERANDS 4

struct program {
	struct pkvm_asm code;
	uint8_t bytes[CODE_SIZE];
	const char *label[PKVM_ASM_LABELS];
	const struct text_line *first[PKVM_ASM_LABELS]; /* that has the label */
	unsigned int labels;
};

/* The number of a label, given at its first use or definition. */
static unsigned int label_number(struct scenario *s, const struct text_line *line,
				 struct program *p, const char *name)
{
	unsigned int i = 0;

	while (i < p->labels && strcmp(p->label[i], name))
		i++;
	if (i == PKVM_ASM_LABELS)
		scenario_bad(s, line, "more than %d labels", PKVM_ASM_LABELS);
	if (i == p->labels) {
		p->first[i] = line;
		p->label[p->labels++] = scenario_keep_text(s, name);
	}
	return i;
}

/* "[rax]" is a memory operand's own spelling of "rax". */
static int register_number(char kind, const char *word)
{
	char name[16];
	size_t length = strlen(word);

	if (kind == 'm' && word[0] == '[' && word[length - 1] == ']') {
		word++;
		length -= 2;
	}
	if (length >= sizeof(name))
		return -1;
	memcpy(name, word, length);
	name[length] = '\0';
	return pkvm_asm_register(kind, name);
}

static uint64_t operand(struct scenario *s, const struct text_line *line, struct program *p,
			char kind, const char *word)
{
	int number;

	if (kind == 'l')
		return label_number(s, line, p, word);
	if (strchr("bwiq", kind))
		return scenario_value(s, line, word, NULL);
	number = register_number(kind, word);
	if (number < 0)
		scenario_bad(s, line, "%s is no register that fits here; expected one like %s",
			     word, kind == 'c' ? "cr3" : kind == 'd' ? "dr7" :
			     kind == 's' ? "ss" : kind == 'x' ? "xmm0" :
			     kind == 'm' ? "[rax]" : "rax");
	return (uint64_t)number;
}

/* It is there in this mode, or only some of its registers and values are not. */
static _Noreturn void refuse_mode(struct scenario *s, const struct text_line *line,
				  struct program *p, unsigned int n)
{
	static const uint64_t least[MOST_OPERANDS];

	if (pkvm_asm_op(&p->code, line->word[0], least, n) == PKVM_ASM_OK)
		scenario_bad(s, line, "a register or value does not fit; expected those of "
			     "mode=%d", p->code.mode);
	scenario_bad(s, line, "%s does not exist in mode=%d", line->word[0], p->code.mode);
}

static void add_operation(struct scenario *s, const struct text_line *line, struct program *p)
{
	const char *kinds = pkvm_asm_operands(line->word[0]);
	uint64_t value[MOST_OPERANDS];
	unsigned int n;

	if (!kinds)
		scenario_bad(s, line, "unknown guest operation %s; expected one of the list in "
			     "docs/scenarios.md", line->word[0]);
	n = (unsigned int)strlen(kinds);
	if (line->words - 1 != n || n > MOST_OPERANDS)
		scenario_bad(s, line, "%s takes %u operands, here are %u", line->word[0], n,
			     line->words - 1);
	for (unsigned int i = 0; i < n; i++)
		value[i] = operand(s, line, p, kinds[i], line->word[i + 1]);
	switch (pkvm_asm_op(&p->code, line->word[0], value, n)) {
	case PKVM_ASM_OK:
		return;
	case PKVM_ASM_MODE:
		refuse_mode(s, line, p, n);
	case PKVM_ASM_SPACE:
		scenario_bad(s, line, "the program is too long; expected at most %d bytes and "
			     "%d jumps and calls", CODE_SIZE, PKVM_ASM_FIXUPS);
	default:
		scenario_bad(s, line, "a number is too large for %s", line->word[0]);
	}
}

static void add_line(struct scenario *s, const struct text_line *line, struct program *p)
{
	const size_t length = strlen(line->word[0]);
	char name[48];

	if (line->word[0][length - 1] != ':') {
		add_operation(s, line, p);
		return;
	}
	if (line->words != 1 || length > sizeof(name))
		scenario_bad(s, line, "expected a label and a colon alone on their line");
	memcpy(name, line->word[0], length - 1);
	name[length - 1] = '\0';
	if (pkvm_asm_label(&p->code, label_number(s, line, p, name)) != PKVM_ASM_OK)
		scenario_bad(s, line, "the label %s is there already", name);
}

/* $NAME.size, and $NAME.LABEL for each label: its distance from the start. */
static void set_variables(struct scenario *s, const char *name, const struct program *p)
{
	char whole[96];

	snprintf(whole, sizeof(whole), "%.40s.size", name);
	scenario_set(s, whole, p->code.used);
	for (unsigned int i = 0; i < p->labels; i++) {
		snprintf(whole, sizeof(whole), "%.40s.%.48s", name, p->label[i]);
		scenario_set(s, whole, p->code.label[i]);
	}
}

void scenario_do_guest(struct scenario *s, const struct text_line *line)
{
	const uint64_t mode = scenario_number(s, line, "mode", 64, 64);
	const uint64_t at = scenario_number(s, line, "at", 0, UINT64_MAX);
	struct program *p = scenario_keep(s, sizeof(*p));

	scenario_check_name(s, line, line->word[1]);
	if (!scenario_text_field(line, "at") || (mode != 16 && mode != 32 && mode != 64))
		scenario_bad(s, line, "expected at=, host memory for the code, and mode=16, 32 "
			     "or 64");
	pkvm_asm_begin(&p->code, p->bytes, sizeof(p->bytes), (int)mode);
	for (size_t i = s->at + 1; i < line->end; i++)
		add_line(s, &s->text.line[i], p);
	for (unsigned int i = 0; i < p->labels; i++) {
		if (!(p->code.defined >> i & 1))
			scenario_bad(s, p->first[i], "the program has no label %s; expected a "
				     "line %s: in it", p->label[i], p->label[i]);
	}
	if (pkvm_asm_finish(&p->code) != PKVM_ASM_OK)
		scenario_bad(s, line, "the program cannot be put together");
	scenario_write(s, line, at, p->bytes, p->code.used);
	set_variables(s, line->word[1], p);
	s->at = line->end;
}
