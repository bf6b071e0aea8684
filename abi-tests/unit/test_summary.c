/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of the event summary: that it says what the calls would answer, when, and no more. */
#include "run_fixture.h"

static uint64_t ask(struct pkvm_status (*call)(const struct pkvm_flag *, struct pkvm_flag *))
{
	const struct pkvm_flag in = {0};
	struct pkvm_flag out;

	assert_int_equal(call(&in, &out).error, 0);
	return out.value;
}

#define NONE (~(uint64_t)0)

static uint64_t posted_vector(const struct pkvm_shared_page *page)
{
	for (unsigned int i = 4; i-- > 0;) {
		if (page->apic.posted[i])
			return i * 64 + 63 - (unsigned int)__builtin_clzll(page->apic.posted[i]);
	}
	return NONE;
}

/*
 * sync_pir_to_irr takes what is posted, and publishes: before it, the host combines what
 * is told with what it posted. Without APICv active nothing is told.
 */
static void assert_pending_vector_agrees(const struct pkvm_shared_page *page)
{
	const uint64_t told = page->summary.pending_vector, posted = posted_vector(page);
	struct pkvm_optional_vector out;
	const int64_t error = pkvm_hc_sync_pir_to_irr(&out).error;

	if (error == -95) {
		assert_int_equal(told, NONE);
		return;
	}
	assert_int_equal(error, 0);
	if (told == NONE || (posted != NONE && posted > told))
		assert_int_equal(out.vector, posted);
	else
		assert_int_equal(out.vector, told);
}

/* Every word of the summary against the call of the same name. */
static void assert_agrees(const struct pkvm_shared_page *page)
{
	const struct pkvm_page_summary *summary = &page->summary;
	const struct pkvm_flag in = {1};
	struct pkvm_flag out;

	assert_int_equal(summary->sequence % 2, 0);
	assert_int_equal(summary->interrupt_allowed, ask(pkvm_hc_interrupt_allowed));
	assert_int_equal(summary->nmi_allowed, ask(pkvm_hc_nmi_allowed));
	assert_int_equal(summary->injection_busy,
			 pkvm_hc_interrupt_allowed(&in, &out).error == -16);
	assert_int_equal(pkvm_hc_get_nmi_mask(&out).error, 0);
	assert_int_equal(summary->nmi_mask, out.value);
	assert_pending_vector_agrees(page);
}

/* A guest with interrupts on, at its first exit. */
static struct pkvm_shared_page *run_once(struct guest *g, uint64_t type)
{
	guest_begin(g, type);
	OP(g, "sti");
	OP(g, "nop");
	for (unsigned int i = 0; i < 4; i++)
		OP(g, "out8", 0x10);
	guest_ready(g);
	assert_int_equal(guest_run_status(g), 0);
	return world_page(&g->vcpu);
}

static void test_the_summary_of_a_pvm_says_what_its_calls_answer(void **state)
{
	const struct pkvm_page_summary *summary;
	struct guest g;

	(void)state;
	summary = &run_once(&g, PKVM_VM_PVM)->summary;
	assert_int_equal(g.exit.sequence, summary->sequence);
	assert_agrees(world_page(&g.vcpu));
	assert_int_equal(summary->interrupt_allowed, 1);
	assert_int_equal(summary->if_flag, 1);
	assert_int_equal(pkvm_hc_inject_irq(&(struct pkvm_irq){0x30, 0, 0}).error, 0);
	assert_agrees(world_page(&g.vcpu));
	assert_int_equal(summary->if_flag, 0);
	guest_end(&g);
}

static void test_the_summary_of_a_pvm_holds_nothing_of_its_state(void **state)
{
	static const uint64_t zero[21];
	const struct pkvm_page_summary *summary;
	struct guest g;

	(void)state;
	summary = &run_once(&g, PKVM_VM_PVM)->summary;
	assert_int_equal(summary->rflags, 0);
	assert_int_equal(summary->interrupt_shadow, 0);
	assert_int_equal(summary->cs_access_rights, 0);
	assert_int_equal(summary->ss_access_rights, 0);
	assert_memory_equal(summary->reserved, zero, sizeof(zero));
	guest_end(&g);
}

