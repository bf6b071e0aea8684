/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The exits of guest.S, guest_events.S and guest_second.S, in their order: what the
 * host may learn of each, to the bit, and what it does around it.
 */
#include "../../../baremetal/common/lapic.h"
#include "../../../host/platform.h"
#include "look.h"

#define TIMER_TICKS 50000u

static void reply(struct pvm *pvm)
{
	struct pkvm_page_reply *answer = &pvm->kernel.vm.page->reply;

	answer->status = 0;
	answer->word[0] = 0x12345641;
	answer->valid = 1;
}

static void answer_msr(struct pvm *pvm)
{
	const struct pkvm_msr_answer answer = {0, 0x11, 0x22};

	(void)pvm;
	EXPECT_EQUAL(pkvm_hc_complete_emulated_msr(&answer).error, 0);
}

static void give_page(struct pvm *pvm)
{
	(void)pvm;
	(void)pvm_give_page(GUEST_NOWHERE & ~UINT64_C(0xfff));
}

static void start_timer(struct pvm *pvm)
{
	(void)pvm;
	lapic_start_timer(VECTOR, TIMER_TICKS);
}

/* Empty, since the guest emptied it before; the guest will unshare it. */
static void shared_page_is_seen(struct pvm *pvm)
{
	const uint64_t page = (uintptr_t)pvm->kernel.memory + GUEST_SHARED;
	const uint64_t *words = pkvm_host_plat_ptr(page);

	EXPECT(words);
	for (uint64_t i = 0; i < PKVM_PAGE_SIZE / 8; i++)
		expect_same(DONATED_PAGES, "shared word at", page + 8 * i, words[i], 0);
	pages_donated(page, 1);
	page_moves(page);
}

static void will_be_shared(uint64_t page)
{
	pages_came_back(page, 1);
	page_moves(page);
}

static void take_interrupt(struct pvm *pvm)
{
	pkvm_host_plat_take_interrupts();
	will_be_shared((uintptr_t)pvm->kernel.memory + GUEST_SHARED);
}

static void open_irq_window(struct pvm *pvm)
{
	(void)pvm;
	EXPECT_EQUAL(pkvm_hc_enable_irq_window().error, 0);
}

static void open_nmi_window(struct pvm *pvm)
{
	(void)pvm;
	EXPECT_EQUAL(pkvm_hc_enable_nmi_window().error, 0);
}

static void raise_threshold(struct pvm *pvm)
{
	const struct pkvm_cr8_intercept pending = {8, 5};

	(void)pvm;
	EXPECT_EQUAL(pkvm_hc_update_cr8_intercept(&pending).error, 0);
}

/* As the exit left it, and TPR is what the guest wrote. */
static void drop_threshold(struct pvm *pvm)
{
	const struct pkvm_cr8_intercept none = {3, PKVM_NONE};

	EXPECT_EQUAL(pvm->kernel.vm.page->apic.tpr, 0x30);
	EXPECT_EQUAL(pkvm_hc_update_cr8_intercept(&none).error, 0);
}

static void empty_pool(struct pvm *pvm)
{
	(void)pvm;
	pvm_empty_pool();
}

static void fill_pool(struct pvm *pvm)
{
	pvm_fill_pool(&pvm->kernel.vm, 2);
}

static void give_far_page(struct pvm *pvm)
{
	(void)pvm;
	will_be_shared(pvm_give_page(GUEST_FAR));
}

/* The second vCPU is the current one. */
static void virtualize_apic(struct pvm *pvm)
{
	const struct pkvm_vcpu_handle bsp = {pvm->kernel.vm.vcpu};
	const struct pkvm_words4 exitmap = {0, PKVM_BIT(VECTOR - 64), 0, 0};
	const struct pkvm_flag on = {1};

	EXPECT_EQUAL(pkvm_hc_vcpu_load(&bsp).error, 0);
	EXPECT_EQUAL(pkvm_hc_refresh_apicv_exec_ctrl(&on).error, 0);
	EXPECT_EQUAL(pkvm_hc_load_eoi_exitmap(&exitmap).error, 0);
	pvm->kernel.vm.page->apic.posted[1] = PKVM_BIT(VECTOR - 64);
}

static void send_nmi(struct pvm *pvm)
{
	(void)pvm;
	EXPECT_EQUAL(host_this_cpu()->nmis, 0);
	watch_send_nmi();
}

