/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The exits of guest.S, in its order: what the host may learn of each, to the
 * bit, its answer, and a look at everything else after it.
 */
#include "../../../host/platform.h"
#include "look.h"

#define APIC           0xfee00000u
#define APIC_SVR       0x0f0u
#define APIC_LVT_TIMER 0x320u
#define APIC_TIMER     0x380u
#define SVR_ENABLE     0x1ffu
#define VECTOR         0x41u
#define TIMER_TICKS    50000u

/* Hardware numbers of the registers that hold RAX and the outputs of vcpu_run. */
enum { STATUS = 0, KIND = 3, WORD0 = 1, WORD1 = 2, WORD2 = 6, WORD3 = 7, OUTPUTS = 6 };

struct step {
	const char *name;
	uint64_t kind, word[4];
	void (*after)(struct kernel *k);
};

static void reply(struct kernel *k)
{
	k->vm.page->reply.status = 0;
	k->vm.page->reply.word[0] = 0x12345641;
	k->vm.page->reply.valid = 1;
}

static void answer_msr(struct kernel *k)
{
	const struct pkvm_msr_answer answer = {0, 0x11, 0x22};

	(void)k;
	EXPECT_EQUAL(pkvm_hc_complete_emulated_msr(&answer).error, 0);
}

static void give_page(struct kernel *k)
{
	(void)k;
	pvm_give_page(GUEST_NOWHERE & ~UINT64_C(0xfff));
}

static void apic_write(uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(uintptr_t)(APIC + offset) = value;
}

static void start_timer(struct kernel *k)
{
	(void)k;
	apic_write(APIC_SVR, SVR_ENABLE);
	apic_write(APIC_LVT_TIMER, VECTOR);
	apic_write(APIC_TIMER, TIMER_TICKS);
}

static void take_interrupt(struct kernel *k)
{
	(void)k;
	pkvm_host_plat_take_interrupts();
}

/* Empty, since the guest emptied it before; the guest will unshare it. */
static void shared_page_is_seen(struct kernel *k)
{
	const uint64_t page = (uintptr_t)k->memory + GUEST_SHARED;
	const uint64_t *words = pkvm_host_plat_ptr(page);

	EXPECT(words);
	for (uint64_t i = 0; i < PKVM_PAGE_SIZE / 8; i++)
		expect_same(DONATED_PAGES, "shared word at", page + 8 * i, words[i], 0);
	pages_donated(page, 1);
}

static void page_will_be_shared(struct kernel *k)
{
	take_interrupt(k);
	pages_came_back((uintptr_t)k->memory + GUEST_SHARED, 1);
}

static void open_irq_window(struct kernel *k)
{
	(void)k;
	EXPECT_EQUAL(pkvm_hc_enable_irq_window().error, 0);
}

static void open_nmi_window(struct kernel *k)
{
	(void)k;
	EXPECT_EQUAL(pkvm_hc_enable_nmi_window().error, 0);
}

static const struct step steps[] = {
	{"OUT of a byte", PKVM_EXIT_OUT, {0x30, 1, 0xff, 0}, NULL},
	{"OUT of four bytes", PKVM_EXIT_OUT, {0x31, 4, 0xa138feff, 0}, NULL},
	{"IN", PKVM_EXIT_IN, {0x32, 1, 0, 0}, reply},
	{"RDMSR", PKVM_EXIT_RDMSR, {0x802, 0, 0, 0}, answer_msr},
	{"WRMSR", PKVM_EXIT_WRMSR, {0x6e0, 0x1111, 0x2222, 0}, answer_msr},
	{"HLT", PKVM_EXIT_HLT, {0, 0, 0, 0}, NULL},
	{"EPT violation", PKVM_EXIT_EPT_VIOLATION, {0x20000, 2, 0, 0}, give_page},
	{"ioread", PKVM_EXIT_GUEST_CALL, {0x10003, 0xd0000004, 4, 0}, reply},
	{"iowrite", PKVM_EXIT_GUEST_CALL, {0x10004, 0xd0000008, 2, 0x5678}, reply},
	{"preemption", PKVM_EXIT_PREEMPTION, {0, 0, 0, 0}, start_timer},
	{"external interrupt", PKVM_EXIT_EXTERNAL_INTERRUPT, {0, 0, 0, 0}, page_will_be_shared},
	{"share_mem", PKVM_EXIT_OUT, {0x33, 1, 0, 0}, shared_page_is_seen},
	{"unshare_mem", PKVM_EXIT_OUT, {0x34, 1, 0, 0}, open_irq_window},
	{"interrupt window", PKVM_EXIT_IRQ_WINDOW, {0, 0, 0, 0}, open_nmi_window},
	{"NMI window", PKVM_EXIT_NMI_WINDOW, {0, 0, 0, 0}, NULL},
	{"shutdown", PKVM_EXIT_SHUTDOWN, {0, 0, 0, 0}, NULL},
	{0},
};

/* The first thing found ends the run, once all places have been looked at. */
static void judge(const char *when)
{
	if (!found_any())
		return;
	host_line("after ", when, "");
	print_channels();
	expect_end(false);
}

void look_everywhere(const struct vm *vm, uint64_t vcpu)
{
	look_at_msrs(false);
	look_at_shared_page(vm->page);
	look_at_trace(0);
	if (vcpu)
		look_at_trace(vcpu);
	judge("the look at registers and pages of the hypervisor's");
	look_at_pages();
	judge("the look at memory");
}

static void run(const struct vm *vm, const struct step *step)
{
	call(PKVM_HC_vcpu_run, vm->vcpu, 0, OUTPUTS);
	host_line("looking after: ", step->name, "");
	EXPECT_EQUAL(look_after[STATUS], 0);
	EXPECT_EQUAL(look_after[KIND], step->kind);
	expect_same(EXIT_WORDS, step->name, 0, look_after[WORD0], step->word[0]);
	expect_same(EXIT_WORDS, step->name, 1, look_after[WORD1], step->word[1]);
	expect_same(EXIT_WORDS, step->name, 2, look_after[WORD2], step->word[2]);
	expect_same(EXIT_WORDS, step->name, 3, look_after[WORD3], step->word[3]);
	judge(step->name);
	look_at_answers();
	look_everywhere(vm, vm->vcpu);
}

void look_at_every_exit(struct kernel *k)
{
	for (const struct step *step = steps; step->name; step++) {
		run(&k->vm, step);
		if (step->after)
			step->after(k);
	}
}

void look_at_refused_entry(const struct vm *vm)
{
	static const struct step refused = {
		.name = "entry failed",
		.kind = PKVM_EXIT_ENTRY_FAILED,
		.word = {1, 0x80000021, 0, 0},
	};

	run(vm, &refused);
}