static void test_the_summary_of_an_npvm_fills_the_segment_cache(void **state)
{
	const struct pkvm_page_summary *summary;
	struct guest g;

	(void)state;
	summary = &run_once(&g, PKVM_VM_NPVM)->summary;
	assert_agrees(world_page(&g.vcpu));
	assert_int_equal(summary->rflags, 0x202);
	assert_int_equal(summary->if_flag, 1);
	assert_int_equal(summary->cs_access_rights, 0xa09b);
	assert_int_equal(summary->ss_access_rights, 0xc093);
	guest_end(&g);
}

#define PUBLISHES(CALL)                                      \
	do {                                                 \
		const uint64_t before = summary->sequence;   \
		assert_int_equal((CALL).error, 0);           \
		assert_true(summary->sequence > before);     \
		assert_agrees(page);                         \
	} while (0)

static void each_call_publishes(const struct pkvm_shared_page *page)
{
	const struct pkvm_page_summary *summary = &page->summary;
	const struct pkvm_exception fault = {6, 0, 0, 0, 0, 0};
	struct pkvm_cancelled gone;

	PUBLISHES(pkvm_hc_set_interrupt_shadow(&(struct pkvm_interrupt_shadow){2}));
	assert_int_equal(summary->interrupt_shadow, 2);
	PUBLISHES(pkvm_hc_set_interrupt_shadow(&(struct pkvm_interrupt_shadow){0}));
	PUBLISHES(pkvm_hc_set_nmi_mask(&(struct pkvm_flag){1}));
	assert_int_equal(summary->nmi_mask, 1);
	PUBLISHES(pkvm_hc_set_nmi_mask(&(struct pkvm_flag){0}));
	PUBLISHES(pkvm_hc_inject_irq(&(struct pkvm_irq){0x30, 0, 0}));
	PUBLISHES(pkvm_hc_cancel_injection(&gone));
	PUBLISHES(pkvm_hc_inject_nmi());
	PUBLISHES(pkvm_hc_cancel_injection(&gone));
	PUBLISHES(pkvm_hc_inject_exception(&fault));
	assert_int_equal(summary->injection_busy, 1);
	PUBLISHES(pkvm_hc_cancel_injection(&gone));
	PUBLISHES(pkvm_hc_set_rflags(&(struct pkvm_value){2}));
	assert_int_equal(summary->if_flag, 0);
	PUBLISHES(pkvm_hc_deliver_sipi(&(struct pkvm_vector){8}));
	PUBLISHES(pkvm_hc_vcpu_reset(&(struct pkvm_flag){1}));
	assert_int_equal(summary->rflags, 2);
}

static void test_each_call_that_changes_the_summary_publishes_it(void **state)
{
	struct guest g;

	(void)state;
	each_call_publishes(run_once(&g, PKVM_VM_NPVM));
	guest_end(&g);
}

static void test_with_apicv_active_the_pending_vector_is_published_too(void **state)
{
	const struct pkvm_value x2apic = {0xfee00d00}, xapic = {0xfee00900};
	const struct pkvm_page_summary *summary;
	struct pkvm_optional_vector vector;
	struct pkvm_shared_page *page;
	struct guest g;

	(void)state;
	page = run_once(&g, PKVM_VM_NPVM);
	summary = &page->summary;
	guest_vcpu(&g)->vm->irqchip = PKVM_IRQCHIP_SPLIT + 1;
	PUBLISHES(pkvm_hc_set_virtual_apic_mode(&x2apic));
	PUBLISHES(pkvm_hc_refresh_apicv_exec_ctrl(&(struct pkvm_flag){1}));
	page->apic.posted[1] = 1;
	PUBLISHES(pkvm_hc_sync_pir_to_irr(&vector));
	assert_int_equal(summary->pending_vector, 0x40);
	each_call_publishes(page);
	assert_int_equal(summary->pending_vector, ~(uint64_t)0);
	page->apic.posted[1] = 2;
	PUBLISHES(pkvm_hc_sync_pir_to_irr(&vector));
	assert_int_equal(summary->pending_vector, 0x41);
	PUBLISHES(pkvm_hc_set_virtual_apic_mode(&xapic));
	assert_int_equal(summary->pending_vector, ~(uint64_t)0);
	guest_end(&g);
}
#undef PUBLISHES

