/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Runs the pVM from exit to exit. Each tells what it may, to the bit, and behind it
 * everything else is looked at.
 */
#include "look.h"

/* Hardware numbers of the registers that hold RAX and the outputs of vcpu_run. */
enum { STATUS = 0, KIND = 3, WORD0 = 1, WORD1 = 2, WORD2 = 6, WORD3 = 7, OUTPUTS = 6 };

/* The first thing found ends the run, once all places have been looked at. */
static void judge(const char *when)
{
	if (!found_any())
		return;
	host_print("after ", when, "");
	print_channels();
	expect_end(false);
}

void look_everywhere(const struct vm *vm, uint64_t vcpu)
{
	look_at_msrs(false);
	look_at_shared_page(vm->page, false);
	look_at_trace(0);
	if (vcpu)
		look_at_trace(vcpu);
	judge("the look at registers and pages of the hypervisor's");
	look_at_fourth_pages();
	judge("the look at memory");
}

static void run(const struct vm *vm, const struct step *step)
{
	const uint64_t *gpr = call(PKVM_HC_vcpu_run, vm->vcpu, posted_flags(), OUTPUTS);

	EXPECT_EQUAL(gpr[STATUS], 0);
	EXPECT_EQUAL(gpr[KIND], step->kind);
	expect_same(EXIT_WORDS, step->name, 0, gpr[WORD0], step->word[0]);
	expect_same(EXIT_WORDS, step->name, 1, gpr[WORD1], step->word[1]);
	expect_same(EXIT_WORDS, step->name, 2, gpr[WORD2], step->word[2]);
	expect_same(EXIT_WORDS, step->name, 3, gpr[WORD3], step->word[3]);
	look_at_items(vm->page);
	judge(step->name);
}

/* The vCPU's page is as the host filled it until its first run has begun. */
static void run_watched(const struct vm *vm, const struct step *step)
{
	const bool first = step == steps;

	if (!first)
		watch_begin();
	run(vm, step);
	if (!first)
		watch_end();
	page_moves(0);
}

static void look(const struct vm *vm, const char *when)
{
	look_at_answers();
	judge(when);
	look_everywhere(vm, vm->vcpu);
}

static bool has(const struct pvm *pvm, const struct step *step)
{
	if (step->needs & ~pvm->has & HAS_APICV)
		host_print("not done, the processor has no APICv: ", step->name, "");
	if (step->needs & ~pvm->has & HAS_CPU1)
		host_print("not done, there is no second CPU: ", step->name, "");
	return !(step->needs & ~pvm->has);
}

static void take_step(struct pvm *pvm, const struct step *step)
{
	const struct vm *vm = step->second ? &pvm->second : &pvm->kernel.vm;

	host_print("until ", step->name, "");
	if (step->before)
		step->before(pvm);
	for (unsigned int i = 0; i <= step->more; i++)
		run_watched(vm, step);
	look(vm, step->name);
	if (step->after)
		step->after(pvm);
}

void look_at_every_exit(struct pvm *pvm)
{
	for (const struct step *step = steps; step->name; step++) {
		if (has(pvm, step))
			take_step(pvm, step);
	}
}

void look_at_refused_entry(const struct vm *vm)
{
	static const struct step refused = {
		.name = "entry failed",
		.kind = PKVM_EXIT_ENTRY_FAILED,
		.word = {1, 0x80000021, 0, 0},
	};

	host_print("until ", refused.name, "");
	run_watched(vm, &refused);
	look(vm, refused.name);
}
