/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Judges at the end of a scenario where every page is, and prints what the core's
 * own trace counted: the exit tables.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pkvm/pkvm.h>
#include "account.h"
#include "exit_names.h"
#include "report.h"
#include "scenario.h"

#define PER_PAGE (PKVM_PAGE_SIZE / sizeof(struct pkvm_trace_entry))

FILE *report_stream(struct report *report)
{
	return report->stream;
}

void report_start(struct scenario *s)
{
	s->report->buffer = machine_host_alloc(1);
	watch_calls(s);
}

/* Reads the core's counters of a vCPU, or of the host for handle 0. */
static void collect(struct report *report, uint64_t handle, struct block *block)
{
	struct pkvm_trace_page in = {report->buffer, PKVM_PAGE_SIZE, handle, 0};
	struct pkvm_trace_count out = {.more = 1};
	unsigned int count = 0;

	while (out.more && count + PER_PAGE <= ROOM) {
		if (pkvm_hc_dump_vmexit_trace(&in, &out).error || !out.entries)
			break;
		if (!machine_host_read(report->buffer, &report->read[count],
				       out.entries * sizeof(report->read[0])))
			break;
		count += (unsigned int)out.entries;
		in.first += out.entries;
	}
	free(block->entry);
	block->entry = NULL;
	block->count = count;
	if (!count)
		return;
	block->entry = account_allocate(count * sizeof(block->entry[0]));
	memcpy(block->entry, report->read, count * sizeof(block->entry[0]));
}

void report_before(struct scenario *s, const struct abi_call *call,
		   const struct pkvm_regs *regs)
{
	struct vcpu *vcpu;

	if (!call || call->number != PKVM_HC_vcpu_free || !s->report->traced)
		return;
	vcpu = account_find(s->report, regs->word[0]);
	if (!vcpu)
		return;
	watch_pause(true);
	collect(s->report, vcpu->handle, &vcpu->trace);
	watch_pause(false);
}

/* The trace goes on with the first negotiation that has the feature in force. */
static void begin_trace(struct report *report, uint64_t features)
{
	const struct pkvm_flag on = {1};

	if (report->traced || !(features & PKVM_FEAT_trace))
		return;
	watch_pause(true);
	report->traced = !pkvm_hc_enable_vmexit_trace(&on).error;
	watch_pause(false);
}

void report_after(struct scenario *s, const struct abi_call *call,
		  const struct pkvm_regs *in, const struct pkvm_regs *out)
{
	struct report *report = s->report;

	if (!call || out->rax)
		return;
	switch (call->number) {
	case PKVM_HC_abi_query:
		begin_trace(report, out->word[PKVM_WORD_answer_features]);
		return;
	case PKVM_HC_vm_init:
		account_vm(report, in, out->word[0]);
		return;
	case PKVM_HC_vcpu_create:
		account_vcpu(report, in, out->word[0]);
		return;
	case PKVM_HC_vcpu_load:
	case PKVM_HC_vcpu_run:
		if (in->word[0])
			report->current[s->cpu % MOST_CPUS] = in->word[0];
		return;
	case PKVM_HC_vcpu_free:
		if (account_find(report, in->word[0]))
			account_find(report, in->word[0])->handle = 0;
		return;
	}
}

/* Page by page: some may have come back and been freed, or allocated again. */
static void free_blocks(struct scenario *s)
{
	for (const struct scenario_block *block = s->blocks; block; block = block->next) {
		for (uint64_t i = 0; i < block->pages; i++)
			(void)machine_host_free(block->address + i * PKVM_PAGE_SIZE, 1);
	}
}

void report_pages(struct scenario *s)
{
	const struct text_line *last = &s->text.line[s->text.lines - 1];
	struct machine_page_counts counts;

	free_blocks(s);
	counts = machine_page_counts(s->machine);
	if (counts.private != s->private_pages && !s->option[SCENARIO_OPTION_leftover])
		scenario_fail(s, last, "%" PRIu64 " pages did not come back to the host; "
			      "expected all (or option leftover=allowed)",
			      counts.private - s->private_pages);
	if (counts.allocated != 1 && !s->option[SCENARIO_OPTION_leftover])
		scenario_fail(s, last, "%" PRIu64 " pages of the host were allocated and never "
			      "freed", counts.allocated - 1);
}

static void print_block(const char *who, const struct block *block)
{
	for (unsigned int i = 0; i < block->count; i++) {
		const struct pkvm_trace_entry *entry = &block->entry[i];
		const char *name = entry->kind == PKVM_TRACE_CALL
					   ? pkvm_host_call_name(entry->number)
					   : exit_reason_name(entry->number);

		printf("%s: %-29s %7" PRIu64 " cycles %12" PRIu64
		       " each-handler-cycle %10" PRIu64 "\n",
		       who, name ? name : "unknown", entry->count, entry->cycles,
		       entry->count ? entry->cycles / entry->count : 0);
	}
}

static void print_tables(struct report *report)
{
	struct block host = {.count = 0};
	char name[64];

	if (!report->traced) {
		printf("\nNo exit table: the feature trace is not in force.\n");
		return;
	}
	watch_pause(true);
	for (struct vcpu *vcpu = report->vcpus; vcpu; vcpu = vcpu->next) {
		if (vcpu->handle)
			collect(report, vcpu->handle, &vcpu->trace);
	}
	collect(report, 0, &host);
	watch_pause(false);
	printf("\nExits and calls on the engine %s; cycles of its time-stamp counter in the "
	       "handlers\n", machine_engine());
	print_block("Host", &host);
	free(host.entry);
	for (const struct vcpu *vcpu = report->vcpus; vcpu; vcpu = vcpu->next) {
		account_name(vcpu, name, sizeof(name));
		print_block(name, &vcpu->trace);
	}
}

/* What VM entry demanded and did not get, by the rules of `pkvm vmcs rules`. */
static void print_refusals(const struct scenario *s)
{
	for (unsigned int cpu = 0; cpu < s->cpus; cpu++) {
		const char *rule, *sentence;
		const uint64_t n = machine_refused_entries(s->machine, cpu, &rule, &sentence);

		if (n)
			printf("Entries refused on CPU %u: %" PRIu64 ", the last by %s: %s\n",
			       cpu, n, rule, sentence);
	}
}

void report_print(struct scenario *s)
{
	struct machine_page_counts counts;

	print_tables(s->report);
	watch_calls(NULL);
	counts = machine_page_counts(s->machine);
	printf("Pages: %" PRIu64 " = %" PRIu64 " host + %" PRIu64 " private; before the "
	       "scenario %" PRIu64 " private\n", counts.ram, counts.host_view, counts.private,
	       s->private_pages);
	print_refusals(s);
	fflush(s->report->stream);
	if (s->report->warnings_size)
		fputs(s->report->warnings, stdout);
}
