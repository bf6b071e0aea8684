/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The workload on VMX: calls a guest's run takes, by name, and instructions, by the
 * emulator's time-stamp counter. The image's commands say how the host calls, `plain`
 * or `posting`, since what is negotiated is so for as long as the machine is up.
 *
 * A line each, for workload.sh, of a second, and of a part of it that is not counted
 * call by call:
 *	KIND call NAME NUMBER
 *	KIND root NUMBER         instructions of calls: in VMX root operation, the guest's
 *	KIND part RUNS
 *	KIND all NUMBER          instructions of that part, the host's own among them
 */
#include "../../../baremetal/common/x86.h"
#include "../../../baremetal/common/console.h"
#include "../../../baremetal/host/host.h"
#include "../../stage.h"
#include "../../workload.h"
#include "../count.h"

/* The part is one in so many. */
#define PARTS 4u

static struct workload workload;

static bool commands_are(const char *word)
{
	const char *commands = (const char *)(uintptr_t)host_boot_info->commands;

	for (uint64_t i = 0; i < host_boot_info->commands_size; i++) {
		if (!word[i] || commands[i] != word[i])
			return !word[i] && commands[i] == '\n';
	}
	return false;
}

static void print(const char *kind, const char *what, const char *name, uint64_t number)
{
	console_text(kind);
	console_text(what);
	console_text(name);
	console_text(" ");
	console_decimal(number);
	console_text("\n");
}

static const char *call_name(uint64_t number)
{
	switch (number) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case NUMBER:                                                                 \
		return #NAME;
#include <pkvm/hypercalls.inc>
	default:
		return "?";
	}
}

/* Runs are told apart by how they ended: here they are one call. */
static uint64_t print_calls(const char *kind)
{
	unsigned int number;
	const struct count_row *row = count_rows(&number);
	uint64_t runs = 0, sum = 0;

	for (unsigned int i = 0; i < number; i++) {
		const struct count_cell *cell = &row[i].cell[PKVM_VM_NPVM];

		sum += cell->sum;
		if (row[i].number == PKVM_HC_vcpu_run)
			runs += cell->count;
		else
			print(kind, " call ", call_name(row[i].number), cell->count);
	}
	print(kind, " call ", "vcpu_run", runs);
	return sum;
}

/* In one go, with nothing between the calls but the host. */
static uint64_t all_of(uint64_t runs)
{
	uint64_t clock;

	count_bypass(true);
	clock = x86_rdtsc();
	workload_run(&workload, runs);
	clock = x86_rdtsc() - clock;
	count_bypass(false);
	return clock;
}

static void run(const char *kind, uint64_t type, bool posting)
{
	uint64_t runs;

	workload_begin(&workload, type, posting);
	count_forget();
	runs = workload.value[PARAMETER_runs];
	workload_run(&workload, runs);
	print(kind, " root", "", print_calls(kind));
	print(kind, " part", "", runs / PARTS);
	print(kind, " all", "", all_of(runs / PARTS));
	workload_end(&workload);
}

bool host_main(unsigned int cpu)
{
	const bool posting = commands_are("posting");

	if (cpu)
		return true;
	if (!posting && !commands_are("plain"))
		stage_fail("commands", "neither `plain` nor `posting`");
	run("npVM", PKVM_VM_NPVM, posting);
	run("pVM", PKVM_VM_PVM, posting);
	return true;
}