static void nmi_came(struct pvm *pvm)
{
	(void)pvm;
	EXPECT_EQUAL(host_this_cpu()->nmis, 1);
}

/* The kind's name first, then whatever else is not zero. */
#define STEP(NAME, ...) {.name = NAME, .kind = PKVM_EXIT_##__VA_ARGS__}

const struct step steps[] = {
	STEP("OUT of a byte", OUT, .word = {0x30, 1, 0xff}),
	STEP("OUT of four bytes", OUT, .word = {0x31, 4, 0xa138feff}),
	STEP("IN", IN, .word = {0x32, 1}, .after = reply),
	STEP("RDMSR", RDMSR, .word = {0x802}, .after = answer_msr),
	STEP("WRMSR", WRMSR, .word = {0x6e0, 0x1111, 0x2222}, .after = answer_msr),
	STEP("HLT", HLT),
	STEP("EPT violation", EPT_VIOLATION, .word = {0x20000, 2}, .after = give_page),
	STEP("ioread", GUEST_CALL, .word = {0x10003, 0xd0000004, 4}, .after = reply),
	STEP("iowrite", GUEST_CALL, .word = {0x10004, 0xd0000008, 2, 0x5678}, .after = reply),
	STEP("preemption", PREEMPTION, .after = start_timer),
	STEP("external interrupt", EXTERNAL_INTERRUPT, .after = take_interrupt),
	STEP("share_mem", OUT, .word = {0x33, 1}, .after = shared_page_is_seen),
	STEP("unshare_mem", OUT, .word = {0x34, 1}, .after = open_irq_window),
	STEP("interrupt window", IRQ_WINDOW, .after = open_nmi_window),
	STEP("NMI window", NMI_WINDOW),
	STEP("CPUID, inside", OUT, .word = {0x35, 1, 0xff}),
	STEP("#DB and #PF, inside", OUT, .word = {0x36, 1, 2}),
	STEP("a high task priority", OUT, .word = {0x37, 1, 0xff}, .after = raise_threshold),
	STEP("TPR below threshold", TPR_BELOW_THRESHOLD, .after = drop_threshold),
	STEP("RDMSR again", RDMSR, .word = {0x802}, .after = post_msr_answer),
	STEP("a posted answer to RDMSR", OUT, .word = {0x38, 1, 0x33}, .after = post_all),
	STEP("all posted items", NMI_WINDOW),
	STEP("a posted interrupt window", IRQ_WINDOW),
	STEP("a posted NMI", OUT, .word = {0x39, 1, 1}, .after = post_refused),
	STEP("refused posted items", HLT, .after = post_interrupt),
	STEP("a posted interrupt", OUT, .word = {0x3a, 1, 1}, .after = empty_pool),
	STEP("need pages", NEED_PAGES, .word = {2}, .after = fill_pool),
	STEP("the page to be shared", EPT_VIOLATION, .word = {GUEST_FAR, 2},
	     .after = give_far_page),
	STEP("share_mem, executed again", OUT, .word = {0x3b, 1}),
	STEP("wait-for-SIPI", WAIT_FOR_SIPI, .second = true),
	STEP("start_cpu", GUEST_CALL, .word = {0x10005, 1}),
	STEP("HLT of a started vCPU", HLT, .second = true),
	STEP("OUT of a started vCPU", OUT, .word = {0x3c, 1, 0x10}, .second = true),
	STEP("EOI-induced exit", EOI, .word = {VECTOR}, .needs = HAS_APICV,
	     .before = virtualize_apic),
	STEP("APIC write", APIC_WRITE, .word = {0x3f0}, .needs = HAS_APICV,
	     .after = post_in_service),
	STEP("a virtual interrupt", OUT, .word = {0x3d, 1, 2}, .needs = HAS_APICV),
	STEP("NMI", EXTERNAL_INTERRUPT, .needs = HAS_CPU1, .before = send_nmi,
	     .after = nmi_came),
	STEP("preemption, again and again", PREEMPTION, .needs = HAS_CPU1, .more = 30),
	STEP("OUT at their end", OUT, .word = {0x3e, 1, 0xff}, .needs = HAS_CPU1),
	STEP("shutdown", SHUTDOWN),
	{0},
};
