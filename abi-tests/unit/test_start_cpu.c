/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of a pVM's secondary: what start_cpu makes of it, and what of before stays. */
#include "run_fixture.h"
#include "../../lib/vmcs/access.h"

#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3

#define SECONDARY 0xc000u
#define REAL_MODE_HANDLER 0xc100u

static struct world_vcpu secondary;

/* Real-mode code; the handler of the vectors 2 and 0x30 tells of itself. */
static void real_mode(struct guest *g, uint32_t at, const char *first, uint64_t tells)
{
	struct pkvm_asm code;

	pkvm_asm_begin(&code, g->memory + at, 32, 16);
	guest_op(&code, first, (const uint64_t[]){0}, 0);
	guest_op(&code, "nop", (const uint64_t[]){0}, 0);
	guest_op(&code, "mov_imm", (const uint64_t[]){RAX, tells}, 2);
	guest_op(&code, "out8", (const uint64_t[]){0x44}, 1);
	guest_op(&code, "mov", (const uint64_t[]){RAX, RDX}, 2);
	guest_op(&code, "out16", (const uint64_t[]){0x46}, 1);
	guest_op(&code, "hlt", (const uint64_t[]){0}, 0);
	assert_int_equal(pkvm_asm_finish(&code), PKVM_ASM_OK);
}

/* The guest negotiates, then starts its secondary, which enables interrupts or not. */
static void begin_with(struct guest *g, unsigned int cpus, const char *first)
{
	guest_begin_on(g, world_up(cpus), PKVM_VM_PVM);
	secondary = world_vcpu(&g->vm, 1);
	OP(g, "mov_imm", RAX, 0x10000);
	OP(g, "mov_imm", RBX, 1);
	OP(g, "mov_imm", RCX, 0);
	OP(g, "mov_imm", RDX, 1);
	OP(g, "vmcall");
	OP(g, "mov_imm", RAX, 0x10005);
	OP(g, "mov_imm", RBX, 1);
	OP(g, "mov_imm", RCX, SECONDARY);
	OP(g, "vmcall");
	OP(g, "hlt");
	real_mode(g, SECONDARY, first, 0x5a);
	real_mode(g, REAL_MODE_HANDLER, "cli", 0xee);
	guest_word(g, 0x8, REAL_MODE_HANDLER);
	guest_word(g, 4 * 0x30, REAL_MODE_HANDLER);
	guest_ready(g);
}

static void end(struct guest *g)
{
	world_put(&secondary);
	world_free_vcpu(&secondary);
	guest_end(g);
}

static struct pkvm_vcpu *inside(void)
{
	return pkvm_plat_private(secondary.area);
}

/* The BSP runs, and halts behind start_cpu. */
static void start_it(struct guest *g)
{
	world_load(&g->vcpu);
	guest_run(g, PKVM_EXIT_GUEST_CALL);
	assert_int_equal(g->exit.word0, 0x10005);
	assert_int_equal(g->exit.word1, 1);
	assert_int_equal(g->exit.word2, 0);
	guest_run(g, PKVM_EXIT_HLT);
}

static void run_secondary(struct guest *g, uint64_t flags, uint64_t kind)
{
	const struct pkvm_run run = {secondary.handle, flags};

	assert_int_equal(pkvm_hc_vcpu_run(&run, &g->exit).error, 0);
	assert_int_equal(g->exit.kind, kind);
}

static void run_secondary_out(struct guest *g, uint64_t flags, uint64_t port, uint64_t value)
{
	run_secondary(g, flags, PKVM_EXIT_OUT);
	assert_int_equal(g->exit.word0, port);
	assert_int_equal(g->exit.word2, value);
}

static void test_a_secondary_waits_until_its_guest_starts_it(void **state)
{
	struct guest g;

	(void)state;
	begin_with(&g, 1, "cli");
	run_secondary(&g, 0, PKVM_EXIT_WAIT_FOR_SIPI);
	start_it(&g);
	world_page(&secondary)->regs.rip = 0xbad;
	world_page(&secondary)->regs.gpr[RDX] = 0xbad;
	run_secondary_out(&g, 0, 0x44, 0x5a);
	/* EDX as INIT leaves it, and nothing that the host wrote. */
	run_secondary_out(&g, 0, 0x46, 0x600);
	end(&g);
}

static void test_an_nmi_that_was_accepted_before_the_start_comes_behind_it(void **state)
{
	struct guest g;

	(void)state;
	begin_with(&g, 1, "cli");
	world_load(&secondary);
	assert_int_equal(pkvm_hc_inject_nmi().error, 0);
	start_it(&g);
	run_secondary_out(&g, 0, 0x44, 0xee);
	end(&g);
}

/* The flags are discarded, so that it has to wait for the guest's. */
static void test_an_interrupt_that_was_accepted_before_the_start_waits_for_sti(void **state)
{
	struct guest g;

	(void)state;
	begin_with(&g, 1, "sti");
	world_load(&secondary);
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){0x202}).error, 0);
	assert_int_equal(pkvm_hc_inject_irq(&(struct pkvm_irq){0x30, 0, 0}).error, 0);
	start_it(&g);
	run_secondary_out(&g, 0, 0x44, 0xee);
	end(&g);
}

