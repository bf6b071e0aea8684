/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of a host that posts: which stubs make no call, what is sent before what,
 * and what becomes of an item's status.
 */
#include "host_fixture.h"
#include "host/post.h"
#include "host/summary.h"

/* A vCPU that takes interrupts and NMIs, as its summary says. */
static void prepare(bool protected_vm)
{
	fake_reset(protected_vm);
	fake_host.answer.features = 0x3f;
	fake_host.answer.capabilities = PKVM_CAP_tsc_scaling;
	fake_page.summary = (struct pkvm_page_summary){
		.sequence = 2, .interrupt_allowed = 1, .nmi_allowed = 1, .if_flag = 1,
		.pending_vector = ~0ull, .rflags = 0x202,
		.cs_access_rights = 0xa09b, .ss_access_rights = 0xc0f3,
	};
}

static const struct pkvm_page_item *item(uint32_t slot)
{
	return &fake_page.item[slot];
}

static void assert_posted(uint32_t slot, uint64_t word1, uint64_t word2)
{
	assert_int_equal(fake.calls, 0);
	assert_int_equal(item(slot)->valid, 1);
	assert_int_equal(item(slot)->in[0], word1);
	assert_int_equal(item(slot)->in[1], word2);
	assert_true(pkvm_host_is_posted(&fake_vcpu, slot));
}

static void test_setters_for_the_next_entry_are_posted(void **state)
{
	static const uint64_t bitmap[4] = {1, 2, 3, 4};

	(void)state;
	prepare(false);
	/* Where there is no shadow there is none to clear. */
	pkvm_host_set_interrupt_shadow(&fake_vcpu, PKVM_SHADOW_NONE);
	assert_int_equal(fake.calls | fake_vcpu.posted, 0);
	pkvm_host_set_interrupt_shadow(&fake_vcpu, PKVM_SHADOW_STI);
	assert_posted(0, 2, 0);
	pkvm_host_write_tsc_offset(&fake_vcpu, 0x77);
	assert_posted(2, 0x77, 0);
	assert_int_equal(fake_vcpu.tsc.offset, 0x77);
	pkvm_host_write_tsc_multiplier(&fake_vcpu, 5);
	assert_posted(3, 5, 0);
	pkvm_host_hwapic_isr_update(&fake_vcpu, -1);
	assert_posted(4, ~0ull, 0);
	pkvm_host_load_eoi_exitmap(&fake_vcpu, bitmap);
	assert_posted(5, 1, 2);
	pkvm_host_inject_nmi(&fake_vcpu);
	assert_posted(6, 0, 0);
	pkvm_host_enable_nmi_window(&fake_vcpu);
	assert_posted(8, 0, 0);
	pkvm_host_enable_irq_window(&fake_vcpu);
	assert_posted(9, 0, 0);
	pkvm_host_update_cr8_intercept(&fake_vcpu, 3, 2);
	assert_posted(10, 3, 2);
	prepare(true);
	pkvm_host_complete_emulated_msr(&fake_vcpu, false, 0x100000002);
	assert_posted(1, 0, 2);
	prepare(false);
	assert_int_equal(pkvm_host_inject_irq_if_allowed(&fake_vcpu, 0x51), 1);
	assert_posted(7, 0x51, 0);
}

static void test_getters_that_the_summary_answers_make_no_call(void **state)
{
	bool db, l;

	(void)state;
	prepare(false);
	assert_int_equal(pkvm_host_get_rflags(&fake_vcpu), 0x202);
	assert_int_equal(pkvm_host_get_interrupt_shadow(&fake_vcpu), 0);
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, false), 1);
	assert_int_equal(pkvm_host_nmi_allowed(&fake_vcpu, true), 1);
	assert_false(pkvm_host_get_nmi_mask(&fake_vcpu));
	assert_true(pkvm_host_get_if_flag(&fake_vcpu));
	assert_int_equal(pkvm_host_get_cpl(&fake_vcpu), 3);
	assert_int_equal(pkvm_host_get_cpl_no_cache(&fake_vcpu), 3);
	pkvm_host_get_cs_db_l_bits(&fake_vcpu, &db, &l);
	assert_true(l && !db);
	fake_page.summary.injection_busy = 1;
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, true), -16);
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, false), 1);
	assert_int_equal(fake.calls, 0);
}

