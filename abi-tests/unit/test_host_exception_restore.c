/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A vCPU restored in any order, from what was saved in any order, shows its guest the same. */
#include "exception_save_fixture.h"

static struct subject cpu;

/* What guest and L1 can see of the next entry. */
struct visible {
	uint64_t cr2, dr6, dr0, dr7;
	uint64_t entry;
	uint64_t injected, vector, error_code;
	uint64_t guest_mode, reason, info, exit_error_code, qualification;
	uint64_t vectoring_info, pending_debug;
};

static struct visible look(struct subject *subject)
{
	const struct pkvm_host_nested *nested = &subject->state.nested;
	const uint64_t entry = subject_enter(subject);

	return (struct visible){
		.cr2 = subject->regs.cr2,
		.dr6 = subject->regs.dr6,
		.dr0 = subject->regs.dr[0],
		.dr7 = subject->regs.dr7,
		.entry = entry,
		.injected = subject->state.exception.injected,
		.vector = subject->state.exception.vector,
		.error_code = subject->state.exception.error_code,
		.guest_mode = nested->guest_mode,
		.reason = nested->exit.reason,
		.info = nested->exit.info,
		.exit_error_code = nested->exit.error_code,
		.qualification = nested->exit.qualification,
		.vectoring_info = nested->exit.vectoring_info,
		.pending_debug = nested->pending_debug,
	};
}

/* Saves everything, in an order; DR0 and DR7 are passengers. */
static void save_all(const struct shape *shape, enum pkvm_host_delivery delivery,
		     unsigned int n, struct saved *saved)
{
	unsigned int order[4];

	*saved = (struct saved){0};
	build(&cpu, shape);
	cpu.state.delivery = delivery;
	cpu.regs.dr[0] = 0x8000;
	cpu.regs.dr7 = 0x401;
	order_of_four(n, order);
	for (unsigned int i = 0; i < SAVES; i++)
		save_one(&cpu, saved, order[i]);
	pkvm_host_get_nested_state(&cpu.state, &saved->nested);
}

static void restore_one(struct subject *subject, const struct saved *saved, unsigned int what)
{
	switch (what) {
	case 0:
		pkvm_host_set_exception_sregs(&subject->state, &saved->sregs);
		break;
	case 1:
		assert_int_equal(pkvm_host_set_debugregs(&subject->state, &saved->debugregs),
				 0);
		break;
	case 2:
		assert_int_equal(pkvm_host_set_vcpu_events(&subject->state, &saved->events), 0);
		break;
	default:
		assert_int_equal(pkvm_host_set_nested_state(&subject->state, &saved->nested),
				 0);
		break;
	}
}

static struct visible restore_all(const struct saved *saved, bool capability, unsigned int n)
{
	unsigned int order[4];

	subject_reset(&cpu);
	cpu.regs.cr2 = 0;
	cpu.regs.dr6 = 0;
	cpu.state.exception_payload = capability;
	order_of_four(n, order);
	for (unsigned int i = 0; i < 4; i++)
		restore_one(&cpu, saved, order[i]);
	return look(&cpu);
}

static struct visible untouched(const struct shape *shape)
{
	build(&cpu, shape);
	cpu.regs.dr[0] = 0x8000;
	cpu.regs.dr7 = 0x401;
	return look(&cpu);
}

/*
 * What the saved state has no words for: a software exception's instruction
 * length, a second exception, and, without the capability, that it is not injected
 * yet: an exit to L1, or a #DB that the exit for the monitor trap flag goes before.
 */
static bool can_be_told(const struct shape *shape)
{
	if (shape->vector == 3 || (shape->vector && shape->vmexit))
		return false;
	return shape->capability ||
	       (!shape->vmexit && !(shape->pending && shape->vector == 1 && shape->mtf));
}

