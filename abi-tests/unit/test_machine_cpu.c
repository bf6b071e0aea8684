/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of the model machine's CPUs: who is which, physical events, time, calls of
 * the host, and what stops the machine.
 */
#include <string.h>

#include "host/transport.h"
#include "lib/platform.h"
#include "lib/vmcs/model.h"
#include "machine_fixture.h"

#define MIB (1024ull * 1024)

static void test_a_thread_is_the_cpu_that_it_is_bound_to(void **state)
{
	assert_int_equal(pkvm_plat_cpu(), 0);
	assert_true(machine_enter_cpu(*state, 1));
	assert_int_equal(pkvm_plat_cpu(), 1);
	assert_false(machine_enter_cpu(*state, 2));
	assert_int_equal(pkvm_plat_cpu(), 1);
	assert_int_equal(pkvm_model_cpu()->current_pa, ~0ull);
	assert_true(machine_enter_cpu(*state, 0));
}

static void test_an_interrupt_is_taken_once_it_is_due(void **state)
{
	assert_int_equal(machine_take_irq(), -1);
	assert_true(machine_raise_irq(*state, 0, 0xff, 10));
	assert_false(machine_raise_irq(*state, 0, 0x40, 0));
	assert_int_equal(pkvm_model_cpu()->irq_pending, 0x100);
	assert_int_equal(machine_take_irq(), -1);
	pkvm_model_cpu()->instructions += 10;
	assert_int_equal(machine_take_irq(), 0xff);
	assert_int_equal(machine_take_irq(), -1);
	assert_true(machine_raise_irq(*state, 0, 0, 0));
	assert_int_equal(machine_take_irq(), 0);
	assert_false(machine_raise_irq(*state, 2, 0x40, 0));
}

static void test_an_nmi_is_taken_once_it_is_due(void **state)
{
	assert_false(machine_take_nmi());
	assert_true(machine_raise_nmi(*state, 0, 1));
	assert_false(machine_raise_nmi(*state, 0, 1));
	assert_false(machine_take_nmi());
	pkvm_model_cpu()->instructions++;
	assert_true(machine_take_nmi());
	assert_false(machine_take_nmi());
}

static void test_a_kick_reaches_the_other_cpu_alone(void **state)
{
	pkvm_plat_kick(1);
	assert_int_equal(pkvm_model_cpu()->kicked, 0);
	assert_true(machine_enter_cpu(*state, 1));
	assert_int_equal(pkvm_model_cpu()->kicked, 1);
}

static void test_the_deterministic_clock_counts_its_readers(void **state)
{
	const uint64_t start = pkvm_plat_tsc();
	uint64_t msr = 0;

	(void)state;
	assert_int_equal(pkvm_plat_tsc(), start + 1);
	assert_true(pkvm_plat_rdmsr(0x10, &msr));
	assert_int_equal(msr, start + 2);
}

static void test_a_call_reaches_the_core(void **state)
{
	struct pkvm_regs regs = {.rax = 0x100, .word = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};

	/* Nothing is negotiated yet: -EPROTO, and no word at fault. */
	pkvm_host_transport(&regs);
	assert_int_equal(regs.rax, -71);
	assert_int_equal(regs.word[0], 0);
	assert_int_equal(machine_host_ud(*state, 0), 0);
}

static void test_a_call_from_user_or_32_bit_code_raises_ud_and_changes_nothing(void **state)
{
	const struct pkvm_regs sent = {.rax = 0x100, .word = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};
	struct pkvm_regs regs = sent;

	machine_host_mode(*state, 0, 3, true);
	pkvm_host_transport(&regs);
	assert_memory_equal(&regs, &sent, sizeof(regs));
	machine_host_mode(*state, 0, 0, false);
	pkvm_host_transport(&regs);
	assert_memory_equal(&regs, &sent, sizeof(regs));
	assert_int_equal(machine_host_ud(*state, 0), 2);
	assert_int_equal(machine_host_ud(*state, 1), 0);
}

/* How many lines of the text begin so. */
static void unmapped(void)
{
	pkvm_plat_private(64 * MIB);
}

static void view_of_no_ram(void)
{
	pkvm_plat_host_view(64 * MIB - 4096, 2, false);
}

static void lock_twice(void)
{
	static struct pkvm_lock lock;

	pkvm_plat_lock(&lock);
	pkvm_plat_lock(&lock);
}

static void unlock_free_lock(void)
{
	static struct pkvm_lock lock;

	pkvm_plat_unlock(&lock);
}

static void panic(void)
{
	pkvm_plat_panic("broken");
}

static void no_cpu(void)
{
	machine_leave_cpu();
	pkvm_plat_cpu();
}

static void test_a_broken_core_stops_the_machine(void **state)
{
	(void)state;
	assert_stops(unmapped);
	assert_stops(view_of_no_ram);
	assert_stops(lock_twice);
	assert_stops(unlock_free_lock);
	assert_stops(panic);
	assert_stops(no_cpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_a_thread_is_the_cpu_that_it_is_bound_to),
		WITH_MACHINE(test_an_interrupt_is_taken_once_it_is_due),
		WITH_MACHINE(test_an_nmi_is_taken_once_it_is_due),
		WITH_MACHINE(test_a_kick_reaches_the_other_cpu_alone),
		WITH_MACHINE(test_the_deterministic_clock_counts_its_readers),
		WITH_MACHINE(test_a_call_reaches_the_core),
		WITH_MACHINE(test_a_call_from_user_or_32_bit_code_raises_ud_and_changes_nothing),
		WITH_MACHINE(test_a_broken_core_stops_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