static void test_a_pending_vector_is_the_hypervisors_or_one_that_waits_in_the_page(void **state)
{
	(void)state;
	prepare(true);
	fake_vcpu.apicv_active = true;
	assert_int_equal(pkvm_host_sync_pir_to_irr(&fake_vcpu), -1);
	fake_page.apic.posted[0] = 0x80000000;  /* 31: nobody posts it to a pVM */
	assert_int_equal(pkvm_host_sync_pir_to_irr(&fake_vcpu), -1);
	fake_page.apic.posted[1] = 2;
	assert_int_equal(pkvm_host_sync_pir_to_irr(&fake_vcpu), 65);
	fake_page.summary.pending_vector = 0x70;
	assert_int_equal(pkvm_host_sync_pir_to_irr(&fake_vcpu), 0x70);
	fake_vcpu.apicv_active = false;
	assert_int_equal(pkvm_host_sync_pir_to_irr(&fake_vcpu), -1);
	assert_int_equal(fake.calls, 0);
}

static void test_what_is_posted_counts_in_the_answers(void **state)
{
	(void)state;
	prepare(false);
	assert_int_equal(pkvm_host_inject_irq_if_allowed(&fake_vcpu, 0x51), 1);
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, true), 0);
	assert_int_equal(pkvm_host_nmi_allowed(&fake_vcpu, false), 0);
	assert_int_equal(pkvm_host_inject_irq_if_allowed(&fake_vcpu, 0x52), 0);
	assert_true(pkvm_host_is_posted(&fake_vcpu, 9));
	assert_int_equal(item(7)->in[0], 0x51);
	prepare(false);
	pkvm_host_set_interrupt_shadow(&fake_vcpu, PKVM_SHADOW_STI);
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, true), 0);
	assert_int_equal(pkvm_host_get_interrupt_shadow(&fake_vcpu), PKVM_SHADOW_STI);
	assert_int_equal(fake.calls, 0);
}

/* What the summary cannot tell: an answer to an MSR exit, a shadow that goes or comes. */
static void test_an_answer_that_a_posted_item_decides_is_got_by_its_call(void **state)
{
	(void)state;
	prepare(true);
	pkvm_host_complete_emulated_msr(&fake_vcpu, false, 0);
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, true), 1);
	assert_int_equal(fake_only_call(0x306)->word[0], 0);
	assert_int_equal(item(1)->valid, 0);
	prepare(false);
	fake_page.summary.interrupt_shadow = PKVM_SHADOW_MOV_SS;
	fake_page.summary.interrupt_allowed = 0;
	pkvm_host_set_interrupt_shadow(&fake_vcpu, 0);
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, true), 0);
	assert_int_equal(fake_only_call(0x500)->word[0], 0);
	/* An event that waits and could go makes it busy; in a shadow it could not. */
	prepare(false);
	fake_page.summary.injection_busy = 1;
	pkvm_host_set_interrupt_shadow(&fake_vcpu, PKVM_SHADOW_STI);
	assert_int_equal(pkvm_host_interrupt_allowed(&fake_vcpu, true), -16);
	assert_int_equal(fake_only_call(0x500)->word[0], 2);
}

static void test_a_call_does_not_overtake_what_is_posted(void **state)
{
	const struct pkvm_exception ud = {.vector = 6};

	(void)state;
	prepare(false);
	pkvm_host_enable_irq_window(&fake_vcpu);
	pkvm_host_set_interrupt_shadow(&fake_vcpu, PKVM_SHADOW_STI);
	pkvm_host_inject_exception(&fake_vcpu, &ud);
	assert_int_equal(fake.calls, 3);
	assert_int_equal(fake.call[0].rax, 0x500);
	assert_int_equal(fake.call[1].rax, 0x504);
	assert_int_equal(fake.call[2].rax, 0x50b);
	assert_int_equal(item(0)->valid | item(9)->valid, 0);
	assert_int_equal(fake_vcpu.posted, 0);
}

static void test_an_item_does_not_overtake_one_of_a_later_slot(void **state)
{
	(void)state;
	prepare(false);
	pkvm_host_inject_nmi(&fake_vcpu);
	pkvm_host_set_interrupt_shadow(&fake_vcpu, PKVM_SHADOW_STI);
	assert_int_equal(fake_only_call(0x50a)->rax, 0x50a);
	assert_int_equal(fake_vcpu.posted, 1);
	/* The vector in service counts from the one before: nothing is left out. */
	prepare(false);
	pkvm_host_hwapic_isr_update(&fake_vcpu, 0x30);
	pkvm_host_hwapic_isr_update(&fake_vcpu, 0x50);
	assert_int_equal(fake_only_call(0x604)->word[0], 0x30);
	assert_int_equal(item(4)->in[0], 0x50);
}

static void test_behind_a_reply_the_host_calls(void **state)
{
	(void)state;
	prepare(true);
	fake_page.reply.valid = 1;
	pkvm_host_enable_irq_window(&fake_vcpu);
	assert_int_equal(fake_only_call(0x504)->rax, 0x504);
	assert_int_equal(item(9)->valid, 0);
}