static void test_every_order_of_saves_and_restores_shows_the_guest_the_same(void **state)
{
	struct shape shape;
	unsigned int told = 0;

	(void)state;
	for (unsigned int n = 0; n < STATES / 2; n++) {
		struct visible expected, now;
		struct saved saved;

		if (!shape_of(n, &shape))
			continue;
		save_all(&shape, PKVM_HOST_DELIVER_AT_INJECTION, 0, &saved);
		expected = restore_all(&saved, shape.capability, 0);
		if (can_be_told(&shape)) {
			told++;
			now = untouched(&shape);
			assert_memory_equal(&now, &expected, sizeof(now));
		}
		for (unsigned int k = 0; k < 24 * 24; k++) {
			save_all(&shape, PKVM_HOST_DELIVER_AT_INJECTION, k / 24, &saved);
			now = restore_all(&saved, shape.capability, k % 24);
			assert_memory_equal(&now, &expected, sizeof(now));
		}
	}
	assert_int_equal(told, 45);
}

/* How many of the 24 orders of saving lose the payload of L2's exception. */
static unsigned int orders_that_lose(uint32_t vector, enum pkvm_host_delivery delivery)
{
	const struct shape shape = {.guest_mode = true, .pending = true, .vector = vector};
	const struct visible expected = untouched(&shape);
	unsigned int lost = 0;

	for (unsigned int n = 0; n < 24; n++) {
		struct visible now;
		struct saved saved;

		save_all(&shape, delivery, n, &saved);
		now = restore_all(&saved, false, 0);
		assert_int_equal(now.vector, vector);
		lost += memcmp(&now, &expected, sizeof(now)) != 0;
	}
	return lost;
}

/* Registers saved before events and copy-out, a third of all orders. */
static void test_old_event_save_loses_cr2_and_dr6_when_they_are_saved_first(void **state)
{
	(void)state;
	assert_int_equal(orders_that_lose(14, PKVM_HOST_DELIVER_AT_EVENT_SAVE), 8);
	assert_int_equal(orders_that_lose(1, PKVM_HOST_DELIVER_AT_EVENT_SAVE), 8);
	assert_int_equal(orders_that_lose(14, PKVM_HOST_DELIVER_AT_INJECTION), 0);
	assert_int_equal(orders_that_lose(1, PKVM_HOST_DELIVER_AT_INJECTION), 0);
}

static void test_old_copy_out_tells_cr2_of_before(void **state)
{
	const struct shape shape = {.guest_mode = true, .pending = true, .vector = 14};
	struct saved saved = {0};

	(void)state;
	build(&cpu, &shape);
	save_one(&cpu, &saved, SAVE_COPY_OUT);
	assert_int_equal(saved.copy_out.cr2, 0xdead000);
	build(&cpu, &shape);
	cpu.state.delivery = PKVM_HOST_DELIVER_AT_EVENT_SAVE;
	save_one(&cpu, &saved, SAVE_COPY_OUT);
	assert_int_equal(saved.copy_out.cr2, 0x1000);
	assert_true(saved.copy_out.events.injected);
}

/* L1's intercept is found whether guest mode comes back before or after. */
static void test_restored_exception_is_judged_when_it_is_about_to_go(void **state)
{
	const struct shape shape = {.capability = true, .guest_mode = true, .vmexit = 14};
	struct saved saved;

	(void)state;
	save_all(&shape, PKVM_HOST_DELIVER_AT_INJECTION, 0, &saved);
	for (unsigned int n = 0; n < 24; n++) {
		const struct visible now = restore_all(&saved, true, n);

		assert_int_equal(now.entry, PKVM_HOST_ENTER_L1);
		assert_int_equal(now.info, 0x80000b0e);
		assert_int_equal(now.qualification, 0xdead000);
		assert_int_equal(now.cr2, 0x1000);
	}
}

