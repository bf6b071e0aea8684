/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Calls of a scenario's host: by name with named fields, or by registers. That
 * a call is printed and counted is the business of watch.c.
 */
#include <string.h>
#include <strings.h>

#include <pkvm/pkvm.h>
#include "exit_names.h"
#include "host/transport.h"
#include "scenario.h"

static unsigned int word_index(const struct abi_word *list, const char *name)
{
	unsigned int i = 0;

	while (list[i].name && strcmp(list[i].name, name))
		i++;
	return i;
}

static void list_words(const struct abi_call *call, char *text, size_t size)
{
	text[0] = '\0';
	for (unsigned int i = 0; call->in[i].name; i++) {
		if (i)
			strncat(text, " ", size - strlen(text) - 1);
		strncat(text, call->in[i].name, size - strlen(text) - 1);
	}
	if (!call->in[0].name)
		strncat(text, "none", size - strlen(text) - 1);
}

/* The input words; what is not named is 0, but a VM's or vCPU's handle. */
static void read_words(struct scenario *s, const struct text_line *line,
		       const struct abi_call *call, uint64_t word[PKVM_MAX_WORDS])
{
	const bool has_handle = !strcmp(call->context, "vm") ||
				!strcmp(call->context, "handle");
	struct scenario_field field;
	char names[256];

	list_words(call, names, sizeof(names));
	for (unsigned int i = 2; i < line->words; i++) {
		unsigned int n;

		if (!scenario_split(line->word[i], &field) || strcmp(field.op, "="))
			scenario_bad(s, line, "%s is no field; expected FIELD=VALUE",
				     line->word[i]);
		n = word_index(call->in, field.name);
		if (!call->in[n].name)
			scenario_bad(s, line, "%s has no field %s; expected of: %s", call->name,
				     field.name, names);
		word[n] = scenario_value(s, line, field.value,
					 scenario_prefix(call, &call->in[n]));
	}
	if (has_handle && !scenario_text_field(line, call->in[0].name))
		scenario_bad(s, line, "%s needs a handle; expected %s=$VARIABLE", call->name,
			     call->in[0].name);
}

/* The outputs by name; those of an exit by the names of its kind too. */
static void add_outputs(struct scenario *s, const struct abi_call *call,
			const uint64_t word[PKVM_MAX_WORDS])
{
	for (unsigned int i = 0; call->out[i].name; i++)
		scenario_result_add(s, call->out[i].name, word[i]);
	if (call->number != PKVM_HC_vcpu_run || s->result.error)
		return;
	for (unsigned int i = 0; i < EXIT_WORDS; i++) {
		const char *name = exit_word_name(word[0], word[1], i);

		if (name)
			scenario_result_add(s, name, word[1 + i]);
	}
}

void scenario_do_call(struct scenario *s, const struct text_line *line)
{
	const struct abi_call *call = abi_call_by_name(line->word[1], false);
	uint64_t in[PKVM_MAX_WORDS] = {0}, out[PKVM_MAX_WORDS] = {0};
	struct pkvm_status status;

	if (!call || call->retired)
		scenario_bad(s, line, "%s is no call of the host; expected a name of `pkvm abi "
			     "dump`", line->word[1]);
	read_words(s, line, call, in);
	scenario_result_begin(s, line);
	s->result.call = call;
	status = pkvm_hc_raw(call->number, in, abi_words(call->in), out, abi_words(call->out));
	s->result.error = status.error;
	s->result.refused = status.refused;
	add_outputs(s, call, out);
	scenario_result_judge(s);
}

void scenario_do_raw(struct scenario *s, const struct text_line *line)
{
	struct pkvm_regs regs = {0};
	struct scenario_field field;

	if (!scenario_text_field(line, "rax"))
		scenario_bad(s, line, "the call's number is missing; expected rax=N");
	scenario_result_begin(s, line);
	for (unsigned int i = 1; i < line->words; i++) {
		const uint64_t value = scenario_split(line->word[i], &field)
					       ? scenario_value(s, line, field.value, NULL) : 0;

		if (!strcmp(field.name, "rax"))
			regs.rax = value;
		for (unsigned int n = 0; n < PKVM_MAX_WORDS; n++) {
			if (!strcasecmp(field.name, abi_registers[n]))
				regs.word[n] = value;
		}
	}
	s->result.call = abi_call_by_number(regs.rax, false);
	pkvm_host_transport(&regs);
	s->result.error = pkvm_error_name((int64_t)regs.rax) ? (int64_t)regs.rax : 0;
	s->result.refused = s->result.error ? regs.word[0] : 0;
	scenario_result_add(s, "rax", regs.rax);
	for (unsigned int n = 0; n < PKVM_MAX_WORDS; n++) {
		static const char *const names[] = {"rbx", "rcx", "rdx", "rsi", "rdi",
						    "r8", "r9", "r10", "r11", "r12"};

		scenario_result_add(s, names[n], regs.word[n]);
	}
	scenario_result_judge(s);
}
