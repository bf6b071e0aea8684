/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a trace says of one call of the host: its words, and of a vcpu_run the
 * guest's slice up to its exit.
 */
#include <inttypes.h>
#include <jansson.h>

#include <pkvm/pkvm.h>
#include "exit_names.h"
#include "report.h"
#include "scenario.h"
#include "trace.h"
#include "trace_event.h"

/* Every declared word by name. */
static void add_words(json_t *details, const struct abi_word *list,
		      const struct pkvm_regs *regs)
{
	for (unsigned int i = 0; list[i].name; i++)
		json_object_set_new(details, list[i].name,
				    json_sprintf("0x%" PRIx64, regs->word[i]));
}

static json_t *call_details(const struct abi_call *call, const struct pkvm_regs *in,
			    const struct pkvm_regs *out)
{
	json_t *details = json_object();

	json_object_set_new(details, "status", json_integer((json_int_t)out->rax));
	if (call && !call->retired)
		add_words(details, call->in, in);
	return details;
}

static json_t *exit_details(const struct pkvm_regs *out)
{
	json_t *details = json_object();

	for (unsigned int i = 0; i < EXIT_WORDS; i++) {
		const char *name = exit_word_name(out->word[0], out->word[1], i);

		if (name)
			json_object_set_new(details, name,
					    json_sprintf("0x%" PRIx64, out->word[1 + i]));
	}
	return details;
}

void trace_call(struct scenario *s, const struct abi_call *call,
		       const struct pkvm_regs *in, const struct pkvm_regs *out, uint64_t from)
{
	const uint64_t to = trace_now();
	const char *title;
	unsigned int runner;
	char name[64];

	trace_slice(s->trace, TRACE_HOST, s->cpu, call ? call->name : "unknown", from, to,
		    call_details(call, in, out));
	if (!call || call->number != PKVM_HC_vcpu_run || out->rax)
		return;
	runner = report_runner(s, in->word[0], name, sizeof(name));
	title = out->word[0] == PKVM_EXIT_VMX ? exit_reason_name(out->word[1]) : NULL;
	trace_name(s->trace, runner, name);
	trace_slice(s->trace, TRACE_GUESTS, runner,
		    title ? title : exit_kind_name(out->word[0]), from, to, exit_details(out));
}
