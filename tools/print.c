/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Prints one call of the host: its name, the fields given, and what came back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pkvm/pkvm.h>
#include "exit_names.h"
#include "report.h"
#include "scenario.h"

#define RED   "\033[31m"
#define GREEN "\033[32m"
#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

bool print_colours(void)
{
	static int colours = -1;

	if (colours < 0)
		colours = isatty(STDOUT_FILENO);
	return colours;
}

static void print_value(const char *name, uint64_t value)
{
	printf(value < 10 ? " %s=%" PRIu64 : " %s=0x%" PRIx64, name, value);
}

/* Whether a word is one of a list of names rather than a sum of bits. */
static bool is_enumeration(const struct abi_word *word)
{
	return !strcmp(word->rule, "MAX") || !strncmp(word->shape, "msr", 3) ||
	       !strcmp(word->name, "kind");
}

static void print_word(const struct abi_call *call, const struct abi_word *word,
		       uint64_t value)
{
	const char *prefix = is_enumeration(word) ? scenario_prefix(call, word) : NULL;
	const char *constant = prefix ? scenario_constant_name(prefix, value) : NULL;

	if (constant)
		printf(" %s=%s", word->name, constant);
	else if (value == PKVM_NONE && !strcmp(word->rule, "OPT"))
		printf(" %s=none", word->name);
	else
		print_value(word->name, value);
}

static void print_words(const struct abi_call *call, const struct abi_word *list,
			const struct pkvm_regs *regs)
{
	for (unsigned int i = 0; list[i].name; i++)
		print_word(call, &list[i], regs->word[i]);
}

/* "OUT port=0x3f8 size=1 value=0x41". */
static void print_exit(const struct pkvm_regs *out)
{
	const uint64_t kind = out->word[PKVM_WORD_run_exit_kind];
	const uint64_t *word = &out->word[PKVM_WORD_run_exit_word0];
	const char *name = exit_kind_name(kind);

	printf(" %s%s%s", print_colours() ? GREEN : "", name ? name : "unknown",
	       print_colours() ? PLAIN : "");
	for (unsigned int i = 0; i < EXIT_WORDS; i++) {
		name = exit_word_name(kind, word[0], i);
		if (!name)
			continue;
		if (kind == PKVM_EXIT_VMX && i == 0 && exit_reason_name(word[0]))
			printf(" reason=%s", exit_reason_name(word[0]));
		else if (kind == PKVM_EXIT_GUEST_CALL && !i && pkvm_guest_call_name(word[0]))
			printf(" call=%s", pkvm_guest_call_name(word[0]));
		else
			print_value(name, word[i]);
	}
}

static void print_refusal(const struct abi_call *call, const struct pkvm_regs *out)
{
	const char *name = pkvm_error_name((int64_t)out->rax);
	const uint64_t word = out->word[0];

	printf(" %s-%s%s", print_colours() ? RED : "", name ? name : "unknown",
	       print_colours() ? PLAIN : "");
	if (word && call && !call->retired && word <= abi_words(call->in))
		printf(", word %" PRIu64 " (%s)", word, call->in[word - 1].name);
	else if (word)
		printf(", word %" PRIu64, word);
}

/* The outputs of an action that is no call. */
void scenario_result_print(const struct scenario *s, const char *name)
{
	const struct scenario_result *result = &s->result;

	if (s->quiet)
		return;
	printf("  host %s ->", name);
	if (result->error)
		printf(" %s-%s%s", print_colours() ? RED : "",
		       pkvm_error_name(result->error) ? pkvm_error_name(result->error)
						      : "unknown",
		       print_colours() ? PLAIN : "");
	for (unsigned int i = 0; i < result->count; i++) {
		const char *prefix = scenario_family(result->out[i].name);
		const uint64_t value = result->out[i].value;

		if (!strcmp(result->out[i].name, "dead") && !value)
			continue;
		if (prefix && scenario_constant_name(prefix, value))
			printf(" %s=%s", result->out[i].name,
			       scenario_constant_name(prefix, value));
		else
			print_value(result->out[i].name, value);
	}
	putchar('\n');
}

void print_call(const struct scenario *s, const struct abi_call *call,
		const struct pkvm_regs *in, const struct pkvm_regs *out)
{
	const bool colours = print_colours();

	if (s->cpus > 1)
		printf("  cpu%u ", s->cpu);
	else
		printf("  ");
	if (call)
		printf("%s%s%s", colours ? BOLD : "", call->name, colours ? PLAIN : "");
	else
		printf("call 0x%" PRIx64, in->rax);
	if (call && !call->retired)
		print_words(call, call->in, in);
	printf(" ->");
	if (out->rax)
		print_refusal(call, out);
	else if (call && call->number == PKVM_HC_vcpu_run)
		print_exit(out);
	else if (call && !call->retired && call->out[0].name)
		print_words(call, call->out, out);
	else
		printf(" 0");
	putchar('\n');
}