/* What an npVM's host may know besides. */
static void assert_state_agrees(const struct pkvm_page_summary *summary)
{
	const struct pkvm_segment_index cs = {PKVM_SEG_CS}, ss = {PKVM_SEG_SS};
	struct pkvm_interrupt_shadow shadow;
	struct pkvm_segment_state segment;
	struct pkvm_value rflags;

	assert_int_equal(pkvm_hc_get_rflags(&rflags).error, 0);
	assert_int_equal(summary->rflags, rflags.value);
	assert_int_equal(summary->if_flag, rflags.value >> 9 & 1);
	assert_int_equal(pkvm_hc_get_interrupt_shadow(&shadow).error, 0);
	assert_int_equal(summary->interrupt_shadow, shadow.mask);
	assert_int_equal(pkvm_hc_get_segment(&cs, &segment).error, 0);
	assert_int_equal(summary->cs_access_rights, segment.access_rights);
	assert_int_equal(pkvm_hc_get_segment(&ss, &segment).error, 0);
	assert_int_equal(summary->ss_access_rights, segment.access_rights);
}

static uint64_t seed;

static uint64_t next(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Runs on: whatever the last exit asked for is answered. */
static struct pkvm_status run_on(struct guest *g)
{
	const struct pkvm_msr_answer answer = {0, 1, 2};
	struct pkvm_page_reply *reply = &world_page(&g->vcpu)->reply;
	struct pkvm_page_regs *regs = &world_page(&g->vcpu)->regs;
	const struct pkvm_run run = {g->vcpu.handle, 0};

	if (g->exit.kind == PKVM_EXIT_VMX && g->exit.word0 != 48)
		regs->rip += g->exit.word3;
	if (g->exit.kind == PKVM_EXIT_RDMSR)
		assert_int_equal(pkvm_hc_complete_emulated_msr(&answer).error, 0);
	reply->valid = g->exit.kind == PKVM_EXIT_IN;
	return pkvm_hc_vcpu_run(&run, &g->exit);
}

/* APICv and what is posted to it; an npVM in xAPIC mode, a vector taken meanwhile. */
static struct pkvm_status step_apicv(struct guest *g)
{
	const struct pkvm_value base = {next() % 2 ? 0xfee00d00 : 0xfee00900};
	struct pkvm_optional_vector vector;

	switch (next() % 4) {
	case 0:
		return pkvm_hc_refresh_apicv_exec_ctrl(&(struct pkvm_flag){next() % 2});
	case 1:
		return pkvm_hc_set_virtual_apic_mode(&base);
	default:
		world_page(&g->vcpu)->apic.posted[1 + next() % 3] |= 1ull << next() % 64;
		return pkvm_hc_sync_pir_to_irr(&vector);
	}
}

/* One of the calls that change an answer; being refused changes none. */
static struct pkvm_status step(struct guest *g)
{
	const struct pkvm_exception ud = {6, 0, 0, 0, 0, 0};
	const uint64_t value = next();
	struct pkvm_cancelled gone;
	struct pkvm_flag delivered;

	switch (next() % 13) {
	case 0:
		return pkvm_hc_inject_irq(&(struct pkvm_irq){value % 256, 0, 0});
	case 1:
		return pkvm_hc_inject_irq_if_allowed(&(struct pkvm_vector){value % 256},
						     &delivered);
	case 2:
		return pkvm_hc_inject_nmi();
	case 3:
		return pkvm_hc_cancel_injection(&gone);
	case 4:
		return pkvm_hc_set_interrupt_shadow(&(struct pkvm_interrupt_shadow){value % 3});
	case 5:
		return pkvm_hc_set_nmi_mask(&(struct pkvm_flag){value % 2});
	case 6:
		return pkvm_hc_set_rflags(&(struct pkvm_value){value % 2 ? 0x202 : 2});
	case 7:
		return pkvm_hc_inject_exception(&ud);
	case 8:
		return step_apicv(g);
	default:
		return run_on(g);
	}
}

/* Interrupts on and off, exits in the shadow and behind it; handlers return at once. */
static void emit_program(struct guest *g)
{
	static const char *const ops[] = {"sti", "cli", "nop", "sti"};

	for (uint32_t vector = 0; vector < 256; vector++)
		memcpy(g->memory + GUEST_HANDLER + vector * 16, "\x48\xcf", 2);
	assert_int_equal(pkvm_asm_label(&g->code, 0), PKVM_ASM_OK);
	for (unsigned int i = 0; i < 32; i++) {
		const char *name = ops[i % 4];

		OP(g, name);
		if (i % 3)
			OP(g, "out8", 0x10);
		else
			OP(g, "read_msr", 0x802);
	}
	OP(g, "jmp", 0);
}

static void test_after_every_random_step_the_summary_says_what_the_calls_answer(void **state)
{
	struct guest g;

	(void)state;
	for (uint64_t type = PKVM_VM_NPVM; type <= PKVM_VM_PVM; type++) {
		unsigned int runs = 0;

		seed = 20261129 + type;
		print_message("seed %llu\n", (unsigned long long)seed);
		guest_begin(&g, type);
		emit_program(&g);
		guest_ready(&g);
		guest_vcpu(&g)->vm->irqchip = PKVM_IRQCHIP_SPLIT + 1;
		for (unsigned int i = 0; i < 4000; i++) {
			const uint64_t before = world_page(&g.vcpu)->summary.sequence;
			const struct pkvm_status status = step(&g);

			runs += !status.error;
			if (status.error)
				assert_int_equal(world_page(&g.vcpu)->summary.sequence, before);
			assert_agrees(world_page(&g.vcpu));
			if (type == PKVM_VM_NPVM)
				assert_state_agrees(&world_page(&g.vcpu)->summary);
		}
		assert_in_range(runs, 1600, 4000);
		guest_end(&g);
	}
}

static void test_what_the_host_writes_into_the_summary_is_never_read(void **state)
{
	struct pkvm_shared_page *page;
	struct guest g;
	uint64_t sequence;

	(void)state;
	run_once(&g, PKVM_VM_PVM);
	page = world_page(&g.vcpu);
	sequence = page->summary.sequence;
	memset(&page->summary, 0xff, sizeof(page->summary));
	assert_int_equal(guest_run_status(&g), 0);
	assert_int_equal(page->summary.sequence, sequence + 2);
	assert_agrees(page);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_summary_of_a_pvm_says_what_its_calls_answer),
		cmocka_unit_test(test_the_summary_of_a_pvm_holds_nothing_of_its_state),
		cmocka_unit_test(test_the_summary_of_an_npvm_fills_the_segment_cache),
		cmocka_unit_test(test_each_call_that_changes_the_summary_publishes_it),
		cmocka_unit_test(
			test_with_apicv_active_the_pending_vector_is_published_too),
		cmocka_unit_test(
			test_after_every_random_step_the_summary_says_what_the_calls_answer),
		cmocka_unit_test(test_what_the_host_writes_into_the_summary_is_never_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