static void test_payload_fields_without_the_capability_are_refused(void **state)
{
	const struct pkvm_host_vcpu_events events = {
		.vector = 14, .valid_payload = true, .pending = true,
		.has_payload = true, .payload = NEW_CR2,
	};

	(void)state;
	subject_reset(&cpu);
	subject_queue(&cpu, 13);
	cpu.state.exception_payload = false;
	assert_int_equal(pkvm_host_set_vcpu_events(&cpu.state, &events), -22);
	assert_int_equal(cpu.state.exception.vector, 13);
	cpu.state.exception_payload = true;
	assert_int_equal(pkvm_host_set_vcpu_events(&cpu.state, &events), 0);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.regs.cr2, 0xdead000);
}

static void test_fields_that_are_not_valid_are_not_read(void **state)
{
	const struct pkvm_host_vcpu_events events = {
		.vector = 14, .pending = true, .has_payload = true, .payload = NEW_CR2,
	};

	(void)state;
	subject_reset(&cpu);
	assert_int_equal(pkvm_host_set_vcpu_events(&cpu.state, &events), 0);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
}

static void test_vector_that_is_no_exception_is_refused(void **state)
{
	(void)state;
	for (uint32_t vector = 0; vector < 300; vector++) {
		const int error = vector == 2 || vector > 31 ? -22 : 0;
		struct pkvm_host_vcpu_events events = {.injected = true, .vector = vector};

		subject_reset(&cpu);
		assert_int_equal(pkvm_host_set_vcpu_events(&cpu.state, &events), error);
		events = (struct pkvm_host_vcpu_events){
			.valid_payload = true, .pending = true, .vector = vector,
		};
		assert_int_equal(pkvm_host_set_vcpu_events(&cpu.state, &events), error);
	}
}

static void test_payload_that_dr6_cannot_take_is_refused(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const struct pkvm_host_vcpu_events events = {
			.valid_payload = true, .pending = true, .vector = 1,
			.has_payload = true, .payload = 1ull << bit,
		};

		subject_reset(&cpu);
		cpu.state.exception_payload = true;
		assert_int_equal(pkvm_host_set_vcpu_events(&cpu.state, &events),
				 0x1f80full >> bit & 1 ? 0 : -22);
	}
}

static void test_reserved_halves_of_dr6_and_dr7_are_refused(void **state)
{
	(void)state;
	for (unsigned int bit = 32; bit < 64; bit++) {
		struct pkvm_host_debugregs debugregs = {.dr6 = 1ull << bit};

		subject_reset(&cpu);
		assert_int_equal(pkvm_host_set_debugregs(&cpu.state, &debugregs), -22);
		debugregs = (struct pkvm_host_debugregs){.dr7 = 1ull << bit};
		assert_int_equal(pkvm_host_set_debugregs(&cpu.state, &debugregs), -22);
		assert_registers(&cpu, 0x1000, 0xffff0ff0);
	}
}

static void test_monitor_trap_outside_guest_mode_is_refused(void **state)
{
	const struct pkvm_host_nested nested = {.mtf_pending = true};

	(void)state;
	subject_reset(&cpu);
	assert_int_equal(pkvm_host_set_nested_state(&cpu.state, &nested), -22);
	assert_false(cpu.state.nested.mtf_pending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_every_order_of_saves_and_restores_shows_the_guest_the_same),
		cmocka_unit_test(
			test_old_event_save_loses_cr2_and_dr6_when_they_are_saved_first),
		cmocka_unit_test(test_old_copy_out_tells_cr2_of_before),
		cmocka_unit_test(test_restored_exception_is_judged_when_it_is_about_to_go),
		cmocka_unit_test(test_payload_fields_without_the_capability_are_refused),
		cmocka_unit_test(test_fields_that_are_not_valid_are_not_read),
		cmocka_unit_test(test_vector_that_is_no_exception_is_refused),
		cmocka_unit_test(test_payload_that_dr6_cannot_take_is_refused),
		cmocka_unit_test(test_reserved_halves_of_dr6_and_dr7_are_refused),
		cmocka_unit_test(test_monitor_trap_outside_guest_mode_is_refused),
	};

	return cmocka_run_group_tests_name("host exception restore", tests, NULL, NULL);
}