static void test_a_value_that_may_be_refused_is_not_posted(void **state)
{
	(void)state;
	prepare(false);
	pkvm_host_write_tsc_multiplier(&fake_vcpu, 0);
	assert_int_equal(fake_only_call(0x703)->word[0], 0);
	prepare(true);
	fake.answer[0x509] = (struct fake_answer){-1, {1}};
	assert_int_equal(pkvm_host_inject_irq_if_allowed(&fake_vcpu, 31), -1);
	assert_int_equal(fake_only_call(0x509)->word[0], 31);
}

/* What the hypervisor makes of the items, while the run is made. */
static uint64_t status, out;

static void consume(const struct pkvm_regs *sent)
{
	if (sent->rax != 0x305)
		return;
	for (uint32_t slot = 0; slot < 16; slot++) {
		if (!fake_page.item[slot].valid)
			continue;
		fake_page.item[slot].valid = 0;
		fake_page.item[slot].status = status;
		fake_page.item[slot].out = out;
	}
}

static void run_with(uint64_t item_status, uint64_t item_out)
{
	struct pkvm_run_exit exit;

	status = item_status;
	out = item_out;
	fake.watch = consume;
	fake.answer[0x305].word[0] = 16;
	assert_int_equal(pkvm_host_vcpu_run(&fake_vcpu, &exit), 0);
}

static void test_a_run_says_that_items_are_posted_and_learns_their_status(void **state)
{
	(void)state;
	prepare(true);
	run_with(0, 0);
	assert_int_equal(fake.call[0].word[1], 0);
	pkvm_host_enable_irq_window(&fake_vcpu);
	run_with(0, 0);
	assert_int_equal(fake.call[1].word[1], 1);
	assert_int_equal(fake_vcpu.posted, 0);
	assert_int_equal(fake_vcpu.stats.posted, 1);
	assert_int_equal(fake_vm.dead, 0);
	pkvm_host_hwapic_isr_update(&fake_vcpu, 0x30);
	run_with((uint64_t)-95, 0);             /* no APICv: expected */
	assert_int_equal(fake_vm.dead, 0);
	assert_int_equal(fake_vcpu.stats.refused, 1);
	pkvm_host_enable_irq_window(&fake_vcpu);
	run_with((uint64_t)-22, 1);
	assert_int_equal(fake_vm.dead, 1);
}

static void test_an_interrupt_that_did_not_go_in_goes_in_again(void **state)
{
	(void)state;
	prepare(true);
	assert_int_equal(pkvm_host_inject_irq_if_allowed(&fake_vcpu, 0x51), 1);
	run_with(0, 0);
	assert_int_equal(fake_vcpu.requeued.kind, PKVM_EVENT_IRQ);
	assert_int_equal(fake_vcpu.requeued.vector, 0x51);
	assert_int_equal(fake_vm.dead, 0);
}

static void test_the_load_is_left_to_the_run_or_to_the_first_call(void **state)
{
	(void)state;
	prepare(true);
	pkvm_host_vcpu_load(&fake_vcpu);
	assert_int_equal(fake.calls, 0);
	run_with(0, 0);
	assert_int_equal(fake_only_call(0x305)->word[0], 0x99);
	assert_false(fake_vcpu.load_due);
	prepare(true);
	pkvm_host_vcpu_load(&fake_vcpu);
	pkvm_host_cancel_injection(&fake_vcpu);
	assert_int_equal(fake.calls, 2);
	assert_int_equal(fake.call[0].rax, 0x302);
	assert_int_equal(fake.call[1].rax, 0x50c);
	/* A vCPU that was never loaded has no summary yet. */
	prepare(true);
	fake_page.summary.sequence = 0;
	pkvm_host_vcpu_load(&fake_vcpu);
	assert_int_equal(fake_only_call(0x302)->word[0], 0x99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setters_for_the_next_entry_are_posted),
		cmocka_unit_test(test_getters_that_the_summary_answers_make_no_call),
		cmocka_unit_test(
			test_a_pending_vector_is_the_hypervisors_or_one_that_waits_in_the_page),
		cmocka_unit_test(test_what_is_posted_counts_in_the_answers),
		cmocka_unit_test(test_an_answer_that_a_posted_item_decides_is_got_by_its_call),
		cmocka_unit_test(test_a_call_does_not_overtake_what_is_posted),
		cmocka_unit_test(test_an_item_does_not_overtake_one_of_a_later_slot),
		cmocka_unit_test(test_behind_a_reply_the_host_calls),
		cmocka_unit_test(test_a_value_that_may_be_refused_is_not_posted),
		cmocka_unit_test(test_a_run_says_that_items_are_posted_and_learns_their_status),
		cmocka_unit_test(test_an_interrupt_that_did_not_go_in_goes_in_again),
		cmocka_unit_test(test_the_load_is_left_to_the_run_or_to_the_first_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