/* It was taken from the page before the first run: a host that polls does that. */
static void test_a_vector_that_was_posted_before_the_first_run_waits_for_sti(void **state)
{
	struct pkvm_optional_vector pending;
	struct guest g;

	(void)state;
	begin_with(&g, 1, "sti");
	guest_vcpu(&g)->vm->irqchip = PKVM_IRQCHIP_SPLIT + 1;
	world_load(&secondary);
	assert_int_equal(pkvm_hc_refresh_apicv_exec_ctrl(&(struct pkvm_flag){1}).error, 0);
	world_page(&secondary)->apic.posted[0] = 1ull << 0x30;
	assert_int_equal(pkvm_hc_sync_pir_to_irr(&pending).error, 0);
	assert_int_equal(pending.vector, 0x30);
	start_it(&g);
	run_secondary_out(&g, 0, 0x44, 0xee);
	end(&g);
}

static void test_a_window_that_was_asked_for_before_the_start_opens_behind_it(void **state)
{
	struct guest g;

	(void)state;
	begin_with(&g, 1, "sti");
	world_load(&secondary);
	assert_int_equal(pkvm_hc_enable_irq_window().error, 0);
	assert_int_equal(pkvm_hc_enable_nmi_window().error, 0);
	start_it(&g);
	run_secondary(&g, 0, PKVM_EXIT_NMI_WINDOW);
	run_secondary(&g, 0, PKVM_EXIT_IRQ_WINDOW);
	run_secondary_out(&g, 0, 0x44, 0x5a);
	end(&g);
}

/* What the host wrote before it counts no more, in the answers and in the summary. */
static void assert_started(void)
{
	const struct pkvm_page_summary *summary = &world_page(&secondary)->summary;
	const struct pkvm_flag in = {0};
	struct pkvm_flag out;

	assert_int_equal(pkvm_hc_interrupt_allowed(&in, &out).error, 0);
	assert_int_equal(out.value, 0);
	assert_int_equal(summary->interrupt_allowed, 0);
	assert_int_equal(pkvm_hc_inject_irq(&(struct pkvm_irq){0x30, 0, 0}).error, -16);
	assert_int_equal(pkvm_hc_nmi_allowed(&in, &out).error, 0);
	assert_int_equal(out.value, 1);
	assert_int_equal(summary->nmi_allowed, 1);
}

/* The threshold of a TPR that the page has, and an NMI: both are there at the entry. */
static void act_behind_the_start(struct guest *g)
{
	const struct pkvm_cr8_intercept intercept = {5, 3};

	assert_int_equal(pkvm_hc_update_cr8_intercept(&intercept).error, 0);
	assert_int_equal(pkvm_hc_inject_nmi().error, 0);
	world_page(&secondary)->apic.tpr = 0x50;
	run_secondary_out(g, 0, 0x44, 0xee);
	assert_int_equal(pkvm_vmread(0x401c), 3);
}

static void test_loading_a_secondary_that_was_started_makes_its_state(void **state)
{
	struct guest g;

	(void)state;
	begin_with(&g, 1, "cli");
	world_load(&secondary);
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){0x202}).error, 0);
	assert_int_equal(world_page(&secondary)->summary.interrupt_allowed, 1);
	start_it(&g);
	world_load(&secondary);
	assert_started();
	act_behind_the_start(&g);
	end(&g);
}

/* The second CPU has it loaded while the first runs the guest that starts it. */
static void test_calls_about_a_secondary_that_stays_loaded_outlive_its_start(void **state)
{
	struct guest g;

	(void)state;
	begin_with(&g, 2, "cli");
	assert_true(machine_enter_cpu(g.m, 1));
	world_load(&secondary);
	assert_true(machine_enter_cpu(g.m, 0));
	start_it(&g);
	assert_true(machine_enter_cpu(g.m, 1));
	act_behind_the_start(&g);
	world_put(&secondary);
	assert_true(machine_enter_cpu(g.m, 0));
	world_load(&secondary);
	end(&g);
}

static void test_what_is_posted_behind_the_start_is_applied_behind_it(void **state)
{
	struct pkvm_shared_page *page;
	struct guest g;

	(void)state;
	begin_with(&g, 1, "cli");
	world_load(&secondary);
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){0x202}).error, 0);
	start_it(&g);
	page = world_page(&secondary);
	page->apic.tpr = 0x50;
	page->item[PKVM_POST_inject_nmi].valid = 1;
	page->item[PKVM_POST_inject_irq_if_allowed].valid = 1;
	page->item[PKVM_POST_inject_irq_if_allowed].in[0] = 0x30;
	page->item[PKVM_POST_update_cr8_intercept].valid = 1;
	page->item[PKVM_POST_update_cr8_intercept].in[0] = 5;
	page->item[PKVM_POST_update_cr8_intercept].in[1] = 3;
	run_secondary_out(&g, 1, 0x44, 0xee);
	assert_int_equal(page->item[PKVM_POST_inject_nmi].status, 0);
	assert_int_equal(page->item[PKVM_POST_inject_irq_if_allowed].out, 0);
	assert_int_equal(pkvm_vmread(0x401c), 3);
	assert_int_equal(inside()->interrupt.kind, 0);
	end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_secondary_waits_until_its_guest_starts_it),
		cmocka_unit_test(
			test_an_nmi_that_was_accepted_before_the_start_comes_behind_it),
		cmocka_unit_test(
			test_an_interrupt_that_was_accepted_before_the_start_waits_for_sti),
		cmocka_unit_test(
			test_a_vector_that_was_posted_before_the_first_run_waits_for_sti),
		cmocka_unit_test(
			test_a_window_that_was_asked_for_before_the_start_opens_behind_it),
		cmocka_unit_test(test_loading_a_secondary_that_was_started_makes_its_state),
		cmocka_unit_test(
			test_calls_about_a_secondary_that_stays_loaded_outlive_its_start),
		cmocka_unit_test(test_what_is_posted_behind_the_start_is_applied_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
