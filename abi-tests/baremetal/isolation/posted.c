/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Calls that are posted in the pVM's page, and what the run made of each: status
 * and output word, to the bit. A call does not see the pVM; a refused one less.
 */
#include "look.h"

#define SLOT(NAME) PKVM_POST_##NAME

#define OK      PKVM_U64(0)
#define EPERM   ((uint64_t)-1)
#define EINVAL  ((uint64_t)-22)
#define ENOTSUP ((uint64_t)-95)
#define ONCE    PKVM_BIT(48)    /* a TSC multiplier of one                   */

struct posting {
	uint32_t slot;
	uint64_t valid, in[4], reserved, status, out;
};

/* The answer that an RDMSR waits for. */
static const struct posting msr_answer[] = {
	{SLOT(complete_emulated_msr), 1, {0, 0x11, 0x22}, 0, OK, 0},
};

/* The NMI goes first: the interrupt waits for its window. No RDMSR, no APICv. */
static const struct posting all[] = {
	{SLOT(set_interrupt_shadow), 1, {1}, 0, EPERM, 0},
	{SLOT(complete_emulated_msr), 1, {0, 0x11, 0x22}, 0, EINVAL, 0},
	{SLOT(write_tsc_offset), 1, {0x1000}, 0, OK, 0},
	{SLOT(write_tsc_multiplier), 1, {ONCE}, 0, OK, 0},
	{SLOT(hwapic_isr_update), 1, {PKVM_NONE}, 0, ENOTSUP, 0},
	{SLOT(load_eoi_exitmap), 1, {0, PKVM_BIT(VECTOR - 64), 0, 0}, 0, OK, 0},
	{SLOT(inject_nmi), 1, {0}, 0, OK, 0},
	{SLOT(inject_irq_if_allowed), 1, {VECTOR_INJECTED}, 0, OK, 0},
	{SLOT(enable_nmi_window), 1, {0}, 0, OK, 0},
	{SLOT(enable_irq_window), 1, {0}, 0, OK, 0},
	{SLOT(update_cr8_intercept), 1, {0, PKVM_NONE}, 0, OK, 0},
};

/* Words that are wrong or too many, a valid above 1, a reserved word, vector 5. */
static const struct posting refused[] = {
	{SLOT(set_interrupt_shadow), 1, {0, 1}, 0, EINVAL, 2},
	{SLOT(complete_emulated_msr), 1, {2}, 0, EINVAL, 1},
	{SLOT(write_tsc_offset), 1, {0, 0, 1}, 0, EINVAL, 3},
	{SLOT(write_tsc_multiplier), 1, {0}, 0, EINVAL, 1},
	{SLOT(hwapic_isr_update), 1, {5}, 0, EPERM, 1},
	{SLOT(load_eoi_exitmap), 2, {0}, 0, EINVAL, 0},
	{SLOT(inject_nmi), 1, {1}, 0, EINVAL, 1},
	{SLOT(inject_irq_if_allowed), 1, {5}, 0, EPERM, 1},
	{SLOT(enable_nmi_window), 1, {0, 0, 0, 1}, 0, EINVAL, 4},
	{SLOT(enable_irq_window), 1, {0}, 1, EINVAL, 0},
	{SLOT(update_cr8_intercept), 1, {16, 0}, 0, EINVAL, 1},
};

/* It is delivered, so that its output is 1. */
static const struct posting interrupt[] = {
	{SLOT(inject_irq_if_allowed), 1, {VECTOR_INJECTED}, 0, OK, 1},
};

/* With APICv active it is accepted; no interrupt is in service. */
static const struct posting in_service[] = {
	{SLOT(hwapic_isr_update), 1, {PKVM_NONE}, 0, OK, 0},
};

#define POST(PVM, POSTINGS) post(PVM, POSTINGS, sizeof(POSTINGS) / sizeof(POSTINGS[0]))

/* The items as they have to be after the next run. */
static struct pkvm_page_item expected[PKVM_POST_SLOTS];
static uint64_t flags;

static void post(struct pvm *pvm, const struct posting *postings, unsigned int nr)
{
	for (const struct posting *p = postings; p < postings + nr; p++) {
		struct pkvm_page_item *item = &pvm->kernel.vm.page->item[p->slot];

		*item = (struct pkvm_page_item){.valid = p->valid, .reserved = p->reserved};
		for (unsigned int i = 0; i < 4; i++)
			item->in[i] = p->in[i];
		expected[p->slot] = *item;
		expected[p->slot].valid = 0;
		expected[p->slot].status = p->status;
		expected[p->slot].out = p->out;
	}
	flags = PKVM_RUN_POSTED;
}

void post_msr_answer(struct pvm *pvm)
{
	POST(pvm, msr_answer);
}

void post_all(struct pvm *pvm)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	struct pkvm_answer answer;

	POST(pvm, all);
	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	if (!(answer.capabilities & PKVM_CAP_tsc_scaling))
		expected[SLOT(write_tsc_multiplier)].status = ENOTSUP;
}

void post_refused(struct pvm *pvm)
{
	POST(pvm, refused);
}

void post_interrupt(struct pvm *pvm)
{
	POST(pvm, interrupt);
}

void post_in_service(struct pvm *pvm)
{
	POST(pvm, in_service);
}

uint64_t posted_flags(void)
{
	return flags;
}

void look_at_items(struct pkvm_shared_page *page)
{
	uint64_t *words = (uint64_t *)(void *)page->item;
	uint64_t *wanted = (uint64_t *)(void *)expected;

	for (uint32_t i = 0; i < sizeof(expected) / 8; i++) {
		expect_same(POSTED_ITEMS, "word", i, words[i], wanted[i]);
		words[i] = wanted[i] = 0;
	}
	flags = 0;
}
